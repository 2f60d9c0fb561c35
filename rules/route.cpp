// Routing: values of sharding columns → nodes of a table.

#include <algorithm>
#include <array>
#include <limits>
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

// What a statement says at one level of a table's strategies.
class Level {
 public:
  // Nothing; so many points, each of one value for each column; or something in between.
  enum class Kind : std::uint8_t { kNothing, kPoints, kPart };

  static Result<Level> of(const Strategy& strategy, const std::vector<ColumnCondition>& conditions,
                          const std::vector<Value>& hints);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::size_t points() const { return points_; }
  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, std::size_t point) const;
  // Which of `targets` may hold matching rows.
  [[nodiscard]] Result<Ordinals> choose(const Targets& targets) const;

 private:
  explicit Level(const Strategy& strategy) : strategy_(&strategy) {}
  void settle();
  [[nodiscard]] Result<std::uint32_t> pick_complex(const Targets& targets, std::size_t point) const;
  [[nodiscard]] Result<Ordinals> choose_part(const Targets& targets) const;

  const Strategy* strategy_;
  std::vector<Constraint> constraints_;  // one for each column, or the hints' values
  Kind kind_ = Kind::kNothing;
  std::size_t points_ = 0;
};

Result<Level> Level::of(const Strategy& strategy, const std::vector<ColumnCondition>& conditions,
                        const std::vector<Value>& hints) {
  Level level(strategy);
  const auto add = [&](const std::string& column) -> Status {
    auto constraint = constrain(column, conditions);
    if (!constraint) return constraint.error();
    level.constraints_.push_back(std::move(*constraint));
    return {};
  };
  if (strategy.hint != nullptr && !hints.empty()) {
    level.constraints_.push_back({.kind = Constraint::Kind::kValues, .values = hints});
  } else if (strategy.algorithm != nullptr) {
    if (const Status added = add(strategy.column); !added) return added.error();
  }
  for (const std::string& column : strategy.columns) {
    if (const Status added = add(column); !added) return added.error();
  }
  level.settle();
  return level;
}

// Two long IN lists make a product that is not worth its while: then all targets are asked.
void Level::settle() {
  constexpr std::size_t kPointsMax = 65'536;
  std::size_t points = constraints_.empty() ? 0 : 1;
  bool contradiction = false;
  bool values_only = !constraints_.empty();
  bool anything = false;
  for (const Constraint& each : constraints_) {
    anything = anything || each.kind != Constraint::Kind::kNothing;
    values_only = values_only && each.kind == Constraint::Kind::kValues;
    contradiction =
        contradiction || (each.kind == Constraint::Kind::kValues && each.values.empty());
    points = std::min(points, kPointsMax + 1) * each.values.size();
  }
  if (contradiction) {
    kind_ = Kind::kPoints;
  } else if (values_only && (points <= kPointsMax || constraints_.size() == 1)) {
    kind_ = Kind::kPoints;
    points_ = points;
  } else if (anything && !values_only) {
    kind_ = Kind::kPart;
  }
}

Result<std::uint32_t> Level::pick(const Targets& targets, std::size_t point) const {
  if (strategy_->complex != nullptr) return pick_complex(targets, point);
  const Constraint& only = constraints_.front();
  if (strategy_->hint != nullptr) return strategy_->hint->pick(targets, only.values[point]);
  return strategy_->algorithm->pick(targets, only.values[point], only.type);
}

Result<std::uint32_t> Level::pick_complex(const Targets& targets, std::size_t point) const {
  std::array<TypedValue, kComplexColumnsMax> values;
  for (std::size_t n = 0; n < constraints_.size(); ++n) {
    const Constraint& column = constraints_[n];
    values[n] = {&column.values[point % column.values.size()], column.type};
    point /= column.values.size();
  }
  return strategy_->complex->pick(targets, std::span(values.data(), constraints_.size()));
}

