#pragma once
// A blocking HTTP GET, for control threads: never from an io_context that serves clients.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace tessera::topology {

// The body of GET http://host:port`target`.
// Errors: 08006 unreachable, broken, or answered with another status than 200; 57014 `timeout`
// passed.
[[nodiscard]] Result<std::string> http_get(const std::string& host, std::uint16_t port,
                                           const std::string& target,
                                           std::chrono::milliseconds timeout);

}  // namespace tessera::topology
