#pragma once
// Receiving: the awaitable of one read of a connection. It lives in the frame of the coroutine that
// awaits it, so the read that each statement waits for costs no frame of its own; and the
// connection has a buffer only as long as there is something in it.

#include <boost/asio/error.hpp>
#include <optional>

#include "base/reactor.h"
#include "base/result.h"
#include "base/stream.h"

namespace tessera {

// Reads what is there, or what comes next, perhaps nothing. Of `Conn` it needs: room() to read to,
// waits(), which may give that back, and received(bytes, error), which is told how it ended and
// says what co_await gives.
template <class Conn>
class [[nodiscard]] Receiving {
 public:
  Receiving(Conn& conn, Stream& stream) : conn_(conn), stream_(stream) {}

  bool await_ready() {
    std::optional<std::size_t> got;
    if (!stream_.known_empty()) got = stream_.receive_now(conn_.room(), error_);
    bytes_ = got.value_or(0);
    if (got) return true;
    conn_.waits();
    wait_.until_readable(stream_.watch());
    waited_ = true;
    return wait_.await_ready();
  }
  template <class Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    wait_.await_suspend(caller);
  }
  Status await_resume() {
    if (wait_.left()) error_ = boost::asio::error::operation_aborted;
    if (waited_ && !error_) bytes_ = stream_.receive_now(conn_.room(), error_).value_or(0);
    return conn_.received(bytes_, error_);
  }

 private:
  Conn& conn_;
  Stream& stream_;
  std::size_t bytes_ = 0;
  bool waited_ = false;
  boost::system::error_code error_;
  Wait wait_;
};

}  // namespace tessera
