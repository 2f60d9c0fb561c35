#pragma once
// What all coroutines of the house have in common, and the names of Asio's things that they use.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <coroutine>

#include "base/frames.h"

namespace tessera {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

// What the promises of all coroutines have.
struct CoroutineBase {
  static void* operator new(std::size_t bytes) { return frames::take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    frames::give_back(frame, bytes);
  }
  std::suspend_always initial_suspend() const noexcept { return {}; }

  CoroutineBase* caller = nullptr;  // null: it is a root, made by spawn()
  std::coroutine_handle<> waiting;  // the caller, if it is suspended for this one
};

struct ResumeCaller {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    const std::coroutine_handle<> waiting = ended.promise().waiting;
    return waiting ? waiting : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

// The first coroutine of a chain: nobody awaits it, it destroys itself when it ends. Made by
// spawn(). If its io_context ends before it does, whoever holds the operation that it waits for
// destroys it, and with its frame those of all that it awaits.
struct RootBase : CoroutineBase {
  explicit RootBase(const Executor& on) : executor(on) {}

  static RootBase& of(CoroutineBase& coroutine) {
    CoroutineBase* at = &coroutine;
    while (at->caller != nullptr) at = at->caller;
    return static_cast<RootBase&>(*at);
  }

  Executor executor;
  std::coroutine_handle<> self;
};

}  // namespace tessera
