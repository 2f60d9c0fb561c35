#include <algorithm>

#include "parser/walk.h"
#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/relation.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Node;
using parser::Select;
using parser::Statement;
using parser::TableRef;
using Use = Level::Use;

// Where something stands: the level whose columns it may name, and the scope its conditions hold
// in.
struct Place {
  LevelId level = kNone;
  ScopeId scope = 0;
};

class Binder {
 public:
  explicit Binder(Query& query) : query_(query) { query_.scopes.emplace_back(); }

  void statement(const Statement& statement, Place around, Use use) {
    if (const auto* select = std::get_if<Select*>(&statement.node)) {
      this->select(**select, around, use, nullptr);
    } else if (const auto* insert = std::get_if<parser::Insert*>(&statement.node)) {
      this->insert(**insert, around, use);
    } else if (const auto* update = std::get_if<parser::Update*>(&statement.node)) {
      this->update(**update, around, use);
    } else if (const auto* gone = std::get_if<parser::Delete*>(&statement.node)) {
      this->remove(**gone, around, use);
    }
  }

 private:
  // A condition waits until its level's FROM is known.
  struct Pending {
    const Expr* condition;
    ScopeId scope;
  };

  Place open_level(Place around, Use use, const Select* select, const Expr* holder) {
    Level level;
    level.use = use;
    level.around = around.level;
    level.parent = around.level;
    // Only a LATERAL subquery sees its neighbours; the others see what encloses the whole FROM.
    if (use == Use::kDerived || use == Use::kInsertSource || use == Use::kCte || use == Use::kArm) {
      level.parent = around.level == kNone ? kNone : query_.levels[around.level].parent;
    }
    if (use == Use::kArm) level.parent = around.level;
    level.root = open_scope(around.scope);
    level.select = select;
    level.holder = holder;
    query_.levels.push_back(std::move(level));
    return {static_cast<LevelId>(query_.levels.size() - 1), query_.levels.back().root};
  }

  ScopeId open_scope(ScopeId parent) {
    query_.scopes.push_back({.parent = parent});
    return static_cast<ScopeId>(query_.scopes.size() - 1);
  }

  std::size_t with(const parser::With* with, Place place) {
    const std::size_t before = ctes_.size();
    if (with == nullptr) return before;
    // With RECURSIVE each sees all, those behind it too.
    if (with->recursive) {
      for (const parser::Cte* cte : with->ctes) ctes_.push_back(cte->name);
    }
    for (const parser::Cte* cte : with->ctes) {
      statement(*cte->body, place, Use::kCte);
      if (!with->recursive) ctes_.push_back(cte->name);
    }
    return before;
  }

  LevelId select(const Select& select, Place around, Use use, const Expr* holder) {
    const Place place = open_level(around, use, &select, holder);
    const std::size_t outer_ctes = with(select.with, place);
    if (select.kind == Select::Kind::kSetOperation) {
      this->select(*select.left, place, Use::kArm, nullptr);
      this->select(*select.right, place, Use::kArm, nullptr);
    }
    std::vector<Pending> pending;
    for (const TableRef* ref : select.from) from(*ref, place, pending);
    if (select.where != nullptr) pending.push_back({select.where, place.scope});
    settle(pending, place.level);
    clauses(select, place);
    ctes_.resize(outer_ctes);
    return place.level;
  }

  void clauses(const Select& select, Place place) {
    for (const auto& row : select.rows) expressions(row, place);
    expressions(select.distinct_on, place);
    for (const auto* item : select.items) expression(item->expr, place);
    for (const auto* item : select.group_by) {
      expression(item->expr, place);
      expressions(item->nested, place);
    }
    expression(select.having, place);
    for (const auto* window : select.windows) this->window(*window, place);
    for (const auto* item : select.order_by) expression(item->expr, place);
    expression(select.limit, place);
    expression(select.offset, place);
    if (select.where != nullptr) expression(select.where, place);
  }

  void window(const parser::Window& window, Place place) {
    expressions(window.partition_by, place);
    for (const auto* item : window.order_by) expression(item->expr, place);
    expressions(window.frame_bounds, place);
  }

