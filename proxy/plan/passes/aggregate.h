#pragma once
// Aggregates, GROUP BY and DISTINCT over several nodes: every node groups its own rows, PostgreSQL
// groups what they gave.

#include "base/result.h"
#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// Does the SELECT of `level` give a row per group and not per row?
[[nodiscard]] bool is_grouped(const Query& query, LevelId level);

// Are all rows of a group on one node? Then a node's groups are whole.
[[nodiscard]] bool has_local_groups(const Query& query, LevelId level, Pins& pins);
// The same for rows that DISTINCT or DISTINCT ON takes for equal.
[[nodiscard]] bool has_local_distinct(const Query& query, LevelId level, Pins& pins);

// The two statements of a grouped or DISTINCT select.
// Errors: 0A000 for what cannot be put together from parts.
[[nodiscard]] Result<Finish> make_finish(const Query& query, LevelId level, Pins& pins);

}  // namespace tessera::plan
