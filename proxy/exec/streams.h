#pragma once
// Opening the streams of a scattered statement: connections in shard order, requests to all of them
// before any reply is awaited.

#include <vector>

#include "proxy/exec/row_stream.h"

namespace tessera::exec {

using Streams = std::vector<RowStream>;

// One stream for each spec (sorted by shard). On an error nothing is left running.
// Errors: those of Transaction::join; the servers'.
Task<Result<Streams>> open_streams(Request& request, std::vector<StreamSpec> specs);

// Ends every stream, whatever state it is in. `abandon`: what still runs is cancelled, else it is
// read to its end.
Task<> close_streams(Streams& streams, bool abandon);

// What the client bound, with the parameter types that are known.
void fill_parameters(const Request& request, StreamSpec& spec);

}  // namespace tessera::exec
