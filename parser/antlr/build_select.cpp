// Queries: SELECT, VALUES, TABLE, set operations and their clauses.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

Select* Builder::query(Tree::QueryContext& context) {
  With* with = Builder::with(context.withClause());
  return query_body(with, *context.queryBody(), first(context));
}

// INTERSECT binds tighter than UNION and EXCEPT; all are left-associative.
Select* Builder::query_body(With* with, Tree::QueryBodyContext& context, TokenIndex first) {
  Select* sum = nullptr;  // what UNION or EXCEPT has on its left
  Tree::SetOperationContext* pending = nullptr;
  Select* product = query_term(*context.queryTerm());
  const auto operations = context.setOperation();
  for (auto* operation : operations) {
    Select* right = query_term(*operation->queryTerm());
    if (lower(word(*operation->op)) == "intersect") {
      product = set_operation(product, *operation, right);
      continue;
    }
    sum = pending == nullptr ? product : set_operation(sum, *pending, product);
    pending = operation;
    product = right;
  }
  Select* out = pending == nullptr ? product : set_operation(sum, *pending, product);
  const bool bare = with == nullptr && context.queryTail().empty();
  if (bare && operations.empty()) return out;
  if (with != nullptr && out->with != nullptr) refused_ = true;
  if (with != nullptr) out->with = with;
  out->range = {first, end(context)};
  if (!query_tails(*out, context)) refused_ = true;
  return out;
}

Select* Builder::set_operation(Select* left, Tree::SetOperationContext& context, Select* right) {
  Select* out = make<Select>();
  const std::string_view op = lower(word(*context.op));
  out->kind = Select::Kind::kSetOperation;
  out->operation = op == "union"    ? Select::SetOperation::kUnion
                   : op == "except" ? Select::SetOperation::kExcept
                                    : Select::SetOperation::kIntersect;
  out->all = context.every != nullptr;
  out->left = left;
  out->right = right;
  out->range = {left->range.first, end(context)};
  out->tail = out->range.end;
  return out;
}

Select* Builder::query_term(Tree::QueryTermContext& context) {
  if (auto* part = context.simpleSelect()) return simple_select(*part);
  if (auto* part = context.valuesClause()) return values(*part);
  if (auto* part = context.query()) return query(*part);
  return table_select(context);
}

// False: a clause is given twice, inside and outside of parentheses. PostgreSQL refuses that.
bool Builder::query_tails(Select& select, Tree::QueryBodyContext& context) {
  const auto tails = context.queryTail();
  const bool has_tail = select.tail < select.range.end && !select.order_range.empty();
  if (!has_tail) select.tail = tails.empty() ? select.range.end : first(*tails.front());
  for (auto* tail : tails) {
    if (!query_tail(select, *tail)) return false;
  }
  return true;
}

bool Builder::query_tail(Select& select, Tree::QueryTailContext& context) {
  const TokenRange range = Builder::range(context);
  if (auto* part = context.orderBy()) {
    if (!select.order_range.empty()) return false;
    select.order_by = sort_items(part);
    select.order_range = range;
  } else if (auto* limit = context.limitClause()) {
    if (!select.limit_range.empty()) return false;
    select.limit = expr_or_null(limit->expr());
    select.limit_range = range;
  } else if (auto* fetch = context.fetchClause()) {
    if (!select.limit_range.empty()) return false;
    if (auto* count = fetch->operand()) select.limit = operand(*count);
    select.fetch_one = select.limit == nullptr;
    select.with_ties = fetch->tiesWord != nullptr;
    select.limit_range = range;
  } else if (auto* offset = context.offsetClause()) {
    if (!select.offset_range.empty()) return false;
    select.offset = expr(*offset->expr());
    select.offset_range = range;
  } else if (context.lockingClause()->readOnly == nullptr) {
    // Several locking clauses may follow each other.
    const TokenIndex begin = select.locking ? select.locking_range.first : range.first;
    select.locking = true;
    select.locking_range = {begin, range.end};
  }
  return true;
}

Select* Builder::simple_select(Tree::SimpleSelectContext& context) {
  Select* out = make<Select>();
  out->range = range(context);
  out->tail = out->range.end;
  out->items_end = out->range.first + 1;
  if (context.allWord != nullptr) ++out->items_end;
  if (auto* distinct = context.distinctClause()) {
    out->distinct = true;
    out->distinct_on = exprs(distinct->exprList());
    out->items_end = end(*distinct);
  }
  if (auto* list = context.selectList()) out->items = select_items(list->selectItem());
  if (!out->items.empty()) out->items_end = out->items.back()->range.end;
  out->into = context.intoClause() != nullptr;
  if (auto* from = context.fromClause()) out->from = table_refs(from->tableRef());
  if (auto* where = context.whereClause()) out->where = expr(*where->expr());
  if (auto* group = context.groupClause()) {
    out->group_distinct = group->distinctWord != nullptr;
    out->group_by = group_items(*group);
    out->group_range = range(*group);
  }
  if (auto* having = context.havingClause()) {
    out->having = expr(*having->expr());
    out->having_range = range(*having);
  }
  if (auto* clause = context.windowClause()) {
    std::vector<Window*> windows;
    for (auto* named : clause->namedWindow()) {
      windows.push_back(window(*named->windowSpecification()));
      windows.back()->name = name(*named->name());
      windows.back()->range = range(*named);
    }
    out->windows = keep(windows);
  }
  return out;
}

