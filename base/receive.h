#pragma once
// Receiving: the awaitable of one read of a connection. It lives in the frame of the coroutine that
// awaits it, so the read that each statement waits for costs no frame of its own.

#include <boost/asio/buffer.hpp>
#include <optional>
#include <span>

#include "base/into.h"
#include "base/result.h"
#include "base/stream.h"

namespace tessera {

// `Conn::received(bytes, error)` is told how it ended and says what co_await gives.
template <class Conn>
class [[nodiscard]] Receiving {
 public:
  Receiving(Conn& conn, Stream& stream, std::span<char> room)
      : conn_(conn),
        read_(
            stream.socket().async_read_some(asio::buffer(room.data(), room.size()), into(error_))) {
    if (stream.is_tls()) tls_.emplace(stream.receive_tls(room, error_));
  }

  bool await_ready() const noexcept { return false; }
  template <class Caller>
  bool await_suspend(std::coroutine_handle<Caller> caller) {
    if (tls_) return tls_->await_suspend(caller);
    read_.await_suspend(caller);
    return true;
  }
  Status await_resume() {
    const std::size_t bytes = tls_ ? tls_->await_resume() : read_.await_resume();
    return conn_.received(bytes, error_);
  }

 private:
  using Read = decltype(std::declval<Socket&>().async_read_some(asio::mutable_buffer(),
                                                                std::declval<Into>()));

  Conn& conn_;
  boost::system::error_code error_;
  Read read_;                             // begun only where it is not TLS
  std::optional<Task<std::size_t>> tls_;  // a frame of its own, which is little beside TLS
};

}  // namespace tessera
