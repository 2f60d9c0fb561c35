#pragma once
// PostgreSQL's catalogs as clients are to see them: logical tables once, actual ones not at all.
//
// Catalog queries run on the default shard. There the first actual table of a logical one stands
// for it: in the FROM items of pg_class and its like it has the logical name, and so have its
// indexes and constraints; the rows of the others are left out. What is not on the default shard is
// not shown.

#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// The edits for a statement without sharded tables that runs on the default shard; none where
// nothing has two names. Constants that were read for names are added to `pins`.
[[nodiscard]] Edits logical_catalog_edits(const Query& query, Pins& pins);

}  // namespace tessera::plan
