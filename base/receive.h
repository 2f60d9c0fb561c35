#pragma once
// Receiving: the awaitable of one read of a connection. It lives in the frame of the coroutine that
// awaits it, so the read that each statement waits for costs no frame of its own.

#include <boost/asio/buffer.hpp>

#include "base/into.h"
#include "base/result.h"

namespace tessera {

// `Conn::received(bytes, error)` is told how it ended and says what co_await gives.
template <class Conn>
class [[nodiscard]] Receiving {
 public:
  Receiving(Conn& conn, Socket& socket, asio::mutable_buffer room)
      : conn_(conn), read_(socket.async_read_some(room, into(error_))) {}

  bool await_ready() const noexcept { return false; }
  template <class Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    read_.await_suspend(caller);
  }
  Status await_resume() {
    const std::size_t bytes = read_.await_resume();
    return conn_.received(bytes, error_);
  }

 private:
  using Read = decltype(std::declval<Socket&>().async_read_some(asio::mutable_buffer(),
                                                                std::declval<Into>()));

  Conn& conn_;
  boost::system::error_code error_;
  Read read_;
};

}  // namespace tessera
