#pragma once
// The last step of a two-step aggregation, done by PostgreSQL: partial rows are shipped to one
// shard as array parameters.

#include "proxy/exec/cursor.h"

namespace tessera::exec {

// Collects the partial rows of `partials` (binary), then opens the final statement on the first
// target. Errors: 53200 past the memory bound; 0A000 a partial column's type has no array type; the
// servers'.
Task<Result<Streams>> open_final(Request& request, const plan::Finish& finish, Streams& partials);

}  // namespace tessera::exec
