#include "proxy/plan/passes/select.h"

#include <algorithm>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/aggregate.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/order.h"
#include "proxy/plan/passes/spread.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Select;
using parser::Window;

const Window* find_window(const Select& select, std::string_view name) {
  const auto found = std::ranges::find_if(
      select.windows, [name](const Window* window) { return window->name == name; });
  return found == select.windows.end() ? nullptr : *found;
}

// A window that names another one has that one's partitions.
std::span<Expr* const> partition_of(const Select& select, const Window& window) {
  const Window* at = &window;
  for (std::size_t steps = 0; at != nullptr && steps <= select.windows.size(); ++steps) {
    if (!at->partition_by.empty()) return at->partition_by;
    const std::string_view next = at->by_name ? at->name : at->base;
    at = next.empty() ? nullptr : find_window(select, next);
    if (at != nullptr && at->by_name) return {};
  }
  return {};
}

bool windows_are_local(const Query& query, LevelId level) {
  const Select& select = *query.levels[level].select;
  bool local = true;
  for_each_level_expr(select, [&](const Expr& expr) {
    if (!is_window_call(expr)) return;
    const auto partition = partition_of(select, *expr.function->over);
    local = local && holds_sharding_key(query, {partition.begin(), partition.end()}, level);
  });
  return local;
}

// Does a node's own statement give whole rows of the answer?
Result<bool> rows_are_whole(const Query& query, LevelId level, Pins& pins) {
  const Select& select = *query.levels[level].select;
  if (is_grouped(query, level) && !has_local_groups(query, level, pins)) return false;
  if (select.distinct && !has_local_distinct(query, level, pins)) return false;
  if (!windows_are_local(query, level)) return window_across_shards();
  return true;
}

Result<Gather> make_gather(const Query& query, LevelId level, Pins& pins) {
  Gather out;
  if (Status ok = add_sort_keys(query, level, out, pins); !ok) return ok.error();
  if (Status ok = add_window(query, level, out); !ok) return ok.error();
  sort_edits(out.edits);
  return out;
}

}  // namespace

Scatter select_scatter(const Query& query, LevelId level, Pins& pins) {
  const auto whole = rows_are_whole(query, level, pins);
  if (!whole) return whole.error();
  if (*whole) {
    auto gather = make_gather(query, level, pins);
    if (!gather) return gather.error();
    return std::move(*gather);
  }
  auto finish = make_finish(query, level, pins);
  if (!finish) return finish.error();
  sort_edits(finish->edits);
  return std::move(*finish);
}

Status source_stays_local(const Query& query, LevelId level, Pins& pins) {
  const Select& select = *query.levels[level].select;
  const auto whole = rows_are_whole(query, level, pins);
  if (!whole) return whole.error();
  const bool limited = select.limit != nullptr || select.fetch_one || select.offset != nullptr;
  if (!*whole || limited || select.with_ties) return insert_source_across_shards();
  return {};
}

}  // namespace tessera::plan
