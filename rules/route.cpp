// Routing: values of sharding columns → nodes of a table.

#include <algorithm>
#include <array>
#include <numeric>

#include "rules/constraint.h"
#include "rules/errors.h"
#include "rules/node_index.h"
#include "rules/rule_set.h"

namespace tessera::rules {
namespace {

using Ordinals = std::vector<std::uint32_t>;
using Group = NodeIndex::Group;

void sort_unique(Ordinals& ordinals) {
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
}

bool is_missing_target(const Error& error) { return error.sqlstate == "22023"; }

Ordinals all_of(const Targets& targets) {
  Ordinals all(targets.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

// Which of `targets` may hold matching rows.
Result<Ordinals> choose(const Strategy& strategy, const Targets& targets,
                        const Constraint& constraint) {
  if (strategy.algorithm == nullptr || constraint.kind == Constraint::Kind::kNothing) {
    return all_of(targets);
  }
  if (constraint.kind == Constraint::Kind::kRange) {
    return strategy.algorithm->pick_range(targets, constraint.lower, constraint.upper);
  }
  Ordinals chosen;
  for (const Value& value : constraint.values) {
    const auto target = strategy.algorithm->pick(targets, value, constraint.type);
    if (!target) return target.error();
    chosen.push_back(*target);
  }
  sort_unique(chosen);
  return chosen;
}

void add_nodes(const Group& group, const Ordinals& tables, Ordinals& nodes) {
  for (const std::uint32_t table : tables) nodes.push_back(group.nodes[table]);
}

// The tables of one value in the `chosen` shards. A layout may give a table to one shard only, so
// the value is without a target only if none of them has it.
Status add_value(const ShardingTable& table, const Ordinals& chosen, const Value& value,
                 ValueType type, Ordinals& nodes) {
  std::optional<Error> missing;
  bool found = false;
  for (const std::uint32_t shard : chosen) {
    const Group& group = table.index->groups()[shard];
    const auto target = table.table.algorithm->pick(group.tables, value, type);
    if (target) {
      nodes.push_back(group.nodes[*target]);
      found = true;
    } else if (is_missing_target(target.error())) {
      missing = target.error();
    } else {
      return target.error();
    }
  }
  if (!found && missing) return *missing;
  return {};
}

Status add_shards(const ShardingTable& table, const Ordinals& chosen, const Constraint& constraint,
                  Ordinals& nodes) {
  if (table.table.algorithm != nullptr && constraint.kind == Constraint::Kind::kValues) {
    for (const Value& value : constraint.values) {
      const Status added = add_value(table, chosen, value, constraint.type, nodes);
      if (!added) return added.error();
    }
    return {};
  }
  for (const std::uint32_t shard : chosen) {
    const Group& group = table.index->groups()[shard];
    const auto tables = choose(table.table, group.tables, constraint);
    if (!tables) return tables.error();
    add_nodes(group, *tables, nodes);
  }
  return {};
}

// One column decides both levels: each value has its own shard and its own table there.
Status add_values_of_one_column(const ShardingTable& table, const Constraint& constraint,
                                Ordinals& nodes) {
  for (const Value& value : constraint.values) {
    const auto shard =
        table.database.algorithm->pick(table.index->shards(), value, constraint.type);
    if (!shard) return shard.error();
    const Status added = add_value(table, {*shard}, value, constraint.type, nodes);
    if (!added) return added.error();
  }
  return {};
}

Status add_flat(const ShardingTable& table, const Constraint& constraint, Ordinals& nodes) {
  const Group& group = table.index->groups().front();
  const auto tables = choose(table.table, group.tables, constraint);
  if (!tables) return tables.error();
  add_nodes(group, *tables, nodes);
  return {};
}

Status add_matching(const ShardingTable& table, const std::vector<ColumnCondition>& conditions,
                    Ordinals& nodes) {
  const auto by_table = constrain(table.table.column, conditions);
  if (!by_table) return by_table.error();
  if (table.index->flat()) return add_flat(table, *by_table, nodes);
  const auto by_database = constrain(table.database.column, conditions);
  if (!by_database) return by_database.error();
  const bool one_column = table.database.algorithm && table.table.algorithm &&
                          table.database.column == table.table.column;
  if (one_column && by_table->kind == Constraint::Kind::kValues) {
    return add_values_of_one_column(table, *by_table, nodes);
  }
  const auto chosen = choose(table.database, table.index->shards(), *by_database);
  if (!chosen) return chosen.error();
  return add_shards(table, *chosen, *by_table, nodes);
}

// What one level says about a point.
struct Pick {
  PointRoute::Kind kind = PointRoute::Kind::kMany;
  std::uint32_t ordinal = 0;
};

Result<Pick> pick_point(const Strategy& strategy, const Targets& targets,
                        std::span<const ColumnValue> values) {
  if (strategy.algorithm == nullptr) {
    return Pick{targets.size() == 1 ? PointRoute::Kind::kOne : PointRoute::Kind::kMany, 0};
  }
  const auto given = std::find_if(values.begin(), values.end(), [&](const ColumnValue& value) {
    return value.column == strategy.column;
  });
  if (given == values.end()) return Pick{};
  Value storage;
  const auto value = normalize(*given->value, given->type, storage);
  if (!value) return value.error();
  if (*value == nullptr) return Pick{PointRoute::Kind::kNone, 0};
  const auto target = strategy.algorithm->pick(targets, **value, given->type);
  if (!target) return target.error();
  return Pick{PointRoute::Kind::kOne, *target};
}

// The only target, or the algorithm's; kNone: that takes more.
std::uint32_t quick_pick(const Strategy& strategy, const Targets& targets, std::string_view column,
                         std::int64_t value) {
  if (strategy.algorithm == nullptr) return targets.size() == 1 ? 0 : Targets::kNone;
  if (strategy.column != column) return Targets::kNone;
  return strategy.algorithm->quick_pick(targets, value);
}

}  // namespace

Result<std::vector<std::uint32_t>> route(const ShardingTable& table,
                                         const std::vector<ColumnCondition>& conditions) {
  if (table.index == nullptr) return table_not_indexed(table.name);
  Ordinals nodes;
  const Status added = add_matching(table, conditions, nodes);
  if (!added) return added.error();
  sort_unique(nodes);
  return nodes;
}

std::optional<std::uint32_t> quick_point(const ShardingTable& table, std::string_view column,
                                         std::int64_t value, ValueType type) {
  if (table.index == nullptr || !fits(value, type)) return std::nullopt;
  if (!table.node_of_remainder.empty() && value >= 0 && column == table.remainder_column)
    return table
        .node_of_remainder[static_cast<std::uint64_t>(value) % table.node_of_remainder.size()];
  const NodeIndex& index = *table.index;
  std::uint32_t group = 0;
  if (!index.flat()) group = quick_pick(table.database, index.shards(), column, value);
  if (group == Targets::kNone) return std::nullopt;
  const Group& tables = index.groups()[group];
  const std::uint32_t picked = quick_pick(table.table, tables.tables, column, value);
  if (picked == Targets::kNone) return std::nullopt;
  return tables.nodes[picked];
}

Result<PointRoute> route_point(const ShardingTable& table, std::span<const ColumnValue> values) {
  using Kind = PointRoute::Kind;
  if (table.index == nullptr) return table_not_indexed(table.name);
  const NodeIndex& index = *table.index;
  std::uint32_t group_of_shard = 0;
  if (!index.flat()) {
    const auto shard = pick_point(table.database, index.shards(), values);
    if (!shard) return shard.error();
    if (shard->kind != Kind::kOne) return PointRoute{shard->kind, 0};
    group_of_shard = shard->ordinal;
  }
  const Group& group = index.groups()[group_of_shard];
  const auto picked = pick_point(table.table, group.tables, values);
  if (!picked) return picked.error();
  if (picked->kind != Kind::kOne) return PointRoute{picked->kind, 0};
  return PointRoute{Kind::kOne, group.nodes[picked->ordinal]};
}

namespace {

// The value of a row's sharding column.
Result<ColumnValue> value_of_row(const ShardingTable& table, const std::string& column,
                                 const std::vector<ColumnCondition>& values) {
  for (const ColumnCondition& given : values) {
    if (given.column != column || given.range || given.values.size() != 1) continue;
    const Value& value = given.values.front();
    if (std::holds_alternative<Null>(value)) return null_sharding_column(table.name, column);
    Value storage;
    const auto normal = normalize(value, given.type, storage);
    if (!normal) return normal.error();
    if (*normal == nullptr) return number_out_of_range(type_name(given.type));
    return ColumnValue{column, &value, given.type};
  }
  return missing_sharding_column(table.name, column);
}

}  // namespace

Result<std::uint32_t> route_row(const ShardingTable& table,
                                const std::vector<ColumnCondition>& values) {
  std::array<ColumnValue, 2> columns;
  std::size_t count = 0;
  for (const Strategy* strategy : {&table.database, &table.table}) {
    if (strategy->algorithm == nullptr) continue;
    if (count == 1 && strategy->column == columns[0].column) continue;
    const auto value = value_of_row(table, strategy->column, values);
    if (!value) return value.error();
    columns[count++] = *value;
  }
  const auto point = route_point(table, std::span(columns.data(), count));
  if (!point) return point.error();
  if (point->kind == PointRoute::Kind::kMany) return row_without_node(table.name);
  if (point->kind == PointRoute::Kind::kNone)
    return number_out_of_range(type_name(columns[count - 1].type));
  return point->node;
}

}  // namespace tessera::rules
