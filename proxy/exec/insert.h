#pragma once
// INSERT ... VALUES of several rows, taken apart by shard.

#include <vector>

#include "proxy/exec/row_stream.h"

namespace tessera::exec {

// One statement for each target, with that target's rows in the order they were written. Parameters
// of the rows that go elsewhere are left out and the others numbered anew: PostgreSQL could not
// tell the type of one that is not used.
[[nodiscard]] std::vector<StreamSpec> insert_specs(const Request& request,
                                                   const plan::InsertSplit& insert);

}  // namespace tessera::exec
