// Operators below the predicates, by precedence, and what follows an operand: casts, subscripts.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {
namespace {

// PostgreSQL's precedence, lowest first. All operators without a place of their own bind alike.
enum Precedence : int {
  kLowest,
  kAnyOperator,
  kSum,
  kProduct,
  kPower,
  kAtTimeZone,
  kCollation,
  kSign
};

Precedence infix_precedence(std::string_view op) {
  if (op.size() != 1) return kAnyOperator;
  switch (op[0]) {
    case '+':
    case '-':
      return kSum;
    case '*':
    case '/':
    case '%':
      return kProduct;
    case '^':
      return kPower;
    default:
      return kAnyOperator;
  }
}

}  // namespace

// A flat list of operands and operators on its way to a tree: two stacks, no recursion.
struct Builder::Operators {
  struct Pending {
    Precedence precedence;
    bool prefix;
    std::string_view text;
    TokenIndex token;
  };
  std::vector<Expr*> operands;
  std::vector<Pending> pending;
};

void Builder::reduce(Operators& stack, int precedence) {
  while (!stack.pending.empty() && stack.pending.back().precedence >= precedence) {
    const Operators::Pending op = stack.pending.back();
    stack.pending.pop_back();
    Expr* right = stack.operands.back();
    stack.operands.pop_back();
    Expr* left = nullptr;
    if (!op.prefix) {
      left = stack.operands.back();
      stack.operands.pop_back();
    }
    const TokenIndex begin = op.prefix ? op.token : left->range.first;
    std::vector<Expr*> children;
    if (left != nullptr) children.push_back(left);
    children.push_back(right);
    Expr* out = node(Expr::Kind::kOperator, {begin, right->range.end}, children);
    out->op = op.text;
    stack.operands.push_back(out);
  }
}

void Builder::add_operand(Operators& stack, Tree::OperandContext& context) {
  for (auto* prefix : context.prefixOperator()) {
    const std::string_view text = operator_text(*prefix);
    const bool sign = text == "-" || text == "+";
    stack.pending.push_back({sign ? kSign : kAnyOperator, true, text, first(*prefix)});
  }
  Expr* out = primary(*context.primary());
  bool in_type = false;
  for (auto* part : context.postfix()) {
    in_type = in_type && storage_.word(first(*part)) == "[";
    if (in_type) {
      array_bound(*out, *part);
    } else {
      out = postfix(out, *part);
      in_type = part->scalarType() != nullptr;
    }
  }
  stack.operands.push_back(out);
}

// An operator's text; OPERATOR(schema.+) as it is written, without spaces.
std::string_view Builder::operator_text(const Context& context) {
  const TokenRange tokens = range(context);
  return tokens.end - tokens.first == 1 ? storage_.word(tokens.first) : type_text(tokens);
}

Expr* Builder::operand(Tree::OperandContext& context) {
  Operators stack;
  add_operand(stack, context);
  reduce(stack, kLowest);
  return stack.operands.back();
}

Expr* Builder::bounded(Tree::BoundedContext& context) {
  const auto tails = context.boundedTail();
  if (tails.empty()) return operand(*context.operand());
  Operators stack;
  add_operand(stack, *context.operand());
  for (auto* tail : tails) bounded_tail(stack, *tail);
  reduce(stack, kLowest);
  return stack.operands.back();
}

void Builder::bounded_tail(Operators& stack, Tree::BoundedTailContext& context) {
  if (auto* collation = context.collateTail()) {
    reduce(stack, kCollation);
    Expr*& top = stack.operands.back();
    Expr* out = node(Expr::Kind::kCollate, {top->range.first, end(context)}, {top});
    out->collation = qualified(*collation->qualifiedName()).name;
    top = out;
    return;
  }
  auto* infix = context.infixOperator();
  const std::string_view text = infix != nullptr ? operator_text(*infix) : "at time zone";
  const Precedence precedence = infix != nullptr ? infix_precedence(text) : kAtTimeZone;
  reduce(stack, precedence);
  if (auto* right = context.quantified()) {
    Expr*& top = stack.operands.back();
    top = quantified(top, text, *right);
    return;
  }
  stack.pending.push_back({precedence, false, text, first(context)});
  add_operand(stack, *context.operand());
}

// A subscript, a cast, or a field of a row.
Expr* Builder::postfix(Expr* base, Tree::PostfixContext& context) {
  const TokenRange range{base->range.first, end(context)};
  if (context.scalarType() != nullptr) {
    Expr* out = node(Expr::Kind::kCast, range, {base});
    out->type = type_text(Builder::range(*context.scalarType()));
    return out;
  }
  std::vector<Expr*> children{base};
  for (auto* part : context.expr()) children.push_back(expr(*part));
  return node(Expr::Kind::kOther, range, children);
}

// x::int[] and x::int[3] go on with the type.
void Builder::array_bound(Expr& cast, const Context& context) {
  cast.type = keep_text(std::string(cast.type).append(type_text(range(context))));
  cast.range.end = end(context);
}

}  // namespace tessera::parser::antlr
