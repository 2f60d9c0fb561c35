#include "base/socket_move.h"

#include <unistd.h>

#include <utility>

namespace tessera {

SocketMove::~SocketMove() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

boost::system::error_code SocketMove::leave(Socket& socket, const Executor& executor) {
  boost::system::error_code error;
  const auto local = socket.local_endpoint(error);
  if (error) return error;
  const int released = socket.release(error);
  if (error) return error;
  protocol_ = local.protocol();
  descriptor_ = released;
  socket = Socket(executor);
  return error;
}

boost::system::error_code SocketMove::arrive(Socket& socket) {
  boost::system::error_code error;
  socket.assign(protocol_, descriptor_, error);
  if (!error) descriptor_ = -1;
  return error;
}

}  // namespace tessera