  void insert(const parser::Insert& insert, Place around, Use use) {
    const Place place = open_level(around, use, nullptr, nullptr);
    const std::size_t outer_ctes = with(insert.with, place);
    write(Write::Kind::kInsert, *insert.table, place, use);
    if (insert.source != nullptr) {
      select(*insert.source, place, Use::kInsertSource, nullptr);
    }
    if (const auto* conflict = insert.on_conflict) {
      expressions(conflict->target, place);
      expression(conflict->target_where, place);
      for (const auto* assignment : conflict->assignments) expression(assignment->value, place);
      expression(conflict->where, place);
    }
    for (const auto* item : insert.returning) expression(item->expr, place);
    ctes_.resize(outer_ctes);
  }

  void update(const parser::Update& update, Place around, Use use) {
    const Place place = open_level(around, use, nullptr, nullptr);
    const std::size_t outer_ctes = with(update.with, place);
    write(Write::Kind::kUpdate, *update.table, place, use);
    filtered(update.from, update.where, place);
    for (const auto* assignment : update.assignments) expression(assignment->value, place);
    for (const auto* item : update.returning) expression(item->expr, place);
    ctes_.resize(outer_ctes);
  }

  void remove(const parser::Delete& statement, Place around, Use use) {
    const Place place = open_level(around, use, nullptr, nullptr);
    const std::size_t outer_ctes = with(statement.with, place);
    write(Write::Kind::kDelete, *statement.table, place, use);
    filtered(statement.using_tables, statement.where, place);
    for (const auto* item : statement.returning) expression(item->expr, place);
    ctes_.resize(outer_ctes);
  }

  void filtered(std::span<TableRef* const> tables, const Expr* where, Place place) {
    std::vector<Pending> pending;
    for (const TableRef* ref : tables) from(*ref, place, pending);
    if (where != nullptr) pending.push_back({where, place.scope});
    settle(pending, place.level);
    expression(where, place);
  }

  void write(Write::Kind kind, const TableRef& table, Place place, Use use) {
    // A WITH query of that name is not meant: it cannot be written.
    const RelationId target = add(table, place, {});
    query_.relations[target].written = true;
    query_.writes.push_back(
        {.kind = kind, .target = target, .level = place.level, .in_cte = use == Use::kCte});
  }

  RelationId add(const TableRef& ref, Place place) { return add(ref, place, ctes_); }

  RelationId add(const TableRef& ref, Place place, const std::vector<std::string_view>& ctes) {
    Relation relation = classify(query_, ref, ctes);
    relation.level = place.level;
    relation.scope = place.scope;
    if (relation.kind == RelationKind::kSharded) relation.slot = query_.slots++;
    query_.relations.push_back(std::move(relation));
    const auto id = static_cast<RelationId>(query_.relations.size() - 1);
    query_.levels[place.level].relations.push_back(id);
    return id;
  }

  void from(const TableRef& ref, Place place, std::vector<Pending>& pending) {
    switch (ref.kind) {
      case TableRef::Kind::kTable:
        add(ref, place);
        return;
      case TableRef::Kind::kSubquery: {
        const RelationId id = add(ref, place);
        const Use use = ref.lateral ? Use::kLateral : Use::kDerived;
        const LevelId level = select(*ref.subquery, place, use, nullptr);
        query_.relations[id].derived = level;
        return;
      }
      case TableRef::Kind::kFunction:
        add(ref, place);
        expressions(ref.functions, place);
        return;
      case TableRef::Kind::kJoin:
        join(ref, place, pending);
        return;
    }
  }

  void join(const TableRef& ref, Place place, std::vector<Pending>& pending) {
    using Join = TableRef::Join;
    Place left = place;
    Place right = place;
    if (ref.join == Join::kRight || ref.join == Join::kFull) left.scope = open_scope(place.scope);
    if (ref.join == Join::kLeft || ref.join == Join::kFull) right.scope = open_scope(place.scope);
    const auto first = static_cast<RelationId>(query_.relations.size());
    from(*ref.left, left, pending);
    const auto middle = static_cast<RelationId>(query_.relations.size());
    from(*ref.right, right, pending);

    ScopeId holds = place.scope;
    if (ref.join == Join::kLeft) holds = right.scope;
    if (ref.join == Join::kRight) holds = left.scope;
    if (ref.join == Join::kFull) {
      holds = open_scope(place.scope);
      query_.scopes[holds].full_left = left.scope;
      query_.scopes[holds].full_right = right.scope;
    }
    if (ref.on != nullptr) {
      pending.push_back({ref.on, holds});
      expression(ref.on, {place.level, holds});
    }
    merge_columns(ref, {place.level, holds}, first, middle);
    if (!ref.alias.empty()) hide_names(ref, first, place.level);
  }

