#include "proxy/exec/numbers.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/wire/byte_order.h"

namespace tessera::exec {
namespace {

using catalog::TypeNumbers;

constexpr std::size_t kCount = sizeof(std::uint16_t);
constexpr std::size_t kOid = sizeof(std::uint32_t);
// Of a field, behind its name: table, attribute, type, size, modifier, format.
constexpr std::size_t kTypeAt = kOid + sizeof(std::uint16_t);
constexpr std::size_t kFieldBytes = 18;

void show_parameters(const TypeNumbers& numbers, char* at, const char* end) {
  for (at += kCount; at + kOid <= end; at += kOid) {
    wire::store(at, numbers.type_for_client(wire::load<std::uint32_t>(at)));
  }
}

void show_columns(const TypeNumbers& numbers, char* at, const char* end) {
  at += kCount;
  while (at < end) {
    at = std::find(at, const_cast<char*>(end), '\0');
    if (static_cast<std::size_t>(end - at) < 1 + kFieldBytes) return;
    ++at;
    wire::store(at, numbers.table_for_client(wire::load<std::uint32_t>(at)));
    char* const type = at + kTypeAt;
    wire::store(type, numbers.type_for_client(wire::load<std::uint32_t>(type)));
    at += kFieldBytes;
  }
}

Error refused(const catalog::Schema& schema, std::string_view what, std::uint32_t type) {
  const catalog::Type* known = schema.find_type(type);
  return Error{.sqlstate = "0A000",
               .message = fmt::format("{} of type {} cannot be transferred in binary format", what,
                                      known == nullptr ? std::to_string(type) : known->name),
               .detail = "Its values carry numbers of types, which differ between the shards.",
               .hint = "Use text format for it."};
}

std::int16_t format_of(const std::vector<std::int16_t>& formats, std::size_t column) {
  if (formats.size() == 1) return formats[0];
  return column < formats.size() ? formats[column] : std::int16_t{0};
}

}  // namespace

void show_numbers(const TypeNumbers& numbers, std::string& out, std::size_t from) {
  if (out.size() < from + wire::kFrameHead + kCount) return;
  char* const body = out.data() + from + wire::kFrameHead;
  const char* const end = out.data() + out.size();
  if (out[from] == 'T') show_columns(numbers, body, end);
  if (out[from] == 't') show_parameters(numbers, body, end);
}

void show_numbers(const TypeNumbers& numbers, std::vector<wire::Field>& fields) {
  for (wire::Field& field : fields) {
    field.table = numbers.table_for_client(field.table);
    field.type = numbers.type_for_client(field.type);
  }
}

std::vector<std::uint32_t> types_for_shard(const TypeNumbers* numbers,
                                           std::vector<std::uint32_t> types) {
  if (numbers == nullptr) return types;
  for (std::uint32_t& type : types) type = numbers->type_for_shard(type);
  return types;
}

bool renumbers(const catalog::Schema& schema, const std::vector<plan::Target>& targets) {
  return !schema.type_numbers.empty() &&
         std::ranges::any_of(targets, [&](const plan::Target& target) {
           return numbers_of(schema, target.shard) != nullptr;
         });
}

bool carries_numbers(const catalog::Schema& schema, const std::vector<plan::Target>& targets,
                     std::uint32_t type) {
  return std::ranges::any_of(targets, [&](const plan::Target& target) {
    const TypeNumbers* numbers = numbers_of(schema, target.shard);
    return numbers != nullptr && numbers->in_binary(type);
  });
}

bool asks_binary(const wire::BindMessage& bind) {
  const auto binary = [](const std::vector<std::int16_t>& formats) {
    return std::ranges::any_of(formats, [](std::int16_t format) { return format != 0; });
  };
  return binary(bind.parameter_formats) || binary(bind.result_formats);
}

Status check_binary(const catalog::Schema& schema, const std::vector<plan::Target>& targets,
                    const wire::BindMessage& bind, const Described& described) {
  for (std::size_t i = 0; i < described.parameter_types.size(); ++i) {
    const std::uint32_t type = described.parameter_types[i];
    const bool binary = i < bind.parameters.size() && bind.parameters[i] && bind.format_of(i) != 0;
    if (binary && carries_numbers(schema, targets, type))
      return refused(schema, fmt::format("parameter ${}", i + 1), type);
  }
  for (std::size_t i = 0; i < described.fields.size(); ++i) {
    const wire::Field& field = described.fields[i];
    if (format_of(bind.result_formats, i) != 0 && carries_numbers(schema, targets, field.type))
      return refused(schema, fmt::format("column \"{}\"", field.name), field.type);
  }
  return {};
}

}  // namespace tessera::exec
