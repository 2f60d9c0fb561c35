#include "proxy/plan/passes/tokens.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "parser/walk.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Token;
using parser::TokenIndex;
using parser::TokenKind;
using parser::TokenRange;

const std::vector<Token>& tokens_of(const Query& query) { return query.input->parsed->tokens(); }

bool is_identifier(TokenKind kind) {
  return kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier;
}

std::uint32_t constant_at(const Query& query, const Token& token) {
  const auto& constants = query.input->parsed->constants();
  const auto found = std::ranges::find(constants, token.offset, &parser::Constant::offset);
  return static_cast<std::uint32_t>(found - constants.begin());
}

// Token by token; constants are compared last, because what differs before them differs for good.
bool same_tokens(const Query& query, TokenRange a, TokenRange b, Pins& pins) {
  a = without_parentheses(query, a);
  b = without_parentheses(query, b);
  if (a.end - a.first != b.end - b.first) return false;
  bool constants_equal = true;
  Pins compared;
  for (TokenIndex at = 0; at < a.end - a.first; ++at) {
    const Token& left = tokens_of(query)[a.first + at];
    const Token& right = tokens_of(query)[b.first + at];
    const std::string_view left_text = token_text(query, a.first + at);
    const std::string_view right_text = token_text(query, b.first + at);
    if (left.kind == TokenKind::kConstant && right.kind == TokenKind::kConstant) {
      compared.insert(constant_at(query, left));
      compared.insert(constant_at(query, right));
      constants_equal = constants_equal && left_text == right_text;
    } else if (is_identifier(left.kind) && is_identifier(right.kind)) {
      if (parser::identifier_name(left_text) != parser::identifier_name(right_text)) return false;
    } else if (left.kind != right.kind || left_text != right_text) {
      return false;
    }
  }
  pins.merge(compared);
  return constants_equal;
}

bool same_column(const Query& query, LevelId level, const Expr& a, const Expr& b) {
  const auto left = query.resolve(a, level);
  const auto right = query.resolve(b, level);
  if (left && right) return *left == *right;
  return std::ranges::equal(a.parts, b.parts);
}

bool is_plain_call(const Expr& expr) {
  const Expr::Function& call = *expr.function;
  return !call.distinct && !call.star && !call.variadic && !call.within_group &&
         call.order_by.empty() && call.filter == nullptr && call.over == nullptr;
}

bool same_head(const Expr& a, const Expr& b) {
  if (a.kind == Expr::Kind::kFunction) {
    return is_plain_call(a) && is_plain_call(b) && a.function->name.name == b.function->name.name &&
           a.function->name.schema == b.function->name.schema;
  }
  return a.op == b.op && a.type == b.type && a.collation == b.collation && a.negated == b.negated &&
         a.symmetric == b.symmetric;
}

// The forms whose meaning is their head and their children.
bool is_structural(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kFunction:
      return is_plain_call(expr);
    case Expr::Kind::kCast:
      // The numbers of numeric(10,2) are constants of the statement.
      return expr.type.find('(') == std::string_view::npos;
    case Expr::Kind::kOperator:
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr:
    case Expr::Kind::kNot:
    case Expr::Kind::kCollate:
    case Expr::Kind::kIsNull:
      return true;
    default:
      return false;
  }
}

// The constants in `range` but not in `argument`.
void pin_around(const Query& query, TokenRange range, TokenRange argument, Pins& pins) {
  for (TokenIndex at = range.first; at < range.end; ++at) {
    if (at >= argument.first && at < argument.end) continue;
    const Token& token = tokens_of(query)[at];
    if (token.kind == TokenKind::kConstant) pins.insert(constant_at(query, token));
  }
}

}  // namespace

Piece text_piece(std::string text) {
  return {.kind = Piece::Kind::kText, .text = std::move(text), .range = {}, .slot = 0};
}

Piece copy_piece(TokenRange range) {
  return {.kind = Piece::Kind::kTokens, .text = {}, .range = range, .slot = 0};
}

std::string_view token_text(const Query& query, TokenIndex token) {
  const Token& found = tokens_of(query)[token];
  return query.input->parsed->text().substr(found.offset, found.length);
}

TokenRange without_parentheses(const Query& query, TokenRange range) {
  while (range.end - range.first > 2 && token_text(query, range.first) == "(" &&
         token_text(query, range.end - 1) == ")") {
    std::uint32_t depth = 0;
    for (TokenIndex at = range.first; at < range.end; ++at) {
      if (token_text(query, at) == "(") ++depth;
      if (token_text(query, at) == ")") --depth;
      if (depth == 0 && at + 1 < range.end) return range;
    }
    ++range.first;
    --range.end;
  }
  return range;
}

bool mentions(const Query& query, TokenRange range, std::string_view name) {
  for (TokenIndex at = range.first; at < range.end; ++at) {
    if (is_identifier(tokens_of(query)[at].kind) &&
        parser::identifier_name(token_text(query, at)) == name) {
      return true;
    }
  }
  return false;
}

bool is_expanded(const Query& query, const Expr& expr) {
  return expr.kind == Expr::Kind::kStar || token_text(query, expr.range.end - 1) == "*";
}

bool same_expr(const Query& query, LevelId level, const Expr& a, const Expr& b, Pins& pins) {
  if (&a == &b) return true;
  if (a.kind != b.kind) return false;
  if (a.kind == Expr::Kind::kColumn) return same_column(query, level, a, b);
  if (!is_structural(a)) return same_tokens(query, a.range, b.range, pins);
  if (!same_head(a, b) || a.children.size() != b.children.size()) return false;
  for (std::size_t at = 0; at < a.children.size(); ++at) {
    if (!same_expr(query, level, *a.children[at], *b.children[at], pins)) return false;
  }
  return true;
}

void pin_type_modifiers(const Query& query, Pins& pins) {
  parser::for_each_expr(parser::Node(query.statement), [&](const Expr& expr) {
    const bool modified =
        expr.kind == Expr::Kind::kCast && expr.type.find('(') != std::string_view::npos;
    if (modified) pin_around(query, expr.range, expr.children[0]->range, pins);
  });
}

std::optional<std::uint64_t> integer_of(const Query& query, const Expr& expr) {
  if (expr.kind != Expr::Kind::kConstant) return std::nullopt;
  const auto& constant = query.input->parsed->constants()[expr.constant];
  if (constant.kind > parser::ConstantClass::kInt8Edge) return std::nullopt;
  const std::string_view text =
      query.input->parsed->text().substr(constant.offset, constant.length);
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

void sort_edits(Edits& edits) {
  std::ranges::stable_sort(edits, [](const Edit& a, const Edit& b) {
    const auto key = [](const Edit& edit) {
      // Descending by end, but an insertion stands before everything that begins at its place.
      return std::tuple(edit.replaced.first, !edit.replaced.empty(),
                        ~std::uint64_t{0} - edit.replaced.end);
    };
    return key(a) < key(b);
  });
}

}  // namespace tessera::plan