  // The relations of one FROM item at `level` that were added from `first` on.
  [[nodiscard]] std::vector<RelationId> added(RelationId first, RelationId end,
                                              LevelId level) const {
    std::vector<RelationId> out;
    for (RelationId id = first; id < end; ++id) {
      if (query_.relations[id].level == level) out.push_back(id);
    }
    return out;
  }

  void hide_names(const TableRef& join, RelationId first, LevelId level) {
    const auto end = static_cast<RelationId>(query_.relations.size());
    for (const RelationId id : added(first, end, level)) {
      query_.relations[id].names_hidden = true;
      if (!join.column_aliases.empty()) query_.relations[id].renamed = true;
    }
  }

  // USING and NATURAL: equalities without an expression.
  void merge_columns(const TableRef& ref, Place place, RelationId first, RelationId middle) {
    const auto end = static_cast<RelationId>(query_.relations.size());
    const auto left = added(first, middle, place.level);
    const auto right = added(middle, end, place.level);
    std::vector<std::string_view> columns(ref.using_columns.begin(), ref.using_columns.end());
    if (ref.natural) columns = shared_columns(left, right);
    for (const std::string_view column : columns) {
      const auto a = owner_of(query_, left, column);
      const auto b = owner_of(query_, right, column);
      if (!a || !b) continue;
      query_.levels[place.level].merged.push_back(
          {.column = column, .left = *a, .right = *b, .join = ref.join});
      const ColumnId from_left{*a, column};
      const ColumnId from_right{*b, column};
      if (!comparable(query_, from_left, from_right)) continue;
      query_.equalities.push_back({.left = from_left, .right = from_right, .scope = place.scope});
    }
  }

  [[nodiscard]] std::vector<std::string_view> shared_columns(
      const std::vector<RelationId>& left, const std::vector<RelationId>& right) const {
    std::vector<std::string_view> out;
    for (const RelationId id : left) {
      const catalog::Table* table = query_.relations[id].described;
      if (table == nullptr) continue;
      for (const catalog::Column& column : table->columns) {
        if (owner_of(query_, right, column.name)) out.push_back(column.name);
      }
    }
    return out;
  }

  void settle(const std::vector<Pending>& pending, LevelId level) {
    for (const Pending& each : pending) {
      add_conditions(query_, *each.condition, level, each.scope);
    }
  }

  void expressions(std::span<Expr* const> exprs, Place place) {
    for (const Expr* expr : exprs) expression(expr, place);
  }

  // Binds the subqueries of an expression.
  void expression(const Expr* expr, Place place) {
    if (expr == nullptr) return;
    const Expr* holder = nullptr;
    parser::for_each_node(Node(expr), [&](const Node& node) {
      if (const auto* found = std::get_if<const Expr*>(&node)) {
        if ((*found)->subquery != nullptr) holders_.emplace_back((*found)->subquery, *found);
        return true;
      }
      if (const auto* found = std::get_if<const Select*>(&node)) {
        holder = holder_of(*found);
        select(**found, place, Use::kExpression, holder);
        return false;
      }
      return true;
    });
  }

  [[nodiscard]] const Expr* holder_of(const Select* select) const {
    const auto found = std::ranges::find(holders_, select, &Held::first);
    return found == holders_.end() ? nullptr : found->second;
  }

  using Held = std::pair<const Select*, const Expr*>;

  Query& query_;
  std::vector<std::string_view> ctes_;
  std::vector<Held> holders_;
};

void mark_sharded(Query& query) {
  for (const Relation& relation : query.relations) {
    if (relation.kind != RelationKind::kSharded) continue;
    for (LevelId level = relation.level; level != kNone; level = query.levels[level].around) {
      query.levels[level].has_sharded = true;
    }
  }
}

}  // namespace

Query bind(const PlanInput& input, const Statement& statement) {
  Query query;
  query.input = &input;
  query.statement = &statement;
  Binder binder(query);
  binder.statement(statement, Place{.level = kNone, .scope = 0}, Use::kTop);
  mark_sharded(query);
  return query;
}

}  // namespace tessera::plan
