#pragma once
// May a statement run on several nodes, each seeing its own part of the sharded tables, so that the
// parts of the answer are disjoint and together are the whole answer?

#include <optional>

#include "base/error.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// The reason why not, whatever the statement's top (aggregates, ORDER BY, LIMIT ...) looks like:
// relations that do not meet on one node, rows that every node would repeat, values that differ
// from node to node. `spec` is the query's own.
[[nodiscard]] std::optional<Error> cannot_spread(const Query& query, const RouteSpec& spec);

// Are the rows of `column` that have one value all on one node? True for the sharding column of a
// table that no outer join makes NULL.
[[nodiscard]] bool is_sharding_column(const Query& query, const ColumnId& column);

// Do `exprs`, standing in `level`, hold all sharding columns of one table, so that rows with equal
// values of them are on one node?
[[nodiscard]] bool holds_sharding_key(const Query& query,
                                      const std::vector<const parser::Expr*>& exprs, LevelId level);

}  // namespace tessera::plan
