#include "proxy/plan/route.h"

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/value.h"

namespace tessera::plan {
namespace {

using rules::ColumnCondition;
using rules::ColumnValue;
using rules::PointRoute;
using rules::ShardIndex;
using rules::ShardingTable;
using rules::Value;

// The nodes that one group may touch. One node is the common case and needs no memory.
struct NodeSet {
  bool one = false;
  std::uint32_t node = 0;
  std::vector<std::uint32_t> nodes;  // when !one; empty: nothing can match

  static NodeSet single(std::uint32_t node) { return {.one = true, .node = node, .nodes = {}}; }
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
  return table.conditions.size() == 1 && !table.conditions.front().range &&
         table.conditions.front().values.size() == 1;
}

Result<ColumnCondition> decode_condition(const Condition& condition, const Values& values,
                                         Use use) {
  ColumnCondition out{.column = condition.column,
                      .values = {},
                      .range = condition.range,
                      .lower = {},
                      .upper = {},
                      .type = condition.type};
  for (const ValueSource& source : condition.values) {
    auto value = decode(source, condition.type, values, use);
    if (!value) return value.error();
    out.values.push_back(std::move(*value));
  }
  const auto bound = [&](const std::optional<ValueSource>& source, std::optional<Value>& place) {
    if (!source) return Status();
    auto value = decode(*source, condition.type, values, Use::kBound);
    if (!value) return Status(value.error());
    place = std::move(*value);
    return Status();
  };
  if (Status done = bound(condition.lower, out.lower); !done) return done.error();
  if (Status done = bound(condition.upper, out.upper); !done) return done.error();
  // No row is below or above NULL.
  const auto is_null = [](const std::optional<Value>& value) {
    return value && std::holds_alternative<rules::Null>(*value);
  };
  if (is_null(out.lower) || is_null(out.upper)) {
    out.range = false;
    out.values = {Value{rules::Null{}}};
  }
  return out;
}

Result<std::vector<ColumnCondition>> decode_all(const std::vector<Condition>& conditions,
                                                const Values& values, Use use) {
  std::vector<ColumnCondition> out;
  out.reserve(conditions.size());
  for (const Condition& condition : conditions) {
    auto decoded = decode_condition(condition, values, use);
    if (!decoded) return decoded.error();
    out.push_back(std::move(*decoded));
  }
  return out;
}

// The hot path: one sharding column, one value, nothing allocated.
Result<PointRoute> point_route(const TableRoute& table, const Values& values) {
  const Condition& condition = table.conditions.front();
  const auto value = decode(condition.values.front(), condition.type, values, Use::kEqual);
  if (!value) return value.error();
  const std::array columns{
      ColumnValue{.column = condition.column, .value = &*value, .type = condition.type}};
  return rules::route_point(*table.table, columns);
}

Result<NodeSet> table_nodes(const TableRoute& table, const Values& values) {
  if (is_point(table)) {
    const auto point = point_route(table, values);
    if (!point) return point.error();
    if (point->kind == PointRoute::Kind::kOne) return NodeSet::single(point->node);
    if (point->kind == PointRoute::Kind::kNone) return NodeSet{};
  }
  auto conditions = decode_all(table.conditions, values, Use::kEqual);
  if (!conditions) return conditions.error();
  auto nodes = rules::route(*table.table, *conditions);
  if (!nodes) return nodes.error();
  if (nodes->size() == 1) return NodeSet::single(nodes->front());
  return NodeSet{.one = false, .node = 0, .nodes = std::move(*nodes)};
}

Result<NodeSet> group_nodes(const RouteGroup& group, const Values& values) {
  std::optional<NodeSet> out;
  for (const TableRoute& table : group) {
    if (table.conditions.empty()) continue;
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

void sort_by_shard(std::vector<std::uint32_t>& nodes, const ShardingTable& table) {
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

// The value as it will be stored. PostgreSQL cuts spaces behind the end of varchar(n); any other
// character there is its error to give.
Result<Value> stored_value(const Condition& condition, const Values& values) {
  auto value = decode(condition.values.front(), condition.type, values, Use::kAssign);
  if (!value || condition.length_max == 0) return value;
  const auto* text = std::get_if<std::string>(&*value);
  if (text != nullptr && text->size() > condition.length_max && text->ends_with(' ')) {
    return key_too_long(*text);
  }
  return value;
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
  if (conditions.size() == 1 && conditions.front().values.size() == 1) {
    const Condition& condition = conditions.front();
    const auto value = stored_value(condition, values);
    if (!value) return value.error();
    const std::array columns{
        ColumnValue{.column = condition.column, .value = &*value, .type = condition.type}};
    const auto point = rules::route_point(table, columns);
    if (!point) return point.error();
    if (point->kind == PointRoute::Kind::kOne) return point->node;
  }
  for (const Condition& condition : conditions) {
    const auto value = stored_value(condition, values);
    if (!value) return value.error();
  }
  auto decoded = decode_all(conditions, values, Use::kAssign);
  if (!decoded) return decoded.error();
  return rules::route_row(table, *decoded);
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
  if (const auto* split = std::get_if<InsertSplit>(&plan.scatter);
      split != nullptr && split->rows.size() > 1) {
    auto rows = split_rows(plan, values);
    if (!rows) return rows.error();
    targets = std::move(rows->targets);
    return {};
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

Result<SplitRows> split_rows(const Plan& plan, const Values& values) {
  const auto& split = std::get<InsertSplit>(plan.scatter);
  const ShardingTable& table = *split.table;
  std::vector<std::uint32_t> node_of_row;
  node_of_row.reserve(split.rows.size());
  for (const InsertSplit::Row& row : split.rows) {
    const auto node = row_node(table, row.conditions, values);
    if (!node) return node.error();
    node_of_row.push_back(*node);
  }
  std::vector<std::uint32_t> nodes = node_of_row;
  std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
  sort_by_shard(nodes, table);

  SplitRows out;
  std::vector<std::uint32_t> target_of_node(table.nodes.size(), 0);
  out.target_of_row.reserve(node_of_row.size());
  resize(out.targets, nodes.size(), plan.slots);
  for (std::uint32_t at = 0; at < nodes.size(); ++at) {
    target_of_node[nodes[at]] = at;
    out.targets[at].shard = table.nodes[nodes[at]].shard;
    set_nodes(out.targets[at], plan.route.groups.front(), nodes[at]);
  }
  for (const std::uint32_t node : node_of_row) out.target_of_row.push_back(target_of_node[node]);
  return out;
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
