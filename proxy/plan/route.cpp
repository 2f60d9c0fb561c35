#include "proxy/plan/route.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>

#include "proxy/plan/errors.h"
#include "proxy/plan/value.h"
#include "rules/integer_text.h"

namespace tessera::plan {
namespace {

using rules::ColumnCondition;
using rules::ColumnValue;
using rules::PointRoute;
using rules::ShardIndex;
using rules::ShardingTable;
using rules::Value;
using rules::ValueType;

// A hint's value: text that is an integer is one.
Value hint_value(const std::string& text) {
  std::int64_t number = 0;
  const bool integer = rules::read_integer(text, number) == rules::IntegerText::kInteger;
  return integer ? Value{number} : Value{text};
}

// What the hints say about a level of `table`: what names the table goes before what names none.
std::vector<Value> hints_of(const parser::Hints& hints, std::string_view table, bool database) {
  for (const std::string_view name : {table, std::string_view()}) {
    std::vector<Value> out;
    for (const parser::ShardingHint& each : hints.values) {
      if (each.table == name && each.of_database == database) out.push_back(hint_value(each.value));
    }
    if (!out.empty()) return out;
  }
  return {};
}

rules::HintValues hint_values(const ShardingTable& table, const Values& values) {
  if (values.hints == nullptr || !table.hinted()) return {};
  return {.database = hints_of(*values.hints, table.name, true),
          .table = hints_of(*values.hints, table.name, false)};
}

// Has a hint switched off all auditors that refuse the statement?
bool audit_is_off(const AuditRefusal& audit, const Values& values) {
  if (values.hints == nullptr || !audit.hint_may_disable) return false;
  const auto& off = values.hints->disabled_auditors;
  return std::ranges::all_of(audit.auditors, [&off](const std::string& auditor) {
    return std::ranges::find(off, auditor) != off.end();
  });
}

// The nodes that one group may touch. One node is the common case and needs no memory.
struct NodeSet {
  bool one = false;
  std::uint32_t node = 0;
  std::vector<std::uint32_t> nodes;  // when !one; empty: nothing can match

