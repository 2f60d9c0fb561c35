#include "base/socket.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>

namespace tessera {
namespace {

// Not recv() and send(): they are cancellation points, which costs a program with threads more than
// all the rest of the call outside the kernel.
std::optional<std::size_t> outcome(long moved, boost::system::error_code& error) {
  if (moved >= 0) return static_cast<std::size_t>(moved);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
  error.assign(errno, boost::system::system_category());
  return 0;
}

}  // namespace

std::optional<std::size_t> receive_now(int socket, std::span<char> room,
                                       boost::system::error_code& error) {
  error.clear();
  long got = 0;
  do {
    got = ::syscall(SYS_recvfrom, socket, room.data(), room.size(), MSG_DONTWAIT, nullptr, nullptr);
  } while (got < 0 && errno == EINTR);
  if (got == 0) error = boost::asio::error::eof;
  return outcome(got, error);
}

std::optional<std::size_t> send_now(int socket, std::string_view bytes,
                                    boost::system::error_code& error) {
  error.clear();
  long sent = 0;
  do {
    sent = ::syscall(SYS_sendto, socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                     nullptr, 0);
  } while (sent < 0 && errno == EINTR);
  return outcome(sent, error);
}

}  // namespace tessera
