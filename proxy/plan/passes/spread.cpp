#include "proxy/plan/passes/spread.h"

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/functions.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Node;
using parser::Select;
using parser::TableRef;
using Use = Level::Use;

bool is_system_column(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"ctid", "xmin", "xmax",
                                                      "cmin", "cmax", "tableoid"};
  return std::ranges::find(kNames, name) != kNames.end();
}

// Whose rows a FROM item gives: a node's own part, or the same on every node.
enum class Rows : std::uint8_t { kOwn, kSame };

class Spread {
 public:
  Spread(const Query& query, const RouteSpec& spec) : query_(query), spec_(spec) {}

  std::optional<Error> run() {
    for (const Level& level : query_.levels) {
      if (level.has_sharded) sharded_level(level);
    }
    if (!refused_) tables_meet();
    for (LevelId level = 0; level < query_.levels.size() && !refused_; ++level) {
      nested(level);
    }
    if (!refused_) top();
    if (!refused_) columns();
    return std::move(refused_);
  }

 private:
  void refuse(Error error) {
    if (!refused_) refused_ = std::move(error);
  }

  [[nodiscard]] const Relation* relation_of_slot(std::uint32_t slot) const {
    const auto found = std::ranges::find(query_.relations, slot, &Relation::slot);
    return found == query_.relations.end() ? nullptr : &*found;
  }

  void tables_meet() {
    const Relation* first = relation_of_slot(spec_.groups.front().front().slot);
    if (spec_.required_shard) {
      const auto single =
          std::ranges::find(query_.relations, RelationKind::kSingle, &Relation::kind);
      return refuse(single_table_across_shards(single->ref->name.name, *first->table));
    }
    if (spec_.groups.size() == 1) return;
    const Relation* second = relation_of_slot(spec_.groups[1].front().slot);
    if (first->level == second->level) {
      return refuse(join_across_shards(first->table->name, second->table->name));
    }
    refuse(subquery_across_shards(*second->table));
  }

  // The level whose rows are distributed.
  [[nodiscard]] bool is_top(LevelId level) const {
    return query_.levels[level].use == Use::kTop || query_.levels[level].use == Use::kInsertSource;
  }

  void nested(LevelId id) {
    const Level& level = query_.levels[id];
    if (is_top(id)) return;
    if (!level.has_sharded && level.select != nullptr) same_everywhere(id, level);
    if (!refused_ && level.use == Use::kExpression) foreign_aggregates(id, *level.select);
    if (!refused_ && level.select != nullptr) {
      const Node node(level.select);
      if (steadiness(query_.schema(), node) == Steadiness::kVolatile) {
        refuse(volatile_across_shards("a subquery"));
      }
    }
  }

  void sharded_level(const Level& level) {
    if (level.use == Use::kArm) refuse(set_operation_across_shards());
    if (level.use == Use::kCte) refuse(with_across_shards());
    if (level.use == Use::kDerived) refuse(derived_across_shards());
  }

  // A query over broadcast tables must give the same rows on every node; without an order that is
  // total, LIMIT chooses rows freely.
  void same_everywhere(LevelId id, const Level& level) {
    const Select& select = *level.select;
    const bool chooses = select.limit != nullptr || select.fetch_one || select.offset != nullptr ||
                         !select.distinct_on.empty() || has_window(select);
    const bool exists = level.holder != nullptr && level.holder->kind == Expr::Kind::kExists;
    if (chooses && !exists && !is_correlated(id)) refuse(choice_across_shards());
    for (const RelationId relation : level.relations) {
      if (query_.relations[relation].ref->tablesample) refuse(choice_across_shards());
    }
  }

  static bool has_window(const Select& select) {
    bool found = false;
    for_each_level_expr(select, [&](const Expr& expr) { found = found || is_window_call(expr); });
    return found;
  }

  [[nodiscard]] bool is_correlated(LevelId id) const {
    return any_own_expr(query_.levels[id].select->where, [&](const Expr& expr) {
      const auto column = query_.resolve(expr, id);
      return column && !query_.level_inside(query_.relations[column->relation].level, id);
    });
  }

  // An aggregate over an outer query's columns belongs to that query, which then is not what it
  // seems to be.
  void foreign_aggregates(LevelId id, const Select& select) {
    for_each_level_expr(select, [&](const Expr& expr) {
      if (is_aggregate(query_.schema(), expr) && may_be_foreign(expr, id)) {
        refuse(foreign_aggregate_across_shards());
      }
    });
  }

  [[nodiscard]] bool may_be_foreign(const Expr& aggregate, LevelId id) const {
    bool any = false;
    bool own = false;
    for_each_own_expr(&aggregate, [&](const Expr& expr) {
      if (expr.kind != Expr::Kind::kColumn) return;
      any = true;
      own = own || is_own_column(expr, id);
    });
    return any && !own;
  }

  [[nodiscard]] bool is_own_column(const Expr& expr, LevelId id) const {
    if (const auto column = query_.resolve(expr, id)) {
      return query_.relations[column->relation].level == id;
    }
    if (expr.parts.size() < 2) return false;
    const std::string_view qualifier = expr.parts[expr.parts.size() - 2];
    return std::ranges::any_of(query_.levels[id].relations, [&](RelationId relation) {
      return query_.relations[relation].name == qualifier;
    });
  }

