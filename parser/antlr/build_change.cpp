// INSERT, UPDATE, DELETE, and what WITH may hold.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

Statement* Builder::preparable(Tree::PreparableContext& context) {
  Statement* out = statement(range(context));
  With* with = Builder::with(context.withClause());
  if (auto* part = context.queryBody()) out->node = query_body(with, *part, first(context));
  if (auto* part = context.insertStatement()) out->node = insert(with, *part);
  if (auto* part = context.updateStatement()) out->node = update(with, *part);
  if (auto* part = context.deleteStatement()) out->node = delete_statement(with, *part);
  if (context.mergeStatement() != nullptr) failed_ = true;
  return out;
}

Insert* Builder::insert(With* with, Tree::InsertStatementContext& context) {
  Insert* out = make<Insert>();
  out->with = with;
  out->range = {with != nullptr ? with->range.first : first(context), end(context)};
  out->table = make<TableRef>();
  out->table->name = qualified(*context.qualifiedName());
  out->table->range = out->table->name.range;
  if (auto* alias = context.name()) {
    out->table->alias = name(*alias);
    out->table->range.end = end(*alias);
  }
  if (auto* columns = context.insertColumns()) {
    if (!insert_columns(*out, *columns)) failed_ = true;
  }
  out->overriding = context.overriding() != nullptr;
  out->default_values = context.defaultValues() != nullptr;
  if (auto* source = context.query()) out->source = query(*source);
  if (auto* conflict = context.onConflict()) out->on_conflict = on_conflict(*conflict);
  if (auto* returning = context.returning()) {
    out->returning = select_items(returning->selectItem());
    out->returning_end = end(*returning);
  }
  return out;
}

// False: a column's subscript holds a query, for which the tree has no place.
bool Builder::insert_columns(Insert& insert, Tree::InsertColumnsContext& context) {
  std::vector<std::string_view> columns;
  for (auto* column : context.insertColumn()) {
    for (auto* subscript : column->expr()) {
      if (has_query(range(*subscript))) return false;
    }
    if (end(*column) - first(*column) > 1) insert.columns_qualified = true;
    columns.push_back(name(*column->name()));
  }
  insert.columns = keep(columns);
  insert.columns_range = range(context);
  return true;
}

OnConflict* Builder::on_conflict(Tree::OnConflictContext& context) {
  OnConflict* out = make<OnConflict>();
  out->range = range(context);
  out->do_nothing = context.nothingWord != nullptr;
  if (auto* target = context.conflictTarget()) {
    std::vector<Expr*> elements;
    for (auto* element : target->indexElement()) elements.push_back(operand(*element->operand()));
    out->target = keep(elements);
    if (target->name() != nullptr) out->constraint = name(*target->name());
    if (auto* where = target->whereClause()) out->target_where = expr(*where->expr());
  }
  out->assignments = assignments(context.assignment());
  if (auto* where = context.whereClause()) out->where = expr(*where->expr());
  return out;
}

Update* Builder::update(With* with, Tree::UpdateStatementContext& context) {
  Update* out = make<Update>();
  out->with = with;
  out->range = {with != nullptr ? with->range.first : first(context), end(context)};
  out->table = target(*context.target());
  out->assignments = assignments(context.assignment());
  if (auto* from = context.fromClause()) out->from = table_refs(from->tableRef());
  if (auto* where = context.changeWhere()) {
    out->where = expr_or_null(where->expr());
    out->current_of = where->expr() == nullptr;
  }
  if (auto* returning = context.returning()) {
    out->returning = select_items(returning->selectItem());
  }
  return out;
}

Delete* Builder::delete_statement(With* with, Tree::DeleteStatementContext& context) {
  Delete* out = make<Delete>();
  out->with = with;
  out->range = {with != nullptr ? with->range.first : first(context), end(context)};
  out->table = target(*context.target());
  if (auto* tables = context.usingClause()) out->using_tables = table_refs(tables->tableRef());
  if (auto* where = context.changeWhere()) {
    out->where = expr_or_null(where->expr());
    out->current_of = where->expr() == nullptr;
  }
  if (auto* returning = context.returning()) {
    out->returning = select_items(returning->selectItem());
  }
  return out;
}

std::span<Assignment* const> Builder::assignments(
    const std::vector<Tree::AssignmentContext*>& contexts) {
  std::vector<Assignment*> out;
  for (auto* context : contexts) {
    auto* assignment = make<Assignment>();
    assignment->range = range(*context);
    std::vector<std::string_view> columns;
    std::vector<Expr*> children{expr(*context->expr())};
    for (auto* column : context->insertColumn()) {
      columns.push_back(name(*column->name()));
      for (auto* subscript : column->expr()) children.push_back(expr(*subscript));
    }
    assignment->columns = keep(columns);
    // SET a[i] = x changes a part of a: its value is none that could be computed here.
    const TokenRange value = children.front()->range;
    const bool whole = children.size() == 1;
    assignment->value = whole ? children.front() : node(Expr::Kind::kOther, value, children);
    out.push_back(assignment);
  }
  return keep(out);
}

}  // namespace tessera::parser::antlr
