#include "rules/node_index.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace tessera::rules {
namespace {

bool names_differ(const std::vector<DataNode>& nodes) {
  std::set<std::string_view> names;
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const DataNode& node) { return names.insert(node.table).second; });
}

bool has_two_widths(const Strategy& strategy) {
  return strategy.algorithm != nullptr && strategy.algorithm->two_widths();
}

// The nodes that `belongs` says yes to.
template <class Belongs>
NodeIndex::Group group_of(const std::vector<DataNode>& nodes, Belongs belongs) {
  NodeIndex::Group group;
  std::vector<std::string> names;
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    if (!belongs(nodes[n])) continue;
    names.push_back(nodes[n].table);
    group.nodes.push_back(n);
  }
  group.tables = Targets(std::move(names));
  return group;
}

// Whether two levels divide by 2 and by 3 or one by 6: the remainder by 6 tells both.
void index_remainders(ShardingTable& table) {
  constexpr std::int64_t kModulusMax = 4096;
  std::int64_t modulus = 1;
  std::string column;
  for (const Strategy* strategy : {&table.database, &table.table}) {
    if (strategy->is_none()) continue;
    if (strategy->algorithm == nullptr) return;
    const std::int64_t own = strategy->algorithm->modulus();
    const bool other_column = !column.empty() && column != strategy->column;
    if (own == 0 || own < -kModulusMax || own > kModulusMax || other_column) return;
    column = strategy->column;
    modulus = std::lcm(modulus, own);
  }
  if (column.empty() || modulus > kModulusMax) return;
  std::vector<std::uint32_t> nodes;
  for (std::int64_t remainder = 0; remainder < modulus; ++remainder) {
    const auto node = quick_point(table, column, remainder, ValueType::kInt8);
    if (!node) return;
    nodes.push_back(*node);
  }
  table.node_of_remainder = std::move(nodes);
  table.remainder_column = std::move(column);
}

}  // namespace

NodeIndex::NodeIndex(const ShardingTable& table, const std::vector<Shard>& shards)
    : flat_(table.database.is_none() && names_differ(table.nodes)),
      two_widths_(has_two_widths(table.database) || has_two_widths(table.table)) {
  if (flat_) {
    groups_.push_back(group_of(table.nodes, [](const DataNode&) { return true; }));
    return;
  }
  std::vector<ShardIndex> order;
  std::vector<std::string> names;
  for (const DataNode& node : table.nodes) {
    if (std::find(order.begin(), order.end(), node.shard) != order.end()) continue;
    order.push_back(node.shard);
    names.push_back(shards[node.shard].name);
  }
  shards_ = Targets(std::move(names));
  for (const ShardIndex shard : order) {
    groups_.push_back(
        group_of(table.nodes, [&](const DataNode& node) { return node.shard == shard; }));
  }
}

void index_nodes(ShardingTable& table, const std::vector<Shard>& shards) {
  table.index = std::make_shared<const NodeIndex>(table, shards);
  index_remainders(table);
}

bool columns_settle_node(const ShardingTable& table) {
  return !table.hinted() && table.index != nullptr && settles_node(table);
}

bool settles_node(const ShardingTable& table) {
  const NodeIndex& index = *table.index;
  if (!index.flat() && table.database.is_none()) return false;
  if (!table.table.is_none()) return true;
  return std::all_of(index.groups().begin(), index.groups().end(),
                     [](const NodeIndex::Group& group) { return group.nodes.size() == 1; });
}

}  // namespace tessera::rules
