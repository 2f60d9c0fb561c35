#pragma once
// What of a statement has to be made before it can be routed: completion.h says what that is.

#include <memory>

#include "proxy/plan/completion.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Of an INSERT: keys that the rules generate, and values of sharding columns (and of sequences)
// that PostgreSQL has to compute. Of other statements: expressions without columns that a sharding
// column is compared with. Null: nothing. Errors: 0A000 keys for the rows of a SELECT.
[[nodiscard]] Result<std::shared_ptr<const Completion>> find_blanks(
    const Query& query, const parser::Statement& statement);

}  // namespace tessera::plan
