// Expressions down to predicates: OR, AND, NOT, comparisons, IN, BETWEEN, LIKE, IS.

#include <algorithm>

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

Expr* Builder::node(Expr::Kind kind, TokenRange range, const std::vector<Expr*>& children) {
  Expr* out = make<Expr>();
  out->kind = kind;
  out->range = range;
  out->children = keep(children);
  return out;
}

Expr* Builder::in_parentheses(Tree::ParenthesisedContext& context) {
  if (auto* inner = context.expr()) return expr(*inner);
  return subquery(Expr::Kind::kSubquery, *context.query(), range(context));
}

// The outermost expressions under `tree`.
void Builder::add_exprs(antlr4::tree::ParseTree& tree, std::vector<Expr*>& out) {
  for (auto* child : tree.children) {
    if (auto* one = dynamic_cast<Tree::OperandContext*>(child)) {
      out.push_back(operand(*one));
    } else if (auto* more = dynamic_cast<Tree::BoundedContext*>(child)) {
      out.push_back(bounded(*more));
    } else {
      add_exprs(*child, out);
    }
  }
}

std::span<Expr* const> Builder::exprs(Tree::ExprListContext* context) {
  std::vector<Expr*> list;
  if (context != nullptr) {
    for (auto* item : context->expr()) list.push_back(expr(*item));
  }
  return keep(list);
}

// a AND (b AND c) is one AND of three.
void Builder::add_flat(Expr::Kind kind, Expr* child, std::vector<Expr*>& out) {
  if (child->kind == kind) {
    out.insert(out.end(), child->children.begin(), child->children.end());
  } else {
    out.push_back(child);
  }
}

Expr* Builder::conjunction(const std::vector<Expr*>& terms) {
  if (terms.size() == 1) return terms.front();
  std::vector<Expr*> flat;
  for (Expr* term : terms) add_flat(Expr::Kind::kAnd, term, flat);
  return node(Expr::Kind::kAnd, {terms.front()->range.first, terms.back()->range.end}, flat);
}

Expr* Builder::expr(Tree::ExprContext& context) {
  const auto predicates = context.predicate();
  if (predicates.size() == 1) return predicate(*predicates.front());
  std::vector<Expr*> alternatives;
  std::vector<Expr*> terms;
  for (std::size_t i = 0; i < predicates.size(); ++i) {
    const bool is_or = i > 0 && word(*context.ops[i - 1]).size() == 2;
    if (is_or) {
      add_flat(Expr::Kind::kOr, conjunction(terms), alternatives);
      terms.clear();
    }
    terms.push_back(predicate(*predicates[i]));
  }
  if (alternatives.empty()) return conjunction(terms);
  add_flat(Expr::Kind::kOr, conjunction(terms), alternatives);
  return node(Expr::Kind::kOr, range(context), alternatives);
}

// IN, BETWEEN and LIKE bind tighter than comparisons, those tighter than IS, NOT binds least.
Expr* Builder::predicate(Tree::PredicateContext& context) {
  Expr* left = nullptr;  // of a comparison whose right side may still grow
  const antlr4::Token* symbol = nullptr;
  Expr* top = bounded(*context.bounded());
  const auto compare = [&] {
    if (symbol != nullptr) top = comparison(left, *symbol, top);
    symbol = nullptr;
  };
  for (auto* tail : context.predicateTail()) {
    if (auto* negated = tail->negatable()) {
      top = negatable(top, *negated);
      continue;
    }
    compare();
    if (tail->quantified() != nullptr) {
      top = quantified(top, word(*tail->comparison()->start), *tail->quantified());
    } else if (tail->bounded() != nullptr) {
      left = top;
      symbol = tail->start;
      top = bounded(*tail->bounded());
    } else {
      top = is(top, *tail);
    }
  }
  compare();
  // An even number of NOTs is none.
  const TokenIndex negations = first(*context.bounded()) - first(context);
  if (negations % 2 == 1) return node(Expr::Kind::kNot, range(context), {top});
  return top;
}

Expr* Builder::comparison(Expr* left, const antlr4::Token& symbol, Expr* right) {
  Expr* out = node(Expr::Kind::kOperator, {left->range.first, right->range.end}, {left, right});
  const std::string_view op = lower(word(symbol));
  out->op = op == "!=" ? std::string_view("<>") : op;
  return out;
}

Expr* Builder::quantified(Expr* left, std::string_view op, Tree::QuantifiedContext& context) {
  Expr* out = node(Expr::Kind::kQuantified, {left->range.first, end(context)});
  out->op = op == "!=" ? std::string_view("<>") : lower(op);
  out->all = context.every != nullptr;
  std::vector<Expr*> children{left};
  if (auto* inner = context.query()) out->subquery = query(*inner);
  if (auto* inner = context.expr()) children.push_back(expr(*inner));
  out->children = keep(children);
  return out;
}

Expr* Builder::negatable(Expr* left, Tree::NegatableContext& context) {
  Expr* out = nullptr;
  if (auto* tail = context.likeTail()) out = like(left, *tail);
  if (auto* tail = context.inTail()) out = in(left, *tail, end(context));
  if (auto* tail = context.betweenTail()) {
    Expr* low = bounded(*tail->bounded(0));
    Expr* high = bounded(*tail->bounded(1));
    out = node(Expr::Kind::kBetween, {left->range.first, end(context)}, {left, low, high});
    out->symmetric = tail->symmetricWord != nullptr;
  }
  out->negated = context.negated != nullptr;
  return out;
}

Expr* Builder::like(Expr* left, Tree::LikeTailContext& context) {
  const bool similar = word(*context.start).size() == std::string_view("similar").size();
  const std::string_view op = similar ? "similar to" : lower(word(*context.start));
  if (auto* right = context.quantified()) return quantified(left, op, *right);
  std::vector<Expr*> children{left};
  for (auto* part : context.bounded()) children.push_back(bounded(*part));
  Expr* out = node(Expr::Kind::kLike, {left->range.first, end(context)}, children);
  out->op = op;
  return out;
}

Expr* Builder::in(Expr* left, Tree::InTailContext& context, TokenIndex end) {
  const TokenRange range{left->range.first, end};
  if (auto* inner = context.query()) {
    Expr* out = node(Expr::Kind::kInSubquery, range, {left});
    out->subquery = query(*inner);
    return out;
  }
  std::vector<Expr*> children{left};
  for (auto* item : context.exprList()->expr()) children.push_back(expr(*item));
  return node(Expr::Kind::kIn, range, children);
}

// IS ..., ISNULL, NOTNULL and OVERLAPS.
Expr* Builder::is(Expr* left, Tree::PredicateTailContext& context) {
  const TokenRange range{left->range.first, end(context)};
  auto* condition = context.isCondition();
  if (condition == nullptr) {
    Expr* out = node(Expr::Kind::kIsNull, range, {left});
    out->negated = context.notNull != nullptr;
    return out;
  }
  Expr* out = nullptr;
  if (auto* right = condition->bounded()) {
    out = node(Expr::Kind::kIsDistinct, range, {left, bounded(*right)});
  } else {
    const bool null = condition->nullWord != nullptr;
    out = node(null ? Expr::Kind::kIsNull : Expr::Kind::kOther, range, {left});
  }
  out->negated = context.negated != nullptr;
  return out;
}

}  // namespace tessera::parser::antlr
