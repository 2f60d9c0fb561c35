// UPDATE and DELETE, and every write of a broadcast table.

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/colocate.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/insert.h"
#include "proxy/plan/passes/spread.h"
#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

using parser::Assignment;
using parser::Expr;
using parser::Node;

const Relation& target_of(const Query& query) {
  const auto top = std::ranges::find(query.writes, false, &Write::in_cte);
  return query.relations[top->target];
}

bool is_sharding_column(const rules::ShardingTable& table, std::string_view column) {
  const auto columns = table.sharding_columns();
  return std::ranges::find(columns, column) != columns.end();
}

// SET k = k keeps every row where it is.
bool keeps_value(const Query& query, const Assignment& assignment, const Relation& target) {
  if (assignment.columns.size() != 1) return false;
  const auto column = query.resolve(*assignment.value, target.level);
  return column && &query.relations[column->relation] == &target &&
         column->column == assignment.columns.front();
}

std::optional<Error> refuse_key_change(const Query& query,
                                       std::span<Assignment* const> assignments) {
  const Relation& target = target_of(query);
  for (const Assignment* assignment : assignments) {
    for (const std::string_view column : assignment->columns) {
      if (!is_sharding_column(*target.table, column)) continue;
      if (!keeps_value(query, *assignment, target)) {
        return sharding_column_changed(target.table->name, column);
      }
    }
  }
  return {};
}

// Nodes evaluate what is assigned each for itself.
bool is_steady(const Query& query, std::span<Assignment* const> assignments) {
  const Relation& target = target_of(query);
  return std::ranges::all_of(assignments, [&](const Assignment* assignment) {
    if (assignment->value->kind == Expr::Kind::kDefault) {
      return std::ranges::all_of(assignment->columns, [&](std::string_view column) {
        return default_is_steady(target, column);
      });
    }
    return steadiness(query.schema(), Node(assignment->value)) == Steadiness::kSame;
  });
}

bool reads_only_broadcast(const Query& query) {
  return std::ranges::all_of(query.relations, [](const Relation& relation) {
    return relation.kind != RelationKind::kSharded && relation.kind != RelationKind::kSingle;
  });
}

bool chooses_rows(const Query& query) {
  const bool sampled = std::ranges::any_of(
      query.relations, [](const Relation& relation) { return relation.ref->tablesample; });
  return sampled || std::ranges::any_of(query.levels, [](const Level& level) {
           const parser::Select* select = level.select;
           if (select == nullptr) return false;
           bool window = false;
           for_each_level_expr(*select,
                               [&](const Expr& expr) { window = window || is_window_call(expr); });
           return window || select->limit != nullptr || select->fetch_one ||
                  select->offset != nullptr || !select->distinct_on.empty();
         });
}

bool names_system_column(const parser::Statement& statement) {
  bool found = false;
  parser::for_each_expr(Node(&statement), [&](const Expr& expr) {
    if (expr.kind != Expr::Kind::kColumn) return;
    const std::string_view name = expr.parts.back();
    found = found || name == "ctid" || name == "xmin" || name == "xmax" || name == "tableoid" ||
            name == "cmin" || name == "cmax";
  });
  return found;
}

std::span<Assignment* const> assignments_of(const parser::Statement& statement) {
  if (const auto* update = std::get_if<parser::Update*>(&statement.node)) {
    return (*update)->assignments;
  }
  if (const auto* insert = std::get_if<parser::Insert*>(&statement.node)) {
    if ((*insert)->on_conflict != nullptr) return (*insert)->on_conflict->assignments;
  }
  return {};
}

bool is_current_of(const parser::Statement& statement) {
  if (const auto* update = std::get_if<parser::Update*>(&statement.node)) {
    return (*update)->current_of;
  }
  const auto* gone = std::get_if<parser::Delete*>(&statement.node);
  return gone != nullptr && (*gone)->current_of;
}

// Aggregates whose result does not depend on the order of rows, whatever their type.
bool is_exact(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {
      "count", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor"};
  return std::ranges::find(kNames, name) != kNames.end();
}

// Which of several matches an UPDATE takes, and which of several rows a conflict keeps, depends on
// where rows happen to lie.
bool depends_on_order(const Query& query, const parser::Statement& statement) {
  if (const auto* update = std::get_if<parser::Update*>(&statement.node)) {
    if (!(*update)->from.empty()) return true;
  }
  const auto* insert = std::get_if<parser::Insert*>(&statement.node);
  const bool selected = insert != nullptr && (*insert)->source != nullptr &&
                        (*insert)->source->kind != parser::Select::Kind::kValues;
  if (selected && (*insert)->on_conflict != nullptr) return true;
  bool ordered = false;
  parser::for_each_expr(Node(&statement), [&](const Expr& expr) {
    if (is_aggregate(query.schema(), expr))
      ordered = ordered || !is_exact(expr.function->name.name);
  });
  return ordered;
}

Status set_write_route(const Query& query, Plan& plan) {
  auto spec = route_spec(query);
  if (!spec) return spec.error();
  plan.route = std::move(*spec);
  return {};
}

}  // namespace

Scatter write_scatter(const Query& query, const Plan& plan) {
  if (auto reason = cannot_spread(query, plan.route)) return std::move(*reason);
  return WriteAll{};
}

Status plan_update(const Query& query, const parser::Update& update, Plan& plan) {
  const Relation& target = target_of(query);
  if (update.current_of) return current_of_sharded(target.table->name);
  if (auto refused = refuse_key_change(query, update.assignments)) return std::move(*refused);
  if (Status ok = set_write_route(query, plan); !ok) return ok;
  plan.scatter = write_scatter(query, plan);
  if (const auto* reason = std::get_if<Error>(&plan.scatter)) {
    plan.apart = *reason;
  } else if (!is_steady(query, update.assignments)) {
    plan.scatter = unsteady_write_across_shards(target.table->name);
  }
  return {};
}

Status plan_delete(const Query& query, const parser::Delete& statement, Plan& plan) {
  if (statement.current_of) return current_of_sharded(target_of(query).table->name);
  if (Status ok = set_write_route(query, plan); !ok) return ok;
  plan.scatter = write_scatter(query, plan);
  if (const auto* reason = std::get_if<Error>(&plan.scatter)) plan.apart = *reason;
  return {};
}

Status plan_broadcast_write(const Query& query, const parser::Statement& statement, Plan& plan) {
  const Relation& target = target_of(query);
  const std::string_view name = target.ref->name.name;
  if (!reads_only_broadcast(query)) return broadcast_write_reads_others(name);
  if (target.described != nullptr && target.described->has_triggers) {
    return broadcast_table_has_triggers(name);
  }
  if (is_current_of(statement)) return current_of_sharded(name);
  if (names_system_column(statement)) return system_column_in_broadcast_write(name);
  if (chooses_rows(query)) return choice_in_broadcast_write(name);
  if (depends_on_order(query, statement)) return order_in_broadcast_write(name);
  const bool steady = steadiness(query.schema(), Node(&statement)) == Steadiness::kSame;
  if (!steady || !is_steady(query, assignments_of(statement))) {
    return unsteady_broadcast_write(name);
  }
  if (const auto* insert = std::get_if<parser::Insert*>(&statement.node)) {
    if (auto refused = refuse_unsteady_defaults(target, **insert)) return std::move(*refused);
  }
  plan.route.kind = RouteSpec::Kind::kAllShards;
  plan.scatter = WriteAll{.edits = {}, .count_once = true};
  return {};
}

}  // namespace tessera::plan
