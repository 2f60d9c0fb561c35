// Primary expressions: constants, columns, calls, CASE, rows, arrays, subqueries.

#include <algorithm>
#include <charconv>

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

Expr* Builder::primary(Tree::PrimaryContext& context) {
  const TokenRange range = Builder::range(context);
  if (auto* part = context.nameExpr()) return name_expr(*part);
  if (context.NUMBER() != nullptr || context.STRING() != nullptr) return constant(range.first);
  if (context.PARAMETER() != nullptr) return parameter(range.first);
  if (auto* part = context.keywordValue()) return keyword(*part);
  if (auto* part = context.specialCall()) return special_call(*part);
  if (auto* part = context.query()) {
    const std::string_view word = lower(storage_.word(range.first));
    if (word == "exists") return subquery(Expr::Kind::kExists, *part, range);
    if (word == "array") return subquery(Expr::Kind::kArraySubquery, *part, range);
    return subquery(Expr::Kind::kSubquery, *part, range);
  }
  if (!context.whenClause().empty()) return case_expr(context);
  if (auto* part = context.arrayItems()) {
    Expr* out = array(*part);
    out->range = range;
    return out;
  }
  if (auto* type = context.typeName()) {
    Expr* out = node(Expr::Kind::kCast, range, {expr(*context.expr(0))});
    out->type = type_text(Builder::range(*type));
    return out;
  }
  return parenthesised(context);
}

// (a), (a, b, ...) and ROW(...).
Expr* Builder::parenthesised(Tree::PrimaryContext& context) {
  const TokenRange range = Builder::range(context);
  auto* list = context.exprList();
  if (context.ROW_CALL() == nullptr && list->expr().size() == 1) {
    Expr* inner = expr(*list->expr(0));
    inner->range = range;
    return inner;
  }
  Expr* out = node(Expr::Kind::kRow, range);
  out->children = exprs(list);
  return out;
}

Expr* Builder::keyword(Tree::KeywordValueContext& context) {
  const std::string_view word = lower(storage_.word(first(context)));
  const auto kind = word == "default" ? Expr::Kind::kDefault : Expr::Kind::kKeyword;
  Expr* out = node(kind, range(context));
  if (kind == Expr::Kind::kKeyword) out->op = word;
  return out;
}

Expr* Builder::case_expr(Tree::PrimaryContext& context) {
  std::vector<Expr*> children;
  const auto whens = context.whenClause();
  const auto others = context.expr();  // the operand before WHEN, and ELSE
  std::size_t next = 0;
  if (!others.empty() && first(*others[0]) < first(*whens[0])) {
    children.push_back(expr(*others[next++]));
  }
  for (auto* when : whens) {
    children.push_back(expr(*when->expr(0)));
    children.push_back(expr(*when->expr(1)));
  }
  if (next < others.size()) children.push_back(expr(*others[next]));
  return node(Expr::Kind::kCase, range(context), children);
}

Expr* Builder::array(Tree::ArrayItemsContext& context) {
  std::vector<Expr*> children;
  for (auto* item : context.arrayItem()) {
    auto* nested = item->arrayItems();
    children.push_back(nested != nullptr ? array(*nested) : expr(*item->expr()));
  }
  return node(Expr::Kind::kArray, range(context), children);
}

Expr* Builder::subquery(Expr::Kind kind, Tree::QueryContext& query, TokenRange range) {
  Expr* out = node(kind, range);
  out->subquery = Builder::query(query);
  return out;
}

Expr* Builder::constant(TokenIndex token) {
  Expr* out = node(Expr::Kind::kConstant, {token, token + 1});
  const std::uint32_t offset = storage_.tokens[token].offset;
  const auto found = std::ranges::lower_bound(storage_.constants, offset, {}, &Constant::offset);
  out->constant = static_cast<std::uint32_t>(found - storage_.constants.begin());
  return out;
}

Expr* Builder::parameter(TokenIndex token) {
  Expr* out = node(Expr::Kind::kParameter, {token, token + 1});
  const std::string_view digits = storage_.word(token).substr(1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out->parameter);
  if (read.ec != std::errc()) out->parameter = UINT32_MAX;
  return out;
}

Expr* Builder::name_expr(Tree::NameExprContext& context) {
  if (context.callArguments() != nullptr && context.typedConstant() == nullptr) {
    return call(context);
  }
  auto* typed = context.typedConstant();
  return typed != nullptr ? typed_constant(*typed, first(context)) : column(context);
}

