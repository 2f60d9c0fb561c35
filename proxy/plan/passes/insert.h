#pragma once
// What columns an INSERT leaves to their defaults, and whether those are the same everywhere.

#include <optional>

#include "base/error.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Does the default of `column` give the same value on every shard? Yes where the table is not
// known: PostgreSQL will say that it does not exist.
[[nodiscard]] bool default_is_steady(const Relation& target, std::string_view column);

// Refuses an INSERT into a broadcast table that leaves a column to a default such as now() or a
// sequence.
[[nodiscard]] std::optional<Error> refuse_unsteady_defaults(const Relation& target,
                                                            const parser::Insert& insert);

}  // namespace tessera::plan