  void top() {
    for (LevelId id = 0; id < query_.levels.size(); ++id) {
      const Level& level = query_.levels[id];
      if (!is_top(id) || (level.select == nullptr && has_source(id))) continue;
      if (level.select != nullptr && level.select->kind == Select::Kind::kSetOperation) {
        return refuse(set_operation_across_shards());
      }
      bool own = false;
      for (const TableRef* item : from_items(level)) {
        if (rows_of(*item) == Rows::kOwn) own = true;
      }
      if (!own) refuse(no_sharded_table_in_from());
    }
  }

  // INSERT ... SELECT: its rows are the source's.
  [[nodiscard]] bool has_source(LevelId id) const {
    return std::ranges::any_of(query_.levels, [id](const Level& level) {
      return level.use == Use::kInsertSource && level.around == id;
    });
  }

  // The FROM items of a level; the target of UPDATE and DELETE is one of them.
  [[nodiscard]] std::vector<const TableRef*> from_items(const Level& level) const {
    if (level.select != nullptr) return {level.select->from.begin(), level.select->from.end()};
    std::vector<const TableRef*> out;
    for (const RelationId id : level.relations) {
      if (query_.relations[id].written) out.push_back(query_.relations[id].ref);
    }
    const auto& node = query_.statement->node;
    if (const auto* update = std::get_if<parser::Update*>(&node)) {
      out.insert(out.end(), (*update)->from.begin(), (*update)->from.end());
    } else if (const auto* gone = std::get_if<parser::Delete*>(&node)) {
      out.insert(out.end(), (*gone)->using_tables.begin(), (*gone)->using_tables.end());
    }
    return out;
  }

  Rows rows_of(const TableRef& ref) {
    switch (ref.kind) {
      case TableRef::Kind::kTable:
        return rows_of_table(ref);
      case TableRef::Kind::kSubquery:
        return Rows::kSame;
      case TableRef::Kind::kFunction:
        for (const Expr* call : ref.functions) {
          if (steadiness(query_.schema(), Node(call)) != Steadiness::kSame) {
            refuse(volatile_across_shards("a function in FROM"));
          }
        }
        return Rows::kSame;
      case TableRef::Kind::kJoin:
        return rows_of_join(ref);
    }
    return Rows::kSame;
  }

  Rows rows_of_table(const TableRef& ref) {
    const auto found = std::ranges::find(query_.relations, &ref, &Relation::ref);
    if (found->kind == RelationKind::kSharded) return Rows::kOwn;
    if (ref.tablesample) refuse(choice_across_shards());
    return Rows::kSame;
  }

  Rows rows_of_join(const TableRef& ref) {
    using Join = TableRef::Join;
    const Rows left = rows_of(*ref.left);
    const Rows right = rows_of(*ref.right);
    const Rows together = left == Rows::kOwn ? left : right;
    const bool same = left == right;
    // Every node would find its unmatched rows of what is the same everywhere.
    const bool repeats = (ref.join == Join::kLeft && left == Rows::kSame) ||
                         (ref.join == Join::kRight && right == Rows::kSame) ||
                         ref.join == Join::kFull;
    if (!same && repeats) refuse(repeated_rows_across_shards());
    return together;
  }

  // Row addresses and numbers of transactions mean something on their own node only.
  void columns() {
    parser::for_each_expr(Node(query_.statement), [&](const Expr& expr) {
      if (expr.kind == Expr::Kind::kColumn && is_system_column(expr.parts.back())) {
        refuse(system_column_across_shards(expr.parts.back()));
      }
    });
  }

  const Query& query_;
  const RouteSpec& spec_;
  std::optional<Error> refused_;
};

}  // namespace

std::optional<Error> cannot_spread(const Query& query, const RouteSpec& spec) {
  return Spread(query, spec).run();
}

bool is_sharding_column(const Query& query, const ColumnId& column) {
  const Relation& relation = query.relations[column.relation];
  if (relation.kind != RelationKind::kSharded) return false;
  if (relation.scope != query.levels[relation.level].root) return false;
  const auto columns = relation.table->sharding_columns();
  return std::ranges::find(columns, column.column) != columns.end();
}

bool holds_sharding_key(const Query& query, const std::vector<const Expr*>& exprs, LevelId level) {
  std::vector<ColumnId> held;
  for (const Expr* expr : exprs) {
    const auto column = query.resolve(*expr, level);
    if (!column || query.relations[column->relation].level != level) continue;
    if (is_sharding_column(query, *column)) held.push_back(*column);
  }
  return std::ranges::any_of(held, [&](const ColumnId& one) {
    const rules::ShardingTable& table = *query.relations[one.relation].table;
    const auto columns = table.sharding_columns();
    return rules::columns_settle_node(table) &&
           std::ranges::all_of(columns, [&](const std::string& name) {
             return std::ranges::find(held, ColumnId{one.relation, name}) != held.end();
           });
  });
}

}  // namespace tessera::plan