Result<Ordinals> Level::choose_part(const Targets& targets) const {
  if (strategy_->complex != nullptr) return strategy_->complex->pick_partly(targets, constraints_);
  const Constraint& only = constraints_.front();
  return strategy_->algorithm->pick_range(targets, only.lower, only.upper, only.type);
}

Result<Ordinals> Level::choose(const Targets& targets) const {
  if (kind_ == Kind::kNothing) return all_of(targets);
  if (kind_ == Kind::kPart) return choose_part(targets);
  Ordinals chosen;
  for (std::size_t point = 0; point < points_; ++point) {
    const auto target = pick(targets, point);
    if (!target) return target.error();
    chosen.push_back(*target);
  }
  sort_unique(chosen);
  return chosen;
}

void add_nodes(const Group& group, const Ordinals& tables, Ordinals& nodes) {
  for (const std::uint32_t table : tables) nodes.push_back(group.nodes[table]);
}

// The tables of one point in the `chosen` shards. A layout may give a table to one shard only, so
// the point is without a target only if none of them has it.
Status add_point(const ShardingTable& table, const Ordinals& chosen, const Level& level,
                 std::size_t point, Ordinals& nodes) {
  std::optional<Error> missing;
  bool found = false;
  for (const std::uint32_t shard : chosen) {
    const Group& group = table.index->groups()[shard];
    const auto target = level.pick(group.tables, point);
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

Status add_shards(const ShardingTable& table, const Ordinals& chosen, const Level& level,
                  Ordinals& nodes) {
  if (level.kind() == Level::Kind::kPoints) {
    for (std::size_t point = 0; point < level.points(); ++point) {
      const Status added = add_point(table, chosen, level, point, nodes);
      if (!added) return added.error();
    }
    return {};
  }
  for (const std::uint32_t shard : chosen) {
    const Group& group = table.index->groups()[shard];
    const auto tables = level.choose(group.tables);
    if (!tables) return tables.error();
    add_nodes(group, *tables, nodes);
  }
  return {};
}

// The same columns decide both levels: each point has its own shard and its own table there.
Status add_points_of_both(const ShardingTable& table, const Level& by_database,
                          const Level& by_table, Ordinals& nodes) {
  for (std::size_t point = 0; point < by_table.points(); ++point) {
    const auto shard = by_database.pick(table.index->shards(), point);
    if (!shard) return shard.error();
    const Status added = add_point(table, {*shard}, by_table, point, nodes);
    if (!added) return added.error();
  }
  return {};
}

Status add_flat(const ShardingTable& table, const Level& level, Ordinals& nodes) {
  const Group& group = table.index->groups().front();
  const auto tables = level.choose(group.tables);
  if (!tables) return tables.error();
  add_nodes(group, *tables, nodes);
  return {};
}

bool same_columns(const ShardingTable& table) {
  const Strategy& a = table.database;
  const Strategy& b = table.table;
  if (a.hint != nullptr || b.hint != nullptr || a.is_none() || b.is_none()) return false;
  return a.column == b.column && a.columns == b.columns;
}

Status add_matching(const ShardingTable& table, const std::vector<ColumnCondition>& conditions,
                    const HintValues& hints, Ordinals& nodes) {
  const auto by_table = Level::of(table.table, conditions, hints.table);
  if (!by_table) return by_table.error();
  if (table.index->flat()) return add_flat(table, *by_table, nodes);
  const auto by_database = Level::of(table.database, conditions, hints.database);
  if (!by_database) return by_database.error();
  if (same_columns(table) && by_table->kind() == Level::Kind::kPoints) {
    return add_points_of_both(table, *by_database, *by_table, nodes);
  }
  const auto chosen = by_database->choose(table.index->shards());
  if (!chosen) return chosen.error();
  return add_shards(table, *chosen, *by_table, nodes);
}

// A number that Java's Integer and Long hash differently.
bool is_doubtful(const Value& value, ValueType type) {
  constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
  if (!is_integer_type(type)) return false;
  Value storage;
  const auto normal = normalize(value, type, storage);
  const auto* number = normal && *normal != nullptr ? std::get_if<std::int64_t>(*normal) : nullptr;
  return number != nullptr && *number < 0 && *number >= kIntMin;
}

// The columns whose numbers have two_widths(), each once.
std::vector<std::string_view> doubtful_columns(const ShardingTable& table) {
  std::vector<std::string_view> columns;
  for (const Strategy* level : {&table.database, &table.table}) {
    if (level->algorithm == nullptr || !level->algorithm->two_widths()) continue;
    if (columns.empty() || columns.front() != level->column) columns.push_back(level->column);
  }
  return columns;
}

// The condition's doubtful values as the other integer type; absent: it has none.
std::optional<ColumnCondition> other_width(const ColumnCondition& condition) {
  ColumnCondition other;
  other.column = condition.column;
  other.type = condition.type == ValueType::kInt8 ? ValueType::kInt4 : ValueType::kInt8;
  for (const Value& value : condition.values) {
    if (is_doubtful(value, condition.type)) other.values.push_back(value);
  }
  if (condition.range || other.values.empty()) return std::nullopt;
  return other;
}

// The nodes of doubtful values of `columns` as the other type. What has no node there was stored
// under the column's own type.
void add_other_widths(const ShardingTable& table, std::vector<ColumnCondition> conditions,
                      std::span<const std::string_view> columns, const HintValues& hints,
                      Ordinals& nodes) {
  for (ColumnCondition& condition : conditions) {
    if (std::find(columns.begin(), columns.end(), condition.column) == columns.end()) continue;
    auto other = other_width(condition);
    if (!other) return;
    condition = std::move(*other);
  }
  Ordinals found;
  if (add_matching(table, conditions, hints, found)) {
    nodes.insert(nodes.end(), found.begin(), found.end());
  }
}

void add_all_widths(const ShardingTable& table, const std::vector<ColumnCondition>& conditions,
                    const HintValues& hints, Ordinals& nodes) {
  const auto columns = doubtful_columns(table);
  const std::span all(columns);
  for (std::size_t n = 0; n < all.size(); ++n) {
    add_other_widths(table, conditions, all.subspan(n, 1), hints, nodes);
  }
  if (all.size() == 2) add_other_widths(table, conditions, all, hints, nodes);
}

// What one level says about a point.
struct Pick {
  PointRoute::Kind kind = PointRoute::Kind::kMany;
  std::uint32_t ordinal = 0;
};

const ColumnValue* find_value(std::span<const ColumnValue> values, std::string_view column) {
  const auto given = std::find_if(values.begin(), values.end(),
                                  [&](const ColumnValue& value) { return value.column == column; });
  return given == values.end() ? nullptr : &*given;
}

Result<Pick> pick_complex_point(const Strategy& strategy, const Targets& targets,
                                std::span<const ColumnValue> values) {
  std::array<Value, kComplexColumnsMax> storage;
  std::array<TypedValue, kComplexColumnsMax> all;
  for (std::size_t n = 0; n < strategy.columns.size(); ++n) {
    const ColumnValue* given = find_value(values, strategy.columns[n]);
    if (given == nullptr) return Pick{};
    const auto value = normalize(*given->value, given->type, storage[n]);
    if (!value) return value.error();
    if (*value == nullptr) return Pick{PointRoute::Kind::kNone, 0};
    all[n] = {*value, given->type};
  }
  const auto target =
      strategy.complex->pick(targets, std::span(all.data(), strategy.columns.size()));
  if (!target) return target.error();
  return Pick{PointRoute::Kind::kOne, *target};
}

// Strategies other than standard.
Result<Pick> pick_other_point(const Strategy& strategy, const Targets& targets,
                              std::span<const ColumnValue> values,
                              const std::vector<Value>& hints) {
  if (strategy.complex != nullptr) return pick_complex_point(strategy, targets, values);
  if (strategy.hint != nullptr && hints.size() == 1) {
    const auto target = strategy.hint->pick(targets, hints.front());
    if (!target) return target.error();
    return Pick{PointRoute::Kind::kOne, *target};
  }
  return Pick{targets.size() == 1 ? PointRoute::Kind::kOne : PointRoute::Kind::kMany, 0};
}

Result<Pick> pick_point(const Strategy& strategy, const Targets& targets,
                        std::span<const ColumnValue> values, const std::vector<Value>& hints) {
  if (strategy.algorithm == nullptr) return pick_other_point(strategy, targets, values, hints);
  const ColumnValue* given = find_value(values, strategy.column);
  if (given == nullptr) return Pick{};
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
  if (strategy.algorithm == nullptr) {
    return strategy.is_none() && targets.size() == 1 ? 0 : Targets::kNone;
  }
  if (strategy.column != column) return Targets::kNone;
  return strategy.algorithm->quick_pick(targets, value);
}

}  // namespace

Result<std::vector<std::uint32_t>> route(const ShardingTable& table,
                                         const std::vector<ColumnCondition>& conditions,
                                         const HintValues& hints) {
  if (table.index == nullptr) return table_not_indexed(table.name);
  Ordinals nodes;
  const Status added = add_matching(table, conditions, hints, nodes);
  if (!added) return added.error();
  if (table.index->two_widths()) add_all_widths(table, conditions, hints, nodes);
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

namespace {

// The column's own type decides.
Result<PointRoute> find_point(const ShardingTable& table, std::span<const ColumnValue> values,
                              const HintValues& hints) {
  using Kind = PointRoute::Kind;
  const NodeIndex& index = *table.index;
  std::uint32_t group_of_shard = 0;
  if (!index.flat()) {
    const auto shard = pick_point(table.database, index.shards(), values, hints.database);
    if (!shard) return shard.error();
    if (shard->kind != Kind::kOne) return PointRoute{shard->kind, 0};
    group_of_shard = shard->ordinal;
  }
  const Group& group = index.groups()[group_of_shard];
  const auto picked = pick_point(table.table, group.tables, values, hints.table);
  if (!picked) return picked.error();
  if (picked->kind != Kind::kOne) return PointRoute{picked->kind, 0};
  return PointRoute{Kind::kOne, group.nodes[picked->ordinal]};
}

}  // namespace

Result<PointRoute> route_point(const ShardingTable& table, std::span<const ColumnValue> values,
                               const HintValues& hints) {
  if (table.index == nullptr) return table_not_indexed(table.name);
  if (table.index->two_widths()) {
    for (const ColumnValue& value : values) {
      if (is_doubtful(*value.value, value.type)) return PointRoute{PointRoute::Kind::kMany, 0};
    }
  }
  return find_point(table, values, hints);
}

namespace {

// The value of a row's sharding column.
Result<ColumnValue> value_of_row(const ShardingTable& table, std::string_view column,
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

Status check_hints(const ShardingTable& table, const HintValues& hints) {
  if (table.database.hint != nullptr && hints.database.size() != 1) {
    return missing_hint(table.name, "SHARDING_DATABASE_VALUE");
  }
  if (table.table.hint != nullptr && hints.table.size() != 1) {
    return missing_hint(table.name, "SHARDING_TABLE_VALUE");
  }
  return {};
}

}  // namespace

Result<std::uint32_t> route_row(const ShardingTable& table,
                                const std::vector<ColumnCondition>& values,
                                const HintValues& hints) {
  if (const Status hinted = check_hints(table, hints); !hinted) return hinted.error();
  std::vector<ColumnValue> columns;
  for (const std::string_view column : table.level_columns()) {
    if (find_value(columns, column) != nullptr) continue;
    const auto value = value_of_row(table, column, values);
    if (!value) return value.error();
    columns.push_back(*value);
  }
  if (table.index == nullptr) return table_not_indexed(table.name);
  const auto point = find_point(table, columns, hints);
  if (!point) return point.error();
  if (point->kind != PointRoute::Kind::kOne) return row_without_node(table.name);
  return point->node;
}

}  // namespace tessera::rules
