#pragma once
// Working with the statement's tokens and with pieces of its text.

#include <set>
#include <string>
#include <vector>

#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Constants whose values decide the plan.
using Pins = std::set<std::uint32_t>;

[[nodiscard]] Piece text_piece(std::string text);
[[nodiscard]] Piece copy_piece(parser::TokenRange range);

// `range` without parentheses around all of it.
[[nodiscard]] parser::TokenRange without_parentheses(const Query& query, parser::TokenRange range);

[[nodiscard]] std::string_view token_text(const Query& query, parser::TokenIndex token);
// Is `name` one of the identifiers in `range`?
[[nodiscard]] bool mentions(const Query& query, parser::TokenRange range, std::string_view name);

// Does `expr` stand for all columns of a row: *, t.* or (row).*?
[[nodiscard]] bool is_expanded(const Query& query, const parser::Expr& expr);

// Do two expressions of one level say the same? What they share but for constants is only the same
// while the constants are, so those are added to `pins`.
[[nodiscard]] bool same_expr(const Query& query, LevelId level, const parser::Expr& a,
                             const parser::Expr& b, Pins& pins);

// Adds the constants of type modifiers, as in numeric(10,2): the description of rows says them.
void pin_type_modifiers(const Query& query, Pins& pins);

// The value of an integer constant.
[[nodiscard]] std::optional<std::uint64_t> integer_of(const Query& query, const parser::Expr& expr);

// By position: insertions first, outer edits before those inside them.
void sort_edits(Edits& edits);

}  // namespace tessera::plan
