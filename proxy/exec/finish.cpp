#include "proxy/exec/finish.h"

#include <fmt/format.h>

#include "proxy/exec/array_builder.h"
#include "proxy/exec/numbers.h"

namespace tessera::exec {
namespace {

Error too_much(std::uint64_t bytes_max) {
  return Error{
      .sqlstate = "53200",
      .message = "the rows to be combined from several shards exceed the memory bound",
      .detail = fmt::format("The bound is {} bytes a statement.", bytes_max),
      .hint = "Group by fewer values, restrict the rows, or raise statementMemory in tessera.yaml.",
  };
}

// One array for each partial column.
class PartialRows {
 public:
  // `numbers`: of the shard that finishes.
  PartialRows(const std::vector<wire::Field>& fields, const catalog::TypeNumbers* numbers) {
    for (const wire::Field& field : fields) {
      columns_.emplace_back(numbers == nullptr ? field.type : numbers->type_for_shard(field.type));
    }
  }

  void add(std::string_view frame) {
    wire::Reader reader(frame.substr(wire::kFrameHead));
    (void)reader.i16();
    for (ArrayBuilder& column : columns_) {
      const std::int32_t length = reader.i32();
      std::optional<std::string_view> value;
      if (length >= 0) value = reader.bytes(static_cast<std::size_t>(length));
      column.add(value);
    }
  }

  [[nodiscard]] std::uint64_t size_bytes() const {
    std::uint64_t bytes = 0;
    for (const ArrayBuilder& column : columns_) bytes += column.size_bytes();
    return bytes;
  }

  [[nodiscard]] std::vector<std::string> finish() && {
    std::vector<std::string> arrays;
    for (ArrayBuilder& column : columns_) arrays.push_back(std::move(column).finish());
    return arrays;
  }

 private:
  std::vector<ArrayBuilder> columns_;
};

Task<Status> collect(Streams& partials, PartialRows& rows, std::uint64_t bytes_max) {
  for (RowStream& stream : partials) {
    while (!stream.ended()) {
      auto filled = co_await stream.refill();
      if (!filled) co_return filled.error();
      for (; !stream.row().empty(); stream.advance()) rows.add(stream.row());
      if (rows.size_bytes() > bytes_max) co_return too_much(bytes_max);
    }
  }
  co_return Status{};
}

// unnest() takes arrays apart down to their elements and rows into their columns.
bool can_be_unnested(const catalog::Type* type) {
  constexpr char kComposite = 'c';
  constexpr char kPseudo = 'p';  // record
  return type != nullptr && type->array_type != 0 && type->kind != kComposite &&
         type->kind != kPseudo;
}

struct PartialTypes {
  std::vector<std::string> names;
  std::vector<std::uint32_t> arrays;
};

Result<PartialTypes> types_of(const Request& request, const std::vector<wire::Field>& fields) {
  const catalog::Schema& schema = *request.plan.catalog->schema;
  PartialTypes types;
  for (const wire::Field& field : fields) {
    const catalog::Type* type = schema.find_type(field.type);
    if (!can_be_unnested(type) || carries_numbers(schema, request.targets, field.type)) {
      return Error{
          .sqlstate = "0A000",
          .message = fmt::format(
              "column \"{}\" has a type that cannot be combined over several shards", field.name),
          .hint = "Cast it to another type, for example to text.",
      };
    }
    types.names.push_back(type->name);
    types.arrays.push_back(type->array_type);
  }
  return types;
}

}  // namespace

Task<Result<Streams>> open_final(Request& request, const plan::Finish& finish, Streams& partials) {
  const auto types = types_of(request, partials.front().fields());
  if (!types) co_return types.error();
  PartialRows rows(partials.front().fields(),
                   numbers_of(*request.plan.catalog->schema, request.targets.front().shard));
  auto collected = co_await collect(partials, rows, request.memory_bytes_max);
  if (!collected) co_return collected.error();
  // Not before all have ended: a Sync ends every portal of its connection.
  co_await close_streams(partials, false);
  const std::vector<std::string> arrays = std::move(rows).finish();

  StreamSpec spec;
  spec.target = request.targets.front();
  fill_parameters(request, spec);
  const auto own_parameters = static_cast<std::uint32_t>(spec.types.size());
  const plan::SlotNames names = plan::slot_names(request.plan, spec.target);
  const plan::RenderInput input{.text = request.text,
                                .tokens = &request.tokens,
                                .tables = &names,
                                .partial_types = &types->names,
                                .first_array_parameter = own_parameters + 1};
  spec.sql = plan::render(input, finish.final_statement, request.plan.rename);
  std::vector<std::int16_t> formats;
  for (std::uint32_t i = 0; i < own_parameters; ++i) formats.push_back(request.bind->format_of(i));
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    spec.types.push_back(types->arrays[i]);
    spec.parameters.emplace_back(arrays[i]);
    formats.push_back(1);
  }
  spec.parameter_formats = std::move(formats);
  if (request.bind != nullptr) spec.result_formats = request.bind->result_formats;
  std::vector<StreamSpec> specs;
  specs.push_back(std::move(spec));
  auto opened = co_await open_streams(request, std::move(specs));
  co_return opened;
}

}  // namespace tessera::exec
