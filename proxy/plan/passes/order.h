#pragma once
// ORDER BY, LIMIT and OFFSET of a SELECT whose rows come from several nodes.

#include <optional>

#include "base/result.h"
#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// What one item of ORDER BY or GROUP BY means. SQL allows an output column's place or name there.
struct SortTarget {
  const parser::Expr* expr = nullptr;   // the expression, of the select list if `item` is set
  std::optional<std::size_t> item;      // the output column it names
  std::optional<ColumnId> star_column;  // it names a column that * stands for; `expr` is null then
};

// The columns of one output item: an expression of the select list, or a column that a star stands
// for.
struct Output {
  std::optional<std::size_t> item;
  std::optional<ColumnId> star_column;
};

// The select list with its stars spread out; absent: a star over columns that are not known.
[[nodiscard]] std::optional<std::vector<Output>> outputs(const Query& query, LevelId level);

// `grouping`: names of input columns come before output names, as in GROUP BY.
// Errors: 42P10 a place outside the select list; 0A000 a name or place that cannot be followed.
[[nodiscard]] Result<SortTarget> sort_target(const Query& query, LevelId level,
                                             const parser::Expr& expr, bool grouping, Pins& pins);

// Does a merge by bytes agree with PostgreSQL's order of `expr`, if its type is collatable?
[[nodiscard]] bool is_bytewise(const Query& query, LevelId level, const parser::Expr& expr);

// Adds to `gather` what its rows must be merged by: a hidden copy of each sort expression, and its
// key.
[[nodiscard]] Status add_sort_keys(const Query& query, LevelId level, Gather& gather, Pins& pins);

// Moves LIMIT and OFFSET to the proxy; the nodes give as many rows as can be needed.
[[nodiscard]] Status add_window(const Query& query, LevelId level, Gather& gather);

// How `relation` is qualified in its statement, quoted.
[[nodiscard]] std::string qualified_column(const Query& query, const ColumnId& column);

}  // namespace tessera::plan