Expr* Builder::column(Tree::NameExprContext& context) {
  std::vector<std::string_view> parts{name(*context.name())};
  bool star = false;
  for (auto* part : context.dotPart()) {
    if (star) refused_ = true;  // t.*.x
    star = part->IDENTIFIER() == nullptr;
    if (!star) parts.push_back(identifier(end(*part) - 1));
  }
  Expr* out = node(star ? Expr::Kind::kStar : Expr::Kind::kColumn, range(context));
  out->parts = keep(parts);
  return out;
}

// The constant stands somewhere in the type's words: interval '1' day, timestamp(3) with time zone
// '...'.
Expr* Builder::typed_constant(Tree::TypedConstantContext& context, TokenIndex first) {
  const auto token = static_cast<TokenIndex>(context.STRING()->getSymbol()->getTokenIndex());
  const TokenRange range{first, end(context)};
  Expr* out = node(Expr::Kind::kCast, range, {constant(token)});
  out->type = type_text(range, {token, token + 1});
  // N'...' is the keyword NCHAR and a string in one word.
  const Token& name = storage_.tokens[first];
  const bool adjacent = token == first + 1 && storage_.tokens[token].offset == name.offset + 1;
  if (adjacent && name.kind == TokenKind::kIdentifier && out->type == "n") out->type = "nchar";
  return out;
}

Expr* Builder::call(Tree::NameExprContext& context) {
  QualifiedName name;
  auto* arguments = context.callArguments();
  name.range = {first(context), first(*arguments)};
  const TokenIndex last = name.range.end - 1;
  if (storage_.word(last) == "*") refused_ = true;  // t.*(...)
  name.name = identifier(last);
  if (last >= name.range.first + 2) name.schema = identifier(last - 2);
  Expr* out = function(name, range(context), *arguments);
  if (auto* tail = context.callTail()) call_tail(*tail, *out);
  return out;
}

Expr* Builder::function(const QualifiedName& name, TokenRange range,
                        Tree::CallArgumentsContext& context) {
  Expr* out = node(Expr::Kind::kFunction, range);
  out->function = make<Expr::Function>();
  out->function->name = name;
  out->function->arguments = {first(context) + 1, end(context) - 1};
  if (auto* list = context.arguments()) arguments(*list, *out);
  return out;
}

void Builder::arguments(Tree::ArgumentsContext& context, Expr& call) {
  std::vector<Expr*> children;
  const auto list = context.argument();
  call.function->star = list.empty();
  call.function->distinct = context.distinctWord != nullptr;
  for (auto* item : list) {
    if (item->variadicWord != nullptr) call.function->variadic = true;
    children.push_back(expr(*item->expr()));
  }
  call.children = keep(children);
  call.function->order_by = sort_items(context.orderBy());
}

void Builder::call_tail(Tree::CallTailContext& context, Expr& call) {
  Expr::Function& function = *call.function;
  if (auto* within = context.withinGroup()) {
    function.within_group = true;
    function.order_by = sort_items(within->orderBy());
  }
  if (auto* filter = context.filterClause()) function.filter = expr(*filter->expr());
  auto* over = context.overClause();
  if (over == nullptr) return;
  if (auto* specification = over->windowSpecification()) {
    function.over = window(*specification);
    return;
  }
  function.over = make<Window>();
  function.over->name = name(*over->name());
  function.over->by_name = true;
  function.over->range = range(*over->name());
}

// EXTRACT(... FROM ...) and its like: a function of that name with all expressions as arguments.
Expr* Builder::special_call(Tree::SpecialCallContext& context) {
  Expr* out = node(Expr::Kind::kFunction, range(context));
  out->function = make<Expr::Function>();
  const TokenIndex begin = first(context);
  out->function->name = {{}, lower(storage_.word(begin)), {begin, begin + 1}};
  const bool collation_for = context.typeName() == nullptr && storage_.word(begin + 1) != "(";
  out->function->arguments = {begin + (collation_for ? 3U : 2U), end(context) - 1};
  std::vector<Expr*> children;
  if (context.STRING() != nullptr) children.push_back(constant(begin + 2));
  for (auto* child : context.children) special_argument(*child, children);
  out->children = keep(children);
  return out;
}

void Builder::special_argument(antlr4::tree::ParseTree& tree, std::vector<Expr*>& out) {
  if (auto* part = dynamic_cast<Tree::ExprContext*>(&tree)) return out.push_back(expr(*part));
  if (auto* part = dynamic_cast<Tree::BoundedContext*>(&tree)) return out.push_back(bounded(*part));
  if (auto* part = dynamic_cast<Tree::OperandContext*>(&tree)) return out.push_back(operand(*part));
  if (dynamic_cast<Tree::TypeNameContext*>(&tree) != nullptr) return;
  for (auto* child : tree.children) special_argument(*child, out);
}

}  // namespace tessera::parser::antlr
