// bindingTables: tables whose rows with equal sharding values live on nodes that stand at the same
// place of their node lists. Joins rest on it, so it is proved here and not believed.

#include <fmt/format.h>

#include <algorithm>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

// Do both compute the same, so that equal values give corresponding targets?
bool same_algorithm(const Strategy& a, const Strategy& b) {
  if (a.algorithm && b.algorithm) return a.algorithm->shape() == b.algorithm->shape();
  if (a.complex && b.complex) {
    return a.columns.size() == b.columns.size() && a.complex->shape() == b.complex->shape();
  }
  return a.is_none() && b.is_none();
}

// Which column of the one level is which of the other: all places of equal names.
std::vector<std::size_t> column_places(const ShardingTable& table) {
  const auto columns = table.level_columns();
  std::vector<std::size_t> places;
  for (const std::string_view column : columns) {
    places.push_back(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) -
                                              columns.begin()));
  }
  return places;
}

bool same_residue(const Strategy& a, const std::string& name_a, const Strategy& b,
                  const std::string& name_b) {
  if (a.algorithm) return a.algorithm->residue(name_a) == b.algorithm->residue(name_b);
  return a.complex == nullptr || a.complex->residue(name_a) == b.complex->residue(name_b);
}

// Empty, or why the two cannot be bound.
std::string difference(const ShardingTable& a, const ShardingTable& b, const RuleSet& rules) {
  if (a.nodes.size() != b.nodes.size()) {
    return fmt::format("they have {} and {} actual tables", a.nodes.size(), b.nodes.size());
  }
  if (!same_algorithm(a.database, b.database)) return "their database strategies differ";
  if (!same_algorithm(a.table, b.table)) return "their table strategies differ";
  if (column_places(a) != column_places(b)) {
    return "their levels do not look at the same columns in the same order";
  }
  for (std::size_t n = 0; n < a.nodes.size(); ++n) {
    const DataNode& left = a.nodes[n];
    const DataNode& right = b.nodes[n];
    const std::string& shard = rules.shards[left.shard].name;
    if (left.shard != right.shard) {
      return fmt::format("actual tables {} and {} live on different data sources", left.table,
                         right.table);
    }
    if (!same_residue(a.database, shard, b.database, shard) ||
        !same_residue(a.table, left.table, b.table, right.table)) {
      return fmt::format("rows of actual table {} do not belong to those of {}", left.table,
                         right.table);
    }
  }
  return {};
}

ShardingTable& require_table(const Entry& name, RuleSet& rules) {
  const auto found = rules.sharding_tables.find(fold(name.text()));
  if (found == rules.sharding_tables.end()) {
    name.fail(fmt::format("\"{}\" is no sharding table", name.text()));
  }
  return found->second;
}

// "t1, t2", or "name:t1, t2".
Entry without_name(const Entry& group) {
  const std::string text = group.text();
  const std::size_t colon = text.find(':');
  return colon == text.npos ? group : group.with(text.substr(colon + 1));
}

void load_group(const Entry& group, std::size_t index, RuleSet& rules) {
  const ShardingTable* first = nullptr;
  for (const Entry& name : without_name(group).names()) {
    ShardingTable& table = require_table(name, rules);
    if (table.binding_group) name.fail(fmt::format("table \"{}\" is bound twice", table.name));
    table.binding_group = index;
    if (!settles_node(table)) {
      name.fail(
          fmt::format("table \"{}\" cannot be bound: its strategies do not settle one node "
                      "for a row",
                      table.name));
    }
    if (table.hinted()) {
      name.notice(fmt::format("binding has no effect: table \"{}\" goes by hints", table.name));
      continue;
    }
    if (first == nullptr) first = &table;
    const std::string reason = difference(*first, table, rules);
    if (!reason.empty()) {
      name.fail(fmt::format("tables \"{}\" and \"{}\" cannot be bound: {}", first->name, table.name,
                            reason));
    }
  }
}

}  // namespace

void load_binding_tables(const Entry& groups, RuleSet& rules) {
  std::size_t index = 0;
  if (groups.is_scalar()) return load_group(groups, index, rules);
  for (const Entry& group : groups.list()) load_group(group, index++, rules);
}

}  // namespace tessera::rules