  static NodeSet single(std::uint32_t node) { return {.one = true, .node = node, .nodes = {}}; }
  static NodeSet of(std::vector<std::uint32_t> nodes) {
    if (nodes.size() == 1) return single(nodes.front());
    return {.one = false, .node = 0, .nodes = std::move(nodes)};
  }
  [[nodiscard]] bool empty() const { return !one && nodes.empty(); }
};

NodeSet intersect(NodeSet a, const NodeSet& b) {
  const auto has = [](const NodeSet& set, std::uint32_t node) {
    return set.one ? set.node == node : std::ranges::binary_search(set.nodes, node);
  };
  if (a.one) return has(b, a.node) ? a : NodeSet{};
  if (b.one) return has(a, b.node) ? b : NodeSet{};
  std::erase_if(a.nodes, [&](std::uint32_t node) { return !has(b, node); });
  if (a.nodes.size() == 1) return NodeSet::single(a.nodes.front());
  return a;
}

bool is_point(const TableRoute& table) {
  return table.conditions.size() == 1 && table.alternatives.empty() &&
         !table.conditions.front().range && table.conditions.front().values.size() == 1 &&
         !table.conditions.front().values.front().array;
}

using Conditions = std::vector<ColumnCondition>;

// Adds what `source` gives; false: its values cannot be told.
Result<bool> add_values(const ValueSource& source, const Condition& condition, const Values& values,
                        ColumnCondition& out) {
  if (source.array) {
    auto elements = decode_array(source, condition.type, values);
    if (!elements) return elements.error();
    if (!*elements) return false;
    std::ranges::move(**elements, std::back_inserter(out.values));
    return true;
  }
  auto value = decode(source, condition.type, values, Use::kEqual);
  if (!value) return value.error();
  if (!*value) return false;
  out.values.push_back(std::move(**value));
  return true;
}

Result<bool> add_all_values(const Condition& condition, const Values& values,
                            ColumnCondition& out) {
  for (const ValueSource& source : condition.values) {
    const std::uint32_t items = items_of(source.fold, values);
    for (std::uint32_t item = 0; item < items; ++item) {
      const auto added =
          add_values(source, condition, values_of_item(source.fold, item, values), out);
      if (!added || !*added) return added;
    }
  }
  return true;
}

Result<std::optional<Value>> decode_bound(const std::optional<ValueSource>& source, ValueType type,
                                          const Values& values) {
  if (!source) return std::optional<Value>();
  return decode(*source, type, values, Use::kBound);
}

bool is_null(const std::optional<Value>& value) {
  return value && std::holds_alternative<rules::Null>(*value);
}

// The texts of moments are ordered as the moments are.
bool is_less(const Value& a, const Value& b) {
  if (const auto* number = std::get_if<std::int64_t>(&a)) {
    const auto* other = std::get_if<std::int64_t>(&b);
    return other != nullptr && *number < *other;
  }
  const auto* text = std::get_if<std::string>(&a);
  const auto* other = std::get_if<std::string>(&b);
  return text != nullptr && other != nullptr && *text < *other;
}

// False: neither bound says anything.
Result<bool> add_bounds(const Condition& condition, const Values& values, ColumnCondition& out) {
  auto lower = decode_bound(condition.lower, condition.type, values);
  if (!lower) return lower.error();
  auto upper = decode_bound(condition.upper, condition.type, values);
  if (!upper) return upper.error();
  out.lower = std::move(*lower);
  out.upper = std::move(*upper);
  // No row is below or above NULL.
  if (is_null(out.lower) || is_null(out.upper)) {
    out.range = false;
    out.values = {Value{rules::Null{}}};
    return true;
  }
  // BETWEEN 5 AND 5 is as good as a value.
  if (out.lower && out.lower == out.upper) {
    out.range = false;
    out.values = {std::move(*out.lower)};
    return true;
  }
  if (!condition.symmetric) return out.lower || out.upper;
  if (!out.lower || !out.upper) return false;
  if (is_less(*out.upper, *out.lower)) std::swap(out.lower, out.upper);
  return true;
}

// Adds the condition with its values. What cannot be told restricts nothing.
Status decode_condition(const Condition& condition, const Values& values, Conditions& out) {
  ColumnCondition decoded{.column = condition.column,
                          .values = {},
                          .range = condition.range,
                          .lower = {},
                          .upper = {},
                          .type = condition.type};
  const auto told = condition.range ? add_bounds(condition, values, decoded)
                                    : add_all_values(condition, values, decoded);
  if (!told) return told.error();
  if (*told) out.push_back(std::move(decoded));
  return {};
}

Result<Conditions> decode_all(const std::vector<Condition>& conditions, const Values& values) {
  Conditions out;
  out.reserve(conditions.size());
  for (const Condition& condition : conditions) {
    if (Status ok = decode_condition(condition, values, out); !ok) return ok.error();
  }
  return out;
}

void merge(std::vector<std::uint32_t>& nodes, const std::vector<std::uint32_t>& more) {
  nodes.insert(nodes.end(), more.begin(), more.end());
  std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
}

// The nodes of all branches together. Absent: they restrict nothing.
Result<std::optional<std::vector<std::uint32_t>>> branch_nodes(const TableRoute& table,
                                                               const Conditions& always,
                                                               const Alternatives& branches,
                                                               const Values& values) {
  std::vector<std::uint32_t> out;
  for (const auto& branch : branches) {
    auto conditions = decode_all(branch, values);
    if (!conditions) return conditions.error();
    if (conditions->empty()) return std::optional<std::vector<std::uint32_t>>();
    conditions->insert(conditions->end(), always.begin(), always.end());
    const auto nodes = rules::route(*table.table, *conditions, hint_values(*table.table, values));
    // A range that the algorithm does not route: the other branches do not matter either.
    if (!nodes && nodes.error().sqlstate == "0A000") {
      return std::optional<std::vector<std::uint32_t>>();
    }
    if (!nodes) return nodes.error();
    merge(out, *nodes);
  }
  return std::optional(std::move(out));
}

// The hot path: one sharding column, one value, nothing allocated.
Result<PointRoute> point_route(const TableRoute& table, const Values& values) {
  const Condition& condition = table.conditions.front();
  const auto value = decode(condition.values.front(), condition.type, values, Use::kEqual);
  if (!value) return value.error();
  if (!*value) return PointRoute{};
  const rules::HintValues hints = hint_values(*table.table, values);
  const std::array columns{
      ColumnValue{.column = condition.column, .value = &**value, .type = condition.type}};
  return rules::route_point(*table.table, columns, hints);
}

Result<NodeSet> table_nodes(const TableRoute& table, const Values& values) {
  if (is_point(table)) {
    const auto point = point_route(table, values);
    if (!point) return point.error();
    if (point->kind == PointRoute::Kind::kOne) return NodeSet::single(point->node);
    if (point->kind == PointRoute::Kind::kNone) return NodeSet{};
  }
  auto conditions = decode_all(table.conditions, values);
  if (!conditions) return conditions.error();
  auto nodes = rules::route(*table.table, *conditions, hint_values(*table.table, values));
  if (!nodes) return nodes.error();
  NodeSet out = NodeSet::of(std::move(*nodes));
  for (const Alternatives& each : table.alternatives) {
    auto branches = branch_nodes(table, *conditions, each, values);
    if (!branches) return branches.error();
    if (*branches) out = intersect(std::move(out), NodeSet::of(std::move(**branches)));
  }
  return out;
}

Result<NodeSet> group_nodes(const RouteGroup& group, const Values& values) {
  std::optional<NodeSet> out;
  for (const TableRoute& table : group) {
    if (!table.says_something()) continue;
    auto nodes = table_nodes(table, values);
    if (!nodes) return nodes.error();
    out = out ? intersect(std::move(*out), *nodes) : std::move(*nodes);
  }
  if (out) return std::move(*out);
  return table_nodes(group.front(), values);
}

// Room for `count` targets; what they held is used again.
void resize(std::vector<Target>& targets, std::size_t count, std::uint32_t slots) {
  targets.resize(count);
  for (Target& target : targets) {
    target.nodes.assign(slots, 0);
  }
}

void set_nodes(Target& target, const RouteGroup& group, std::uint32_t node) {
  for (const TableRoute& table : group) target.nodes[table.slot] = node;
}

const ShardingTable& lead(const RouteGroup& group) { return *group.front().table; }

void sort_by_shard(std::span<std::uint32_t> nodes, const ShardingTable& table) {
  std::ranges::sort(nodes, [&table](std::uint32_t a, std::uint32_t b) {
    const ShardIndex left = table.nodes[a].shard;
    const ShardIndex right = table.nodes[b].shard;
    return left != right ? left < right : a < b;
  });
}

void one_target(const Plan& plan, const RouteGroup& group, std::uint32_t node,
                std::vector<Target>& targets) {
  if (targets.size() != 1) targets.resize(1);
  Target& target = targets.front();
  // The only slot is the group's own, set below.
  if (plan.slots != 1 || target.nodes.size() != 1) target.nodes.assign(plan.slots, 0);
  target.shard = lead(group).nodes[node].shard;
  set_nodes(target, group, node);
}

// One table with a point: no set of nodes is made. False: it is not so simple.
Result<bool> route_point(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  const RouteGroup& group = plan.route.groups.front();
  if (group.size() != 1 || !is_point(group.front())) return false;
  const Condition& condition = group.front().conditions.front();
  const auto integer = quick_integer(condition.values.front(), condition.type, values);
  if (integer) {
    const auto node =
        rules::quick_point(*group.front().table, condition.column, *integer, condition.type);
    if (node) {
      one_target(plan, group, *node, targets);
      return true;
    }
  }
  const auto point = point_route(group.front(), values);
  if (!point) return point.error();
  if (point->kind != PointRoute::Kind::kOne) return false;
  one_target(plan, group, point->node, targets);
  return true;
}

// One group alone: as many targets as it has nodes. A contradiction still needs one shard that says
// so.
Status route_group(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  const auto point = route_point(plan, values, targets);
  if (!point) return point.error();
  if (*point) return {};
  const RouteGroup& group = plan.route.groups.front();
  auto set = group_nodes(group, values);
  if (!set) return set.error();
  if (set->one || set->empty()) {
    one_target(plan, group, set->node, targets);
    return {};
  }
  sort_by_shard(set->nodes, lead(group));
  resize(targets, set->nodes.size(), plan.slots);
  for (std::size_t at = 0; at < targets.size(); ++at) {
    targets[at].shard = lead(group).nodes[set->nodes[at]].shard;
    set_nodes(targets[at], group, set->nodes[at]);
  }
  return {};
}

Error apart(const Plan& plan) { return plan.apart ? *plan.apart : shards_differ(); }

// The node of a group that no row can match may be any one on `shard`.
std::optional<std::uint32_t> node_on(const ShardingTable& table, ShardIndex shard) {
  const auto found = std::ranges::find(table.nodes, shard, &rules::DataNode::shard);
  if (found == table.nodes.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - table.nodes.begin());
}

// Several groups, or a group beside a single table: all on one shard.
Status route_together(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  std::optional<ShardIndex> shard = plan.route.required_shard;
  std::vector<NodeSet> sets;
  for (const RouteGroup& group : plan.route.groups) {
    auto set = group_nodes(group, values);
    if (!set) return set.error();
    if (!set->one && !set->empty()) return apart(plan);
    if (set->one) {
      const ShardIndex home = lead(group).nodes[set->node].shard;
      if (shard && *shard != home) return apart(plan);
      shard = home;
    }
    sets.push_back(std::move(*set));
  }
  resize(targets, 1, plan.slots);
  targets.front().shard = shard.value_or(lead(plan.route.groups.front()).nodes.front().shard);
  for (std::size_t at = 0; at < sets.size(); ++at) {
    const RouteGroup& group = plan.route.groups[at];
    const auto node = sets[at].one ? sets[at].node : node_on(lead(group), targets.front().shard);
    if (!node) return apart(plan);
    set_nodes(targets.front(), group, *node);
  }
  return {};
}

// How many digits stand behind the point, zeros at the end not counted.
std::size_t digits_behind(std::string_view text) {
  const auto point = text.find('.');
  return point == text.npos ? 0 : text.find_last_not_of('0') - point;
}

// The value as it will be stored. PostgreSQL cuts spaces behind the end of varchar(n); any other
// character there is its error to give.
Result<Value> stored_value(const Condition& condition, const Values& values) {
  auto value = decode(condition.values.front(), condition.type, values, Use::kAssign);
  if (!value) return value.error();
  const auto* text = std::get_if<std::string>(&**value);
  if (condition.length_max > 0 && text != nullptr && text->size() > condition.length_max &&
      text->ends_with(' ')) {
    return key_too_long(*text);
  }
  if (condition.digits_max && text != nullptr && digits_behind(*text) > *condition.digits_max) {
    return key_is_rounded(*text);
  }
  return std::move(**value);
}

// row_node() of a small integer that alone decides, as quick as the route of a point.
std::optional<std::uint32_t> quick_row_node(const ShardingTable& table,
                                            const std::vector<Condition>& conditions,
                                            const Values& values) {
  if (conditions.size() != 1 || conditions.front().values.size() != 1) return std::nullopt;
  const Condition& condition = conditions.front();
  const auto integer = quick_integer(condition.values.front(), condition.type, values);
  if (!integer) return std::nullopt;
  return rules::quick_point(table, condition.column, *integer, condition.type);
}

// Where a row with these values is stored: never a guess, so NULL and contradictions are errors.
Result<std::uint32_t> row_node(const ShardingTable& table, const std::vector<Condition>& conditions,
                               const Values& values) {
  if (const auto node = quick_row_node(table, conditions, values)) return *node;
  const rules::HintValues hints = hint_values(table, values);
  if (conditions.size() == 1) {
    const Condition& condition = conditions.front();
    const auto value = stored_value(condition, values);
    if (!value) return value.error();
    const std::array columns{
        ColumnValue{.column = condition.column, .value = &*value, .type = condition.type}};
    const auto point = rules::route_point(table, columns, hints);
    if (!point) return point.error();
    if (point->kind == PointRoute::Kind::kOne) return point->node;
  }
  Conditions decoded;
  for (const Condition& condition : conditions) {
    auto value = stored_value(condition, values);
    if (!value) return value.error();
    decoded.push_back({.column = condition.column,
                       .values = {std::move(*value)},
                       .range = false,
                       .lower = {},
                       .upper = {},
                       .type = condition.type});
  }
  return rules::route_row(table, decoded, hints);
}

// What split_rows() notes about nodes fits into so much, but for tables with some hundred of them.
constexpr std::size_t kScratchBytes = 2048;

Status nodes_of_rows(const InsertSplit& split, const Values& values,
                     std::vector<std::uint32_t>& out) {
  out.clear();
  out.reserve(split.rows.size());
  for (const InsertSplit::Row& row : split.rows) {
    const std::uint32_t items = items_of(row.fold, values);
    for (std::uint32_t item = 0; item < items; ++item) {
      const auto node =
          row_node(*split.table, row.conditions, values_of_item(row.fold, item, values));
      if (!node) return node.error();
      out.push_back(*node);
    }
  }
  return {};
}

Status route_row(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  const RouteGroup& group = plan.route.groups.front();
  const auto row = std::ranges::find_if(
      group, [](const TableRoute& table) { return !table.conditions.empty(); });
  const TableRoute& table = row == group.end() ? group.front() : *row;
  const auto node = row_node(*table.table, table.conditions, values);
  if (!node) return node.error();
  one_target(plan, group, *node, targets);
  return {};
}

Status route_sharded(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  if (plan.route.groups.empty()) return values_not_made();
  if (const auto* split = std::get_if<InsertSplit>(&plan.scatter);
      split != nullptr && split->rows.size() > 1) {
    std::vector<std::uint32_t> target_of_row;
    return split_rows(plan, values, targets, target_of_row);
  }
  if (plan.route.insert) return route_row(plan, values, targets);
  if (plan.route.groups.size() == 1 && !plan.route.required_shard) {
    return route_group(plan, values, targets);
  }
  return route_together(plan, values, targets);
}

std::string quote_table(std::string_view table) {
  const auto dot = table.find('.');
  if (dot == std::string_view::npos) return parser::quote_identifier(table);
  return parser::quote_identifier(table.substr(0, dot)) + "." +
         parser::quote_identifier(table.substr(dot + 1));
}

}  // namespace

Status route(const Plan& plan, const Values& values, std::vector<Target>& targets) {
  if (plan.audit && !audit_is_off(*plan.audit, values)) return plan.audit->error;
  switch (plan.route.kind) {
    case RouteSpec::Kind::kNone:
      targets.clear();
      return {};
    case RouteSpec::Kind::kShard:
    case RouteSpec::Kind::kAnyShard:
      resize(targets, 1, plan.slots);
      targets.front().shard = plan.route.shard;
      return {};
    case RouteSpec::Kind::kAllShards:
      resize(targets, plan.catalog->rules->shards.size(), plan.slots);
      for (std::size_t at = 0; at < targets.size(); ++at) {
        targets[at].shard = static_cast<ShardIndex>(at);
      }
      return {};
    case RouteSpec::Kind::kSharded:
      return route_sharded(plan, values, targets);
  }
  return {};
}

Status split_rows(const Plan& plan, const Values& values, std::vector<Target>& targets,
                  std::vector<std::uint32_t>& target_of_row) {
  const auto& split = std::get<InsertSplit>(plan.scatter);
  const ShardingTable& table = *split.table;
  if (Status found = nodes_of_rows(split, values, target_of_row); !found) {
    target_of_row.clear();
    return found;
  }
  std::array<std::byte, kScratchBytes> scratch;
  std::pmr::monotonic_buffer_resource memory(scratch.data(), scratch.size());
  std::pmr::vector<bool> used(table.nodes.size(), false, &memory);
  std::pmr::vector<std::uint32_t> nodes(&memory);
  nodes.reserve(std::min(table.nodes.size(), target_of_row.size()));
  for (const std::uint32_t node : target_of_row) {
    if (!used[node]) nodes.push_back(node);
    used[node] = true;
  }
  sort_by_shard(nodes, table);
  std::pmr::vector<std::uint32_t> target_of_node(table.nodes.size(), 0, &memory);
  resize(targets, nodes.size(), plan.slots);
  for (std::uint32_t at = 0; at < nodes.size(); ++at) {
    target_of_node[nodes[at]] = at;
    targets[at].shard = table.nodes[nodes[at]].shard;
    set_nodes(targets[at], plan.route.groups.front(), nodes[at]);
  }
  for (std::uint32_t& row : target_of_row) row = target_of_node[row];
  return {};
}

SlotNames slot_names(const Plan& plan, const Target& target) {
  SlotNames out;
  out.reserve(plan.slot_tables.size());
  for (std::size_t slot = 0; slot < plan.slot_tables.size(); ++slot) {
    out.push_back(quote_table(plan.slot_tables[slot]->nodes[target.nodes[slot]].table));
  }
  return out;
}

}  // namespace tessera::plan
