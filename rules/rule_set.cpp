#include "rules/rule_set.h"

#include <algorithm>

namespace tessera::rules {

bool Strategy::is_none() const {
  return algorithm == nullptr && complex == nullptr && hint == nullptr;
}

std::vector<std::string_view> ShardingTable::level_columns() const {
  std::vector<std::string_view> all;
  for (const Strategy* level : {&database, &table}) {
    if (level->algorithm != nullptr) all.push_back(level->column);
    all.insert(all.end(), level->columns.begin(), level->columns.end());
  }
  return all;
}

std::vector<std::string> ShardingTable::sharding_columns() const {
  std::vector<std::string> columns;
  for (const std::string_view column : level_columns()) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      columns.emplace_back(column);
    }
  }
  return columns;
}

TableKind RuleSet::kind_of(std::string_view table) const {
  if (find_sharding_table(table) != nullptr) return TableKind::kSharded;
  const bool broadcast =
      std::binary_search(broadcast_tables.begin(), broadcast_tables.end(), table, std::less<>{});
  return broadcast ? TableKind::kBroadcast : TableKind::kSingle;
}

bool RuleSet::is_plain() const {
  return shards.size() == 1 && sharding_tables.empty() && broadcast_tables.empty();
}

const ShardingTable* RuleSet::find_sharding_table(std::string_view table) const {
  const auto found = sharding_tables.find(table);
  return found == sharding_tables.end() ? nullptr : &found->second;
}

ShardIndex RuleSet::home_of(std::string_view single_table) const {
  const auto found = single_tables.find(single_table);
  return found == single_tables.end() ? default_shard : found->second;
}

bool RuleSet::binding(const ShardingTable& a, const ShardingTable& b) {
  return a.binding_group && a.binding_group == b.binding_group;
}

}  // namespace tessera::rules
