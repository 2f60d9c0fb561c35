#include "proxy/plan/passes/insert.h"

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/oids.h"
#include "proxy/plan/passes/colocate.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/order.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/select.h"
#include "proxy/plan/passes/spread.h"
#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Insert;
using rules::ValueType;

// The clock's types: a stable default of theirs is now() or one of its sisters.
bool is_time(catalog::Oid type) {
  constexpr std::array<catalog::Oid, 5> kTypes = {1082, 1083, 1114, 1184, 1266};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

bool is_integer(catalog::Oid type) { return type == 20 || type == 21 || type == 23; }

// The columns that an INSERT names, or that it means when it names none.
std::vector<std::string_view> insert_columns(const Relation& target, const Insert& insert) {
  if (!insert.columns.empty()) return {insert.columns.begin(), insert.columns.end()};
  std::vector<std::string_view> out;
  if (target.described == nullptr) return out;
  for (const catalog::Column& column : target.described->columns) out.push_back(column.name);
  return out;
}

// How many columns get values: a row may be shorter than the list of all columns.
std::size_t value_count(const Insert& insert, std::size_t columns) {
  if (insert.source == nullptr) return 0;
  if (insert.source->kind == parser::Select::Kind::kValues && !insert.source->rows.empty()) {
    return std::min(columns, insert.source->rows.front().size());
  }
  return columns;
}

bool says_default(const Insert& insert, std::size_t position) {
  if (insert.source == nullptr) return true;
  return std::ranges::any_of(insert.source->rows, [position](const auto& row) {
    return position < row.size() && row[position]->kind == Expr::Kind::kDefault;
  });
}

// Calls `visit` for each column that some row leaves to its default.
template <class Visit>
void for_each_default(const Relation& target, const Insert& insert, Visit visit) {
  if (target.described == nullptr) return;
  const auto columns = insert_columns(target, insert);
  const std::size_t given = value_count(insert, columns.size());
  for (const catalog::Column& column : target.described->columns) {
    const auto place = std::ranges::find(columns, column.name);
    const auto position = static_cast<std::size_t>(place - columns.begin());
    if (position >= given || says_default(insert, position)) visit(column);
  }
}

class ShardedInsert {
 public:
  ShardedInsert(Query& query, const Insert& insert, Plan& plan, Pins& pins)
      : query_(query), insert_(insert), plan_(plan), pins_(pins), target_(target_of(query)) {}

  Status run() {
    if (relation().described == nullptr) return relation_does_not_exist(insert_.table->name.name);
    if (insert_.columns_qualified) return qualified_insert_columns(table().name);
    if (insert_.default_values || insert_.source == nullptr) {
      return default_values_in_sharded(table().name);
    }
    if (auto refused = refuse_sequence_defaults()) return std::move(*refused);
    if (auto refused = refuse_conflict()) return std::move(*refused);
    if (Status ok = read_keys(); !ok) return ok;
    if (insert_.source->kind == parser::Select::Kind::kValues && insert_.source->with == nullptr) {
      return values();
    }
    return selected();
  }

 private:
  // A sharding column and its place among the inserted ones.
  struct Key {
    std::string column;
    ValueType type = ValueType::kUnknown;
    std::size_t position = 0;
    std::uint32_t length_max = 0;             // of varchar(n)
    std::optional<std::uint32_t> digits_max;  // of numeric(p, s), timestamp(p)
  };

  static RelationId target_of(const Query& query) {
    return std::ranges::find(query.writes, false, &Write::in_cte)->target;
  }

  [[nodiscard]] const Relation& relation() const { return query_.relations[target_]; }
  [[nodiscard]] const rules::ShardingTable& table() const { return *relation().table; }

  // Every shard counts its own sequence from the start.
  [[nodiscard]] std::optional<Error> refuse_sequence_defaults() const {
    std::optional<Error> refused;
    for_each_default(relation(), insert_, [&](const catalog::Column& column) {
      if (column.identity || (column.volatile_default && is_integer(column.type))) {
        refused = sequence_default(table().name, column.name);
      }
    });
    return refused;
  }

  // A row can only conflict with rows of its own node, so the arbiter must hold the sharding
  // columns.
  [[nodiscard]] std::optional<Error> refuse_conflict() const {
    const parser::OnConflict* conflict = insert_.on_conflict;
    if (conflict == nullptr) return {};
    for (const auto* assignment : conflict->assignments) {
      for (const std::string_view column : assignment->columns) {
        if (is_key(column) && !keeps_excluded(*assignment, column)) {
          return sharding_column_changed(table().name, column);
        }
      }
    }
    if (conflict->target.empty() && conflict->constraint.empty()) return {};
    if (!conflict->constraint.empty() && table().split_in_shard) {
      return conflict_by_constraint(table().name);
    }
    const auto arbiter = arbiter_columns(*conflict);
    for (const std::string& key : table().sharding_columns()) {
      if (std::ranges::find(arbiter, key) == arbiter.end()) {
        return conflict_without_key(table().name, key);
      }
    }
    return {};
  }

  [[nodiscard]] bool is_key(std::string_view column) const {
    const auto keys = table().sharding_columns();
    return std::ranges::find(keys, column) != keys.end();
  }

  // The row that is there has the same key as the one that was to be inserted.
  static bool keeps_excluded(const parser::Assignment& assignment, std::string_view column) {
    const Expr& value = *assignment.value;
    return assignment.columns.size() == 1 && value.kind == Expr::Kind::kColumn &&
           value.parts.size() == 2 && value.parts[0] == "excluded" && value.parts[1] == column;
  }

  [[nodiscard]] std::vector<std::string_view> arbiter_columns(
      const parser::OnConflict& conflict) const {
    std::vector<std::string_view> out;
    for (const Expr* expr : conflict.target) {
      if (expr->kind == Expr::Kind::kColumn) out.push_back(expr->parts.back());
    }
    for (const catalog::UniqueKey& key : relation().described->unique_keys) {
      if (key.name == conflict.constraint)
        out.insert(out.end(), key.columns.begin(), key.columns.end());
    }
    return out;
  }

  Status read_keys() {
    const auto columns = insert_columns(relation(), insert_);
    const std::size_t given = value_count(insert_, columns.size());
    for (const std::string& column : table().sharding_columns()) {
      const auto place = std::ranges::find(columns, column);
      const auto position = static_cast<std::size_t>(place - columns.begin());
      if (position >= given) return sharding_column_missing(table().name, column);
      const ValueType type = query_.value_type({target_, column});
      if (type == ValueType::kUnknown) return sharding_column_type(table().name, column);
      keys_.push_back({.column = column,
                       .type = type,
                       .position = position,
                       .length_max = length_max(column),
                       .digits_max = digits_max(column, type)});
    }
    return {};
  }

  // A type modifier counts four bytes more than the characters.
  [[nodiscard]] std::uint32_t length_max(const std::string& column) const {
    const auto* found = relation().described->find_column(column);
    const bool limited =
        found != nullptr && found->type == oid::kVarchar && found->type_modifier > 4;
    return limited ? static_cast<std::uint32_t>(found->type_modifier - 4) : 0;
  }

  // numeric's modifier holds precision and scale, and four more. (A scale below zero, which rounds
  // digits before the point, leaves none behind it.)
  [[nodiscard]] std::optional<std::uint32_t> digits_max(const std::string& column,
                                                        ValueType type) const {
    constexpr std::int32_t kScaleBits = 0x7ff;
    constexpr std::int32_t kScaleMax = 1000;
    const auto* found = relation().described->find_column(column);
    if (found == nullptr || found->type_modifier < 0) return std::nullopt;
    if (type == ValueType::kTimestamp || type == ValueType::kTimestamptz) {
      return static_cast<std::uint32_t>(found->type_modifier);
    }
    if (type != ValueType::kNumeric) return std::nullopt;
    const std::int32_t scale = (found->type_modifier - 4) & kScaleBits;
    return scale > kScaleMax ? 0U : static_cast<std::uint32_t>(scale);
  }

  [[nodiscard]] static Condition stored(const Key& key, const ValueSource& source) {
    return {.column = key.column,
            .type = key.type,
            .values = {source},
            .length_max = key.length_max,
            .digits_max = key.digits_max,
            .range = false,
            .symmetric = false,
            .lower = {},
            .upper = {}};
  }

  Result<std::vector<Condition>> row_conditions(std::span<Expr* const> row) const {
    std::vector<Condition> out;
    for (const Key& key : keys_) {
      if (key.position >= row.size()) return sharding_column_missing(table().name, key.column);
      const auto source = value_source(query_, *row[key.position], key.type, true);
      if (!source) return sharding_value_not_constant(table().name, key.column);
      out.push_back(stored(key, *source));
    }
    return out;
  }

  // Other tables may only be read in a row's expressions if every node has them.
  Status values() {
    for (const Relation& other : query_.relations) {
      if (&other == &relation()) continue;
      if (other.kind == RelationKind::kSharded || other.kind == RelationKind::kSingle) {
        return insert_values_read_table(table().name, other.ref->name.name);
      }
    }
    if (insert_.source->rows.size() > 1 && looks_at_all_rows()) {
      return insert_values_with_clauses(table().name);
    }
    const auto* conflict = insert_.on_conflict;
    InsertSplit split;
    split.table = &table();
    split.returning = !insert_.returning.empty();
    split.rows_may_vanish =
        relation().described->has_triggers ||
        (conflict != nullptr && (conflict->do_nothing || conflict->where != nullptr));
    const auto& rows = insert_.source->rows;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      if (rows[at].size() != rows.front().size()) return values_lengths_differ();
      auto conditions = row_conditions(rows[at]);
      if (!conditions) return conditions.error();
      split.rows.push_back(
          {.range = insert_.source->row_ranges[at], .conditions = std::move(*conditions)});
    }
    set_row_route(split.rows.size() == 1 ? split.rows.front().conditions
                                         : std::vector<Condition>());
    plan_.scatter = std::move(split);
    return {};
  }

  // LIMIT and the like choose among the rows of VALUES.
  [[nodiscard]] bool looks_at_all_rows() const {
    const parser::Select& source = *insert_.source;
    return source.limit != nullptr || source.offset != nullptr || source.fetch_one ||
           !source.order_by.empty();
  }

  void set_row_route(std::vector<Condition> conditions) {
    plan_.route.kind = RouteSpec::Kind::kSharded;
    plan_.route.insert = true;
    plan_.route.groups = {{{.table = &table(),
                            .conditions = std::move(conditions),
                            .alternatives = {},
                            .slot = relation().slot}}};
  }

  // INSERT ... SELECT: the rows must be stored where they are read, or have a constant key.
  Status selected() {
    const LevelId source = source_level();
    if (query_.levels[source].select->kind != parser::Select::Kind::kSelect) {
      return insert_source_across_shards();
    }
    const auto columns = outputs(query_, source);
    if (!columns) return insert_source_not_followed(table().name);
    if (stores_at_home(source, *columns)) return stored_where_read(source);
    return constant_key(source, *columns);
  }

  [[nodiscard]] LevelId source_level() const {
    const auto found = std::ranges::find_if(
        query_.levels, [](const Level& level) { return level.use == Level::Use::kInsertSource; });
    return static_cast<LevelId>(found - query_.levels.begin());
  }

  [[nodiscard]] std::optional<ColumnId> source_column(LevelId source, const Output& output) const {
    if (output.star_column) return output.star_column;
    return query_.resolve(*query_.levels[source].select->items[*output.item]->expr, source);
  }

  // Is each inserted key the key of one and the same table in the source?
  bool stores_at_home(LevelId source, const std::vector<Output>& columns) {
    RelationId from = kNone;
    for (const Key& key : keys_) {
      if (key.position >= columns.size()) return false;
      const auto column = source_column(source, columns[key.position]);
      if (!column || !is_sharding_column(query_, *column)) return false;
      if (query_.relations[column->relation].level != source) return false;
      if (from != kNone && from != column->relation) return false;
      from = column->relation;
      if (!same_key(query_, {target_, key.column}, *column)) return false;
    }
    if (from == kNone) return false;
    query_.followers.emplace_back(target_, from);
    // What holds for the rows that are read holds for those that are stored.
    query_.relations[target_].scope = query_.levels[source].root;
    return true;
  }

  Status stored_where_read(LevelId source) {
    auto spec = route_spec(query_);
    if (!spec) return spec.error();
    plan_.route = std::move(*spec);
    plan_.scatter = write_scatter(query_, plan_);
    if (const auto* reason = std::get_if<Error>(&plan_.scatter)) {
      plan_.apart = *reason;
      return {};
    }
    if (Status ok = source_stays_local(query_, source, pins_); !ok) {
      plan_.scatter = ok.error();
    } else if (steadiness(query_.schema(), parser::Node(insert_.source)) != Steadiness::kSame) {
      plan_.scatter = unsteady_write_across_shards(table().name);
    }
    return {};
  }

  // INSERT ... SELECT $1, ... FROM tables that the row's own node has.
  Status constant_key(LevelId source, const std::vector<Output>& columns) {
    std::vector<Condition> conditions;
    for (const Key& key : keys_) {
      if (key.position >= columns.size()) return sharding_column_missing(table().name, key.column);
      const Output& output = columns[key.position];
      if (!output.item) return insert_source_not_followed(table().name);
      const Expr& expr = *query_.levels[source].select->items[*output.item]->expr;
      const auto value = value_source(query_, expr, key.type, true);
      if (!value) return insert_source_not_followed(table().name);
      conditions.push_back(stored(key, *value));
    }
    for (const Relation& other : query_.relations) {
      if (&other == &relation()) continue;
      if (other.kind == RelationKind::kSharded || other.kind == RelationKind::kSingle) {
        return insert_source_not_followed(table().name);
      }
    }
    set_row_route(std::move(conditions));
    plan_.scatter = insert_source_across_shards();
    return {};
  }

  Query& query_;
  const Insert& insert_;
  Plan& plan_;
  Pins& pins_;
  const RelationId target_;
  std::vector<Key> keys_;
};

}  // namespace

bool default_is_steady(const Relation& target, std::string_view column) {
  if (target.described == nullptr) return true;
  const catalog::Column* found = target.described->find_column(column);
  if (found == nullptr || (!found->has_default && !found->identity)) return true;
  return !found->identity && !found->volatile_default && !is_time(found->type);
}

std::optional<Error> refuse_unsteady_defaults(const Relation& target, const Insert& insert) {
  std::optional<Error> refused;
  for_each_default(target, insert, [&](const catalog::Column& column) {
    if (!default_is_steady(target, column.name)) {
      refused = unsteady_default(target.ref->name.name, column.name);
    }
  });
  return refused;
}

Status plan_insert(Query& query, const Insert& insert, Plan& plan, Pins& pins) {
  return ShardedInsert(query, insert, plan, pins).run();
}

}  // namespace tessera::plan
