#pragma once
// Putting together the rows of a SELECT that runs on several nodes.

#include "base/result.h"
#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// Gather, Finish, or the Error that says why neither is right. The SELECT of `level` can be spread.
[[nodiscard]] Scatter select_scatter(const Query& query, LevelId level, Pins& pins);

// Are the rows of INSERT's source those that the nodes give one by one, so that each node can store
// its own?
[[nodiscard]] Status source_stays_local(const Query& query, LevelId level, Pins& pins);

}  // namespace tessera::plan
