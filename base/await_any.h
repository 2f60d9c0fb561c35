#pragma once
// Waiting for whichever of several sockets has something to say first.

#include <vector>

#include "base/task.h"

namespace tessera {

struct Watched {
  Socket* socket;
  Socket::wait_type what;
};

// Until one of them is ready, or is closed. Nothing else waits on these sockets meanwhile; they and
// `watched` outlive the wait.
Task<> await_any(const std::vector<Watched>& watched);

}  // namespace tessera
