// CREATE, ALTER and DROP of tables and indexes, TRUNCATE.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

CreateTable* Builder::create_table(Tree::CreateTableContext& context) {
  auto* out = make<CreateTable>();
  if (auto* kind = context.createTableKind()) {
    out->temporary = kind->temporaryWord != nullptr;
    out->unlogged = kind->unloggedWord != nullptr;
  }
  out->if_not_exists = context.ifNotExists() != nullptr;
  out->name = qualified(*context.qualifiedName(0));
  out->partitioned = context.partitionOf != nullptr || context.partitionClauseOfTable() != nullptr;
  out->of_type = context.ofWord != nullptr;
  out->inherits = context.inheritsClause() != nullptr;
  table_elements(*out, context);
  if (auto* source = context.query()) out->as_select = query(*source);
  if (context.executeStatement() != nullptr) failed_ = true;
  return out;
}

void Builder::table_elements(CreateTable& create, Tree::CreateTableContext& context) {
  std::vector<ColumnDefinition*> columns;
  std::vector<TableConstraint*> constraints;
  const auto add = [&](Tree::TableConstraintContext* constraint) {
    if (constraint != nullptr) constraints.push_back(table_constraint(*constraint));
  };
  if (auto* elements = context.tableElements()) {
    for (auto* element : elements->tableElement()) {
      if (auto* column = element->columnDefinition()) columns.push_back(column_definition(*column));
      add(element->tableConstraint());
      if (element->likeWord != nullptr) create.like = true;
    }
  }
  if (auto* elements = context.typedElements()) {
    for (auto* element : elements->typedElement()) {
      if (auto* column = element->columnOptions()) columns.push_back(column_options(*column));
      add(element->tableConstraint());
    }
  }
  if (auto* list = context.nameList()) {
    for (auto* item : list->name()) {
      columns.push_back(make<ColumnDefinition>());
      columns.back()->name = name(*item);
      columns.back()->range = range(*item);
    }
  }
  create.columns = keep(columns);
  create.constraints = keep(constraints);
}

ColumnDefinition* Builder::column_definition(Tree::ColumnDefinitionContext& context) {
  auto* out = make<ColumnDefinition>();
  out->name = name(*context.name(0));
  out->type = type_text(range(*context.typeName()));
  for (auto* constraint : context.columnConstraint()) column_constraint(*out, *constraint);
  out->range = range(context);
  return out;
}

// Of a table whose columns' types stand elsewhere.
ColumnDefinition* Builder::column_options(Tree::ColumnOptionsContext& context) {
  auto* out = make<ColumnDefinition>();
  out->name = name(*context.name());
  for (auto* constraint : context.columnConstraint()) column_constraint(*out, *constraint);
  out->range = range(context);
  return out;
}

Expr* Builder::bound_expr(Tree::BoundExprContext& context) {
  const auto operands = context.bounded();
  Expr* first = bounded(*operands.front());
  if (operands.size() == 1) return first;
  std::vector<Expr*> children{first};
  for (std::size_t i = 1; i < operands.size(); ++i) children.push_back(bounded(*operands[i]));
  return node(Expr::Kind::kOther, range(context), children);
}

void Builder::column_constraint(ColumnDefinition& column, Tree::ColumnConstraintContext& context) {
  const bool key = context.primaryWord != nullptr || context.uniqueWord != nullptr;
  if (context.primaryWord != nullptr) column.primary_key = true;
  if (context.uniqueWord != nullptr) column.unique = true;
  if (auto* constraint = context.name(); key && constraint != nullptr) {
    column.constraint_name = name(*constraint);
    column.constraint_name_range = range(*constraint);
  }
  if (context.identityWord != nullptr) column.identity = true;
  if (context.defaultWord != nullptr) {
    column.has_default = true;
    column.default_value = bound_expr(*context.boundExpr());
  }
  if (context.generatedWord != nullptr) {
    column.has_default = true;
    column.default_value = in_parentheses(*context.parenthesised());
  }
  if (context.referencesWord != nullptr) {
    column.references = true;
    column.referenced = qualified(*context.qualifiedName());
  }
}

TableConstraint* Builder::table_constraint(Tree::TableConstraintContext& context) {
  using Kind = TableConstraint::Kind;
  auto* out = make<TableConstraint>();
  out->range = range(context);
  if (context.constraintName != nullptr) {
    out->name = name(*context.constraintName);
    out->name_range = range(*context.constraintName);
  }
  if (context.primaryWord != nullptr) out->kind = Kind::kPrimaryKey;
  if (context.uniqueWord != nullptr) out->kind = Kind::kUnique;
  if (context.foreignWord != nullptr) out->kind = Kind::kForeignKey;
  if (context.excludeWord != nullptr) out->kind = Kind::kExclude;
  if (auto* columns = context.constraintColumns()) out->columns = names(columns->nameList());
  if (auto* table = context.qualifiedName()) out->referenced = qualified(*table);
  return out;
}

