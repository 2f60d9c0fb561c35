#pragma once
// A SocketMove takes a connected socket from one io_context to another.

#include <boost/system/error_code.hpp>

#include "base/coroutine.h"

namespace tessera {

class SocketMove {
 public:
  SocketMove() = default;
  // Closes what has not arrived.
  ~SocketMove();
  SocketMove(const SocketMove&) = delete;
  SocketMove& operator=(const SocketMove&) = delete;

  // On the thread that `socket` leaves; nothing is under way on it. It is of `executor` then, and
  // not open until arrive().
  [[nodiscard]] boost::system::error_code leave(Socket& socket, const Executor& executor);
  // On the thread of `executor`: the reactor there gets to know the descriptor.
  [[nodiscard]] boost::system::error_code arrive(Socket& socket);

 private:
  asio::ip::tcp protocol_ = asio::ip::tcp::v4();
  int descriptor_ = -1;
};

}  // namespace tessera
