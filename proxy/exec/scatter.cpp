#include "proxy/exec/scatter.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/exec/finish.h"
#include "proxy/exec/insert.h"
#include "proxy/plan/physical.h"

namespace tessera::exec {
namespace {

Error cannot_merge_type(const catalog::Schema& schema, std::uint32_t type) {
  const catalog::Type* known = schema.find_type(type);
  return Error{
      .sqlstate = "0A000",
      .message = fmt::format("rows of several shards cannot be merged by a sort key of type {}",
                             known == nullptr ? std::to_string(type) : known->name),
      .hint =
          "Order by another expression, for example a cast of this one, or route the statement to "
          "one shard.",
  };
}

Error cannot_merge_collation() {
  return Error{
      .sqlstate = "0A000",
      .message = "rows of several shards cannot be merged in this collation",
      .hint = "Add COLLATE \"C\" to the sort key, or route the statement to one shard.",
  };
}

std::vector<StreamSpec> specs_for(const Request& request, const plan::Edits& edits,
                                  const std::vector<std::int16_t>& result_formats) {
  const auto all =
      std::make_shared<const plan::Edits>(plan::joined_edits(request.plan.rename, edits));
  std::vector<StreamSpec> specs;
  for (const plan::Target& target : request.targets) {
    StreamSpec spec;
    spec.target = target;
    const plan::SlotNames names = plan::slot_names(request.plan, target);
    spec.sql =
        plan::render({.text = request.text, .tokens = &request.tokens, .tables = &names}, *all);
    spec.edits = all;
    fill_parameters(request, spec);
    spec.result_formats = result_formats;
    specs.push_back(std::move(spec));
  }
  return specs;
}

std::vector<std::int16_t> client_formats(const Request& request) {
  return request.bind == nullptr ? std::vector<std::int16_t>{} : request.bind->result_formats;
}

// The client's format for its own columns, binary for the hidden ones behind them.
std::vector<std::int16_t> formats_with_hidden(const Request& request, std::size_t visible,
                                              std::size_t hidden) {
  const std::vector<std::int16_t> wanted = client_formats(request);
  std::vector<std::int16_t> formats(visible + hidden, 1);
  for (std::size_t i = 0; i < visible; ++i) {
    const std::int16_t all = wanted.size() == 1 ? wanted[0] : std::int16_t{0};
    formats[i] = wanted.size() == visible && visible > 1 ? wanted[i] : all;
  }
  return formats;
}

Status fill_keys(const Request& request, const plan::Gather& gather,
                 const std::vector<wire::Field>& fields, MergeSpec& spec) {
  const catalog::Schema& schema = *request.plan.catalog->schema;
  for (const plan::SortKey& key : gather.keys) {
    const std::uint32_t type = fields[fields.size() - key.from_end].type;
    const auto comparator = comparator_for(type);
    if (!comparator) return cannot_merge_type(schema, type);
    if (comparator->collatable && !key.bytewise) return cannot_merge_collation();
    spec.keys.push_back({key.from_end, key.descending, key.nulls_first, comparator->compare});
  }
  return {};
}

Status fill_window(const Request& request, const plan::Window& window, MergeSpec& spec) {
  spec.limit = window.limit_fixed;
  if (window.limit) {
    auto limit = plan::row_count_of(*window.limit, request.values, false);
    if (!limit) return limit.error();
    spec.limit = *limit;
  }
  if (window.offset) {
    auto offset = plan::row_count_of(*window.offset, request.values, true);
    if (!offset) return offset.error();
    spec.offset = offset->value_or(0);
  }
  return {};
}

Opened opened_with(const Request& request, Streams streams, MergeSpec spec) {
  Opened opened;
  opened.fields = streams.front().fields();
  opened.fields.resize(opened.fields.size() -
                       std::min<std::size_t>(opened.fields.size(), spec.hidden_columns));
  // Not by the number of columns: SELECT FROM t has rows without any.
  opened.returns_rows = request.plan.returns_rows;
  opened.cursor = std::make_unique<Cursor>(std::move(streams), std::move(spec));
  return opened;
}

// Do the edits leave the statement without a parameter whose type was not declared?
bool may_lose_parameter(const Request& request, const plan::Gather& gather) {
  return request.bind != nullptr && gather.window.offset.has_value();
}

Task<Result<Opened>> open_gather(Request& request, const plan::Gather& gather) {
  MergeSpec spec;
  spec.hidden_columns = gather.hidden_columns;
  auto window = fill_window(request, gather.window, spec);
  if (!window) co_return window.error();
  std::vector<std::int16_t> formats = client_formats(request);
  if (gather.hidden_columns > 0 || may_lose_parameter(request, gather)) {
    auto described = co_await describe(request);
    if (!described) co_return described.error();
    if (gather.hidden_columns > 0) {
      formats = formats_with_hidden(request, (*described)->fields.size(), gather.hidden_columns);
    }
  }
  auto specs = specs_for(request, gather.edits, formats);
  auto streams = co_await open_streams(request, std::move(specs));
  if (!streams) co_return streams.error();
  if (gather.header_per_target) {
    for (const plan::Target& target : request.targets) {
      spec.headers.push_back(
          fmt::format("Shard {}", request.plan.catalog->rules->shards[target.shard].name));
    }
  }
  auto keys = fill_keys(request, gather, streams->front().fields(), spec);
  if (!keys) {
    co_await close_streams(*streams, true);
    co_return keys.error();
  }
  co_return opened_with(request, std::move(*streams), std::move(spec));
}

Task<Result<Opened>> open_finish(Request& request, const plan::Finish& finish) {
  auto described = co_await describe(request);
  if (!described) co_return described.error();
  auto specs = specs_for(request, finish.edits, {1});
  auto partials = co_await open_streams(request, std::move(specs));
  if (!partials) co_return partials.error();
  auto streams = co_await open_final(request, finish, *partials);
  if (!streams) {
    co_await close_streams(*partials, true);
    co_return streams.error();
  }
  Opened opened = opened_with(request, std::move(*streams), MergeSpec{});
  // The client sees its own statement's columns, with the formats that it asked for.
  std::vector<wire::Field> fields = (*described)->fields;
  for (std::size_t i = 0; i < fields.size() && i < opened.fields.size(); ++i)
    fields[i].format = opened.fields[i].format;
  opened.described = std::move(*described);
  opened.fields = std::move(fields);
  co_return opened;
}

Task<Result<Opened>> open_write(Request& request, const plan::Edits& edits, bool first_only) {
  auto specs = specs_for(request, edits, client_formats(request));
  auto streams = co_await open_streams(request, std::move(specs));
  if (!streams) co_return streams.error();
  MergeSpec spec;
  spec.first_only = first_only;
  co_return opened_with(request, std::move(*streams), std::move(spec));
}

}  // namespace

Task<Result<Opened>> open_scatter(Request& request) {
  if (const auto* refused = std::get_if<Error>(&request.plan.scatter)) co_return *refused;
  if (const auto* gather = std::get_if<plan::Gather>(&request.plan.scatter)) {
    auto opened = co_await open_gather(request, *gather);
    co_return opened;
  }
  if (const auto* finish = std::get_if<plan::Finish>(&request.plan.scatter)) {
    auto opened = co_await open_finish(request, *finish);
    co_return opened;
  }
  if (const auto* ddl = std::get_if<plan::Ddl>(&request.plan.scatter)) {
    auto opened = co_await open_write(request, ddl->edits, true);
    co_return opened;
  }
  if (const auto* write = std::get_if<plan::WriteAll>(&request.plan.scatter)) {
    auto opened = co_await open_write(request, write->edits, write->count_once);
    co_return opened;
  }
  const auto& insert = std::get<plan::InsertSplit>(request.plan.scatter);
  MergeSpec sequence;
  if (insert.returning) sequence.sequence = *request.target_of_row;
  auto streams = co_await open_streams(request, insert_specs(request, insert));
  if (!streams) co_return streams.error();
  co_return opened_with(request, std::move(*streams), std::move(sequence));
}

}  // namespace tessera::exec