// TABLE t is SELECT * FROM t.
Select* Builder::table_select(Tree::QueryTermContext& context) {
  Select* out = make<Select>();
  out->range = range(context);
  out->tail = out->items_end = out->range.end;
  out->table_form = true;
  auto* item = make<SelectItem>();
  item->range = {out->range.first, out->range.first + 1};
  item->expr = node(Expr::Kind::kStar, item->range);
  out->items = keep(std::vector<SelectItem*>{item});
  out->from = keep(std::vector<TableRef*>{relation(*context.relation())});
  return out;
}

Select* Builder::values(Tree::ValuesClauseContext& context) {
  Select* out = make<Select>();
  out->kind = Select::Kind::kValues;
  out->range = range(context);
  out->tail = out->range.end;
  std::vector<std::span<Expr* const>> rows;
  std::vector<TokenRange> ranges;
  for (auto* row : context.valuesRow()) {
    rows.push_back(exprs(row->exprList()));
    ranges.push_back(range(*row));
  }
  out->rows = keep(rows);
  out->row_ranges = keep(ranges);
  return out;
}

With* Builder::with(Tree::WithClauseContext* context) {
  if (context == nullptr) return nullptr;
  With* out = make<With>();
  out->recursive = context->recursiveWord != nullptr;
  out->range = range(*context);
  std::vector<Cte*> ctes;
  for (auto* item : context->cte()) {
    Cte* cte = make<Cte>();
    cte->name = name(*item->name());
    cte->column_aliases = names(item->nameList());
    cte->body = preparable(*item->preparable());
    ctes.push_back(cte);
  }
  out->ctes = keep(ctes);
  return out;
}

std::span<SelectItem* const> Builder::select_items(
    const std::vector<Tree::SelectItemContext*>& items) {
  std::vector<SelectItem*> out;
  out.reserve(items.size());
  for (auto* item : items) out.push_back(select_item(*item));
  return keep(out);
}

SelectItem* Builder::select_item(Tree::SelectItemContext& context) {
  auto* out = make<SelectItem>();
  out->range = range(context);
  out->expr =
      context.expr() != nullptr ? expr(*context.expr()) : node(Expr::Kind::kStar, out->range);
  if (auto* label = context.label()) out->alias = name(*label);
  if (auto* label = context.bareLabel()) out->alias = name(*label);
  return out;
}

std::span<GroupItem* const> Builder::group_items(Tree::GroupClauseContext& context) {
  std::vector<GroupItem*> out;
  for (auto* item : context.groupItem()) {
    auto* group = make<GroupItem>();
    group->range = range(*item);
    if (auto* part = item->expr()) {
      group->expr = expr(*part);
    } else {
      std::vector<Expr*> nested;
      grouped(*item, nested);
      group->nested = keep(nested);
    }
    out.push_back(group);
  }
  return keep(out);
}

void Builder::grouped(Tree::GroupItemContext& context, std::vector<Expr*>& out) {
  if (auto* part = context.expr()) out.push_back(expr(*part));
  if (auto* list = context.exprList()) {
    for (auto* part : list->expr()) out.push_back(expr(*part));
  }
  for (auto* item : context.groupItem()) grouped(*item, out);
}

std::span<SortItem* const> Builder::sort_items(Tree::OrderByContext* context) {
  std::vector<SortItem*> out;
  if (context == nullptr) return {};
  for (auto* item : context->sortItem()) {
    auto* sort = make<SortItem>();
    sort->expr = expr(*item->expr());
    sort->descending = item->descendingWord != nullptr;
    sort->using_operator = item->usingWord != nullptr;
    if (item->nulls != nullptr) {
      const bool first = lower(word(*item->nulls)) == "first";
      sort->nulls = first ? NullsOrder::kFirst : NullsOrder::kLast;
    }
    sort->range = range(*item);
    out.push_back(sort);
  }
  return keep(out);
}

Window* Builder::window(Tree::WindowSpecificationContext& context) {
  Window* out = make<Window>();
  out->range = range(context);
  if (auto* base = context.name()) out->base = name(*base);
  if (auto* partition = context.partitionClause()) {
    out->partition_by = exprs(partition->exprList());
  }
  out->order_by = sort_items(context.orderBy());
  std::vector<Expr*> bounds;
  if (auto* frame = context.frameClause()) {
    for (auto* bound : frame->frameBound()) {
      if (auto* distance = bound->bounded()) bounds.push_back(bounded(*distance));
    }
  }
  out->frame_bounds = keep(bounds);
  return out;
}

}  // namespace tessera::parser::antlr
