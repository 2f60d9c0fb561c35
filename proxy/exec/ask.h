#pragma once
// Asking a server for a few values, beside the statement that they are for.

#include <optional>
#include <string>
#include <vector>

#include "proxy/exec/row_stream.h"

namespace tessera::exec {

// One column of the one row.
struct Answer {
  std::uint32_t type = 0;
  std::optional<std::string> text;  // absent: NULL
};

// The row of `spec`, a query that gives one. Of `request` its transaction, side and deadline count.
// Errors: the server's; those of Transaction::join.
Task<Result<std::vector<Answer>>> ask(Request& request, StreamSpec spec);

}  // namespace tessera::exec
