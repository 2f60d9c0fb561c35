#pragma once
// Receiving without a buffer that waits: who waits for bytes brings a buffer when there are some.
//
// Thousands of idle connections then have none. It takes fewer system calls than async_read_some(),
// which tries to receive before each wait: what the reactor has told shows when that is in vain.

#include <boost/asio/detail/reactor_op.hpp>
#include <cstdint>
#include <optional>
#include <span>

#include "base/coroutine.h"

namespace tessera {

// Receives what is there; absent: nothing yet. `error`: the operating system's; EOF at the end.
[[nodiscard]] std::optional<std::size_t> receive_now(Socket& socket, std::span<char> room,
                                                     boost::system::error_code& error);

// Whether a socket is known to have nothing to receive, so that nobody need try before it waits.
//
// A receive that leaves room has emptied the socket, and epoll tells of whatever comes after it
// (edge-triggered; epoll(7), question 9). Only an end that came together with the bytes has no edge
// of its own: the reactor is made to report ends apart (EPOLLRDHUP), as nginx does.
class Inflow {
 public:
  [[nodiscard]] bool empty() const { return empty_; }
  void received(Socket& socket, std::optional<std::size_t> bytes, std::size_t room) {
    ended_ = ended_ || bytes == 0U;
    empty_ = bytes.value_or(0) < room && !ended_;
    if (empty_ && news_ == nullptr) tell_of_ends(socket);
  }
  // A look at the socket has found nothing.
  void found_empty(Socket& socket);
  // Has nothing come, and no end, since the last edge that was waited for? Without a system call:
  // by what epoll_wait() has reported. False: it may have, or is not known.
  [[nodiscard]] bool quiet() const { return news_ != nullptr && !*news_ && !ended_; }
  // An edge: what epoll_wait() has reported last.
  void edge(std::uint32_t events);

 private:
  void tell_of_ends(Socket& socket);

  bool* news_ = nullptr;  // Asio's: there was an edge that nobody waited for. Null: no ends told
  bool empty_ = false;
  bool ended_ = false;
};

// `co_await Readable(socket, inflow, error)`, right after receive_now() had nothing, or where
// `inflow` is empty: until there is something, or may be. `error` is set when the socket was closed
// meanwhile.
class Readable : public asio::detail::reactor_op {
 public:
  Readable(Socket& socket, Inflow& inflow, boost::system::error_code& error);
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
  Inflow& inflow_;
  boost::system::error_code& error_;
  CoroutineBase* coroutine_ = nullptr;
  std::coroutine_handle<> handle_;
};

}  // namespace tessera
