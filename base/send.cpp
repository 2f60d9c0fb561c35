#include "base/send.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/write.hpp>

namespace tessera {
std::size_t send_now(Socket& socket, std::string_view bytes) {
  // Not send(), for the reason that receive_now() gives.
  const auto sent = ::syscall(SYS_sendto, socket.native_handle(), bytes.data(), bytes.size(),
                              MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

Task<boost::system::error_code> send_rest(Socket& socket, std::string_view bytes) {
  boost::system::error_code error;
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  co_await asio::async_write(socket, buffer, into(error));
  co_return error;
}

}  // namespace tessera
