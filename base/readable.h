#pragma once
// Receiving without a buffer that waits: who waits for bytes brings a buffer when there are some.
//
// Thousands of idle connections then have none. It takes no more system calls than
// async_read_some(), which also tries to receive before it waits.

#include <boost/asio/detail/reactor_op.hpp>
#include <optional>
#include <span>

#include "base/coroutine.h"

namespace tessera {

// Receives what is there; absent: nothing yet. `error`: the operating system's; EOF at the end.
[[nodiscard]] std::optional<std::size_t> receive_now(Socket& socket, std::span<char> room,
                                                     boost::system::error_code& error);

// `co_await Readable(socket, error)`, right after receive_now() had nothing: until there is
// something, or may be. `error` is set when the socket was closed meanwhile.
class Readable : public asio::detail::reactor_op {
 public:
  Readable(Socket& socket, boost::system::error_code& error);
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    coroutine_ = &caller.promise();
    handle_ = caller;
    begin();
  }
  void await_resume() const noexcept {}

 private:
  void begin();
  static status perform(reactor_op* base);
  static void complete(void* owner, asio::detail::scheduler_operation* base,
                       const boost::system::error_code& error, std::size_t bytes);

  Socket& socket_;
  boost::system::error_code& error_;
  bool begun_ = false;
  CoroutineBase* coroutine_ = nullptr;
  std::coroutine_handle<> handle_;
};

}  // namespace tessera