AlterTable* Builder::alter_table(Tree::AlterTableContext& context) {
  auto* out = make<AlterTable>();
  const TableRef* table = relation(*context.relation());
  out->name = table->name;
  out->only = table->only;
  out->if_exists = context.ifExists() != nullptr;
  std::vector<AlterTable::Change*> changes;
  for (auto* action : context.alterAction()) changes.push_back(alter_action(*action));
  if (context.partitionChange() != nullptr) failed_ = true;
  if (changes.empty()) changes.push_back(rename(context));
  out->changes = keep(changes);
  return out;
}

AlterTable::Change* Builder::alter_action(Tree::AlterActionContext& context) {
  using Action = AlterTable::Action;
  auto* out = make<AlterTable::Change>();
  out->range = range(context);
  if (context.alterElse() != nullptr || context.alterColumnElse() != nullptr) failed_ = true;
  if (context.addConstraint != nullptr) {
    out->action = Action::kAddConstraint;
    out->constraint = table_constraint(*context.addConstraint);
  } else if (context.addColumn != nullptr) {
    out->action = Action::kAddColumn;
    out->column = column_definition(*context.addColumn);
  } else if (context.dropConstraint != nullptr) {
    out->action = Action::kDropConstraint;
    out->constraint_name = name(*context.name());
    out->constraint_name_range = range(*context.name());
  } else if (context.dropColumn != nullptr) {
    out->action = Action::kDropColumn;
    out->column_name = name(*context.dropColumn);
  } else if (context.typeWord != nullptr) {
    out->action = Action::kAlterColumnType;
    out->column_name = name(*context.column);
  }
  return out;
}

AlterTable::Change* Builder::rename(Tree::AlterTableContext& context) {
  using Action = AlterTable::Action;
  auto* out = make<AlterTable::Change>();
  out->range = {end(*context.relation()), end(context)};
  if (context.renameTo != nullptr) out->action = Action::kRenameTable;
  if (context.setSchema != nullptr) out->action = Action::kSetSchema;
  if (context.renameColumn != nullptr) {
    out->action = Action::kRenameColumn;
    out->column_name = name(*context.name(0));
  }
  if (context.renameConstraint != nullptr) {
    out->action = Action::kRenameConstraint;
    out->constraint_name = name(*context.name(0));
    out->constraint_name_range = range(*context.name(0));
  }
  return out;
}

DropTable* Builder::drop_table(Tree::DropTableContext& context) {
  auto* out = make<DropTable>();
  auto& dropped = *context.dropNames();
  out->if_exists = dropped.ifExists() != nullptr;
  out->cascade = dropped.cascadeWord != nullptr;
  out->names = drop_names(dropped);
  return out;
}

DropIndex* Builder::drop_index(Tree::DropIndexContext& context) {
  auto* out = make<DropIndex>();
  auto& dropped = *context.dropNames();
  out->concurrently = context.concurrentlyWord != nullptr;
  out->if_exists = dropped.ifExists() != nullptr;
  out->cascade = dropped.cascadeWord != nullptr;
  out->names = drop_names(dropped);
  return out;
}

std::span<const QualifiedName> Builder::drop_names(Tree::DropNamesContext& context) {
  std::vector<QualifiedName> names;
  for (auto* item : context.qualifiedName()) names.push_back(qualified(*item));
  return keep(names);
}

CreateIndex* Builder::create_index(Tree::CreateIndexContext& context) {
  auto* out = make<CreateIndex>();
  out->unique = context.uniqueWord != nullptr;
  out->concurrently = context.concurrentlyWord != nullptr;
  out->if_not_exists = context.ifNotExists() != nullptr;
  out->table = relation(*context.relation());
  const TokenIndex on = out->table->range.first - 1;
  out->name.range = {on, on};
  if (context.indexName != nullptr) {
    out->name.name = name(*context.indexName);
    out->name.range = range(*context.indexName);
  }
  std::vector<std::string_view> columns;
  for (auto* element : context.indexElement()) {
    const Expr* key = operand(*element->operand());
    const bool plain = key->kind == Expr::Kind::kColumn && key->parts.size() == 1;
    columns.push_back(plain ? key->parts[0] : std::string_view());
  }
  out->columns = keep(columns);
  return out;
}

Truncate* Builder::truncate(Tree::TruncateStatementContext& context) {
  auto* out = make<Truncate>();
  out->cascade = context.cascadeWord != nullptr;
  out->restart_identity = context.restartWord != nullptr;
  std::vector<TableRef*> tables;
  for (auto* table : context.relation()) tables.push_back(relation(*table));
  out->tables = keep(tables);
  return out;
}

}  // namespace tessera::parser::antlr
