#pragma once
// Receiving from a socket and sending to it without waiting.

#include <boost/system/error_code.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace tessera {

// Receives what is there; absent: nothing yet. `error`: the operating system's; EOF at the end.
[[nodiscard]] std::optional<std::size_t> receive_now(int socket, std::span<char> room,
                                                     boost::system::error_code& error);

// Sends what there is room for; absent: there is none. `error`: the operating system's.
[[nodiscard]] std::optional<std::size_t> send_now(int socket, std::string_view bytes,
                                                  boost::system::error_code& error);

}  // namespace tessera
