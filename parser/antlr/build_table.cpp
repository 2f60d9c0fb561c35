// FROM items and the tables that statements write to.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

std::span<TableRef* const> Builder::table_refs(
    const std::vector<Tree::TableRefContext*>& contexts) {
  std::vector<TableRef*> out;
  for (auto* context : contexts) out.push_back(table_ref(*context));
  return keep(out);
}

TableRef* Builder::table_ref(Tree::TableRefContext& context) {
  TableRef* out = table_primary(*context.tablePrimary());
  for (auto* part : context.joinPart()) out = join(out, *part);
  return out;
}

TableRef* Builder::join(TableRef* left, Tree::JoinPartContext& context) {
  TableRef* out = make<TableRef>();
  out->kind = TableRef::Kind::kJoin;
  out->left = left;
  out->range = {left->range.first, end(context)};
  const std::string_view leading = lower(storage_.word(first(context)));
  if (leading == "cross") out->join = TableRef::Join::kCross;
  out->natural = leading == "natural";
  if (auto* kind = context.joinKind(); kind != nullptr && kind->kind != nullptr) {
    const std::string_view word = lower(Builder::word(*kind->kind));
    out->join = word == "left"    ? TableRef::Join::kLeft
                : word == "right" ? TableRef::Join::kRight
                                  : TableRef::Join::kFull;
  }
  auto* nested = context.tableRef();
  out->right = nested != nullptr ? table_ref(*nested) : table_primary(*context.tablePrimary());
  if (auto* condition = context.joinCondition()) {
    out->on = expr_or_null(condition->expr());
    out->using_columns = names(condition->nameList());
    if (condition->name() != nullptr) out->alias = name(*condition->name());
  }
  return out;
}

TableRef* Builder::table_primary(Tree::TablePrimaryContext& context) {
  TableRef* out = nullptr;
  if (auto* part = context.subqueryTable()) {
    out = subquery_table(*part);
  } else if (auto* named = context.functionTable()) {
    out = function_table(*named);
  } else if (!context.tableFunction().empty()) {
    out = rows_from(context);
  } else if (auto* value = context.tableValue()) {
    out = make<TableRef>();
    out->kind = TableRef::Kind::kFunction;
    out->functions = keep(std::vector<Expr*>{table_value(*value)});
    alias(*out, context.tableAlias());
  } else if (auto* table = context.xmlTable()) {
    out = xml_table(*table);
    alias(*out, context.tableAlias());
  } else if (context.tableRef() != nullptr) {
    return parenthesised_table(context);
  } else {
    out = make<TableRef>();
    out->only = true;
    out->name = qualified(*context.qualifiedName());
    alias(*out, context.tableAlias());
    sample(*out, context.tableSample());
  }
  out->range = range(context);
  out->lateral = lower(storage_.word(out->range.first)) == "lateral";
  return out;
}

TableRef* Builder::subquery_table(Tree::SubqueryTableContext& context) {
  TableRef* out = make<TableRef>();
  out->kind = TableRef::Kind::kSubquery;
  out->subquery = query(*context.query());
  alias(*out, context.tableAlias());
  return out;
}

TableRef* Builder::function_table(Tree::FunctionTableContext& context) {
  TableRef* out = make<TableRef>();
  const QualifiedName name = qualified(*context.qualifiedName());
  if (auto* arguments = context.callArguments()) {
    out->kind = TableRef::Kind::kFunction;
    Expr* call = function(name, {name.range.first, end(*arguments)}, *arguments);
    out->functions = keep(std::vector<Expr*>{call});
  } else {
    out->name = name;
  }
  alias(*out, context.tableAlias());
  sample(*out, context.tableSample());
  return out;
}

Expr* Builder::table_value(Tree::TableValueContext& context) {
  if (auto* call = context.specialCall()) return special_call(*call);
  if (auto* type = context.typeName()) {
    Expr* cast = node(Expr::Kind::kCast, range(context), {expr(*context.expr())});
    cast->type = type_text(range(*type));
    return cast;
  }
  Expr* word = node(Expr::Kind::kKeyword, range(context));
  word->op = lower(storage_.word(first(context)));
  return word;
}

// A function of that name with all its expressions as arguments.
TableRef* Builder::xml_table(Tree::XmlTableContext& context) {
  TableRef* out = make<TableRef>();
  out->kind = TableRef::Kind::kFunction;
  Expr* call = node(Expr::Kind::kFunction, range(context));
  call->function = make<Expr::Function>();
  call->function->name = {{}, "xmltable", {first(context), first(context) + 1}};
  call->function->arguments = {first(context) + 2, end(context) - 1};
  std::vector<Expr*> children;
  add_exprs(context, children);
  call->children = keep(children);
  out->functions = keep(std::vector<Expr*>{call});
  return out;
}

TableRef* Builder::rows_from(Tree::TablePrimaryContext& context) {
  TableRef* out = make<TableRef>();
  out->kind = TableRef::Kind::kFunction;
  std::vector<Expr*> functions;
  for (auto* item : context.tableFunction()) {
    if (auto* value = item->tableValue()) {
      functions.push_back(table_value(*value));
      continue;
    }
    const QualifiedName name = qualified(*item->qualifiedName());
    const TokenRange range{name.range.first, end(*item->callArguments())};
    functions.push_back(function(name, range, *item->callArguments()));
  }
  out->functions = keep(functions);
  alias(*out, context.tableAlias());
  return out;
}

// (a JOIN b) AS j, or a subquery in two pairs of parentheses.
TableRef* Builder::parenthesised_table(Tree::TablePrimaryContext& context) {
  TableRef* out = table_ref(*context.tableRef());
  if (context.tableAlias() != nullptr && !out->alias.empty()) failed_ = true;
  alias(*out, context.tableAlias());
  out->range = range(context);
  return out;
}

void Builder::alias(TableRef& table, Tree::TableAliasContext* context) {
  if (context == nullptr) return;
  if (context->name() != nullptr) table.alias = name(*context->name());
  auto* columns = context->columnAliases();
  if (columns == nullptr) return;
  std::vector<std::string_view> names;
  for (auto* column : columns->columnAlias()) names.push_back(name(*column->name()));
  table.column_aliases = keep(names);
}

// The sample's arguments hang where a function would: they must be seen, and no one looks into
// them.
void Builder::sample(TableRef& table, Tree::TableSampleContext* context) {
  if (context == nullptr) return;
  table.tablesample = true;
  std::vector<Expr*> arguments(table.functions.begin(), table.functions.end());
  for (auto* argument : context->exprList()->expr()) arguments.push_back(expr(*argument));
  if (auto* seed = context->expr()) arguments.push_back(expr(*seed));
  table.functions = keep(arguments);
}

TableRef* Builder::relation(Tree::RelationContext& context) {
  TableRef* out = make<TableRef>();
  out->range = range(context);
  out->only = lower(storage_.word(out->range.first)) == "only";
  out->name = qualified(*context.qualifiedName());
  return out;
}

TableRef* Builder::target(Tree::TargetContext& context) {
  TableRef* out = relation(*context.relation());
  out->range = range(context);
  if (context.name() != nullptr) out->alias = name(*context.name());
  return out;
}

}  // namespace tessera::parser::antlr
