#pragma once
// Sending without a detour through the io_context where the socket's buffer has room, as it nearly
// always has.

#include <string_view>

#include "base/task.h"

namespace tessera {

// How much of `bytes` could be sent at once. What is wrong with the socket shows when the rest is
// sent.
[[nodiscard]] std::size_t send_now(Socket& socket, std::string_view bytes);

// Sends `bytes`, which stay where they are meanwhile, as there is room. Errors: the operating
// system's.
Task<boost::system::error_code> send_rest(Socket& socket, std::string_view bytes);

}  // namespace tessera
