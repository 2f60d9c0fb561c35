#pragma once
// spawn(): starts a coroutine that nobody awaits.

#include <boost/asio/dispatch.hpp>
#include <exception>
#include <type_traits>

#include "base/task.h"

namespace tessera {

struct Root {
  struct promise_type : RootBase {
    template <class... Others>
    explicit promise_type(const Executor& on, const Others&... /*unused*/) : RootBase(on) {}
    Root get_return_object() noexcept {
      self = std::coroutine_handle<promise_type>::from_promise(*this);
      return {self};
    }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };

  std::coroutine_handle<> handle;
};

template <class Start, class OnEnd>
Root run_root(Executor /*where*/, Start start, OnEnd on_end) {
  using Value = decltype(start().await_resume());
  std::exception_ptr failure;
  if constexpr (std::is_void_v<Value>) {
    try {
      co_await start();
    } catch (...) {
      failure = std::current_exception();
    }
    on_end(failure);
  } else {
    std::optional<Value> value;
    try {
      value.emplace(co_await start());
    } catch (...) {
      failure = std::current_exception();
    }
    on_end(failure, value ? std::move(*value) : Value{});
  }
}

// Runs the Task that `start()` gives on `executor`, at once where this is its thread. `on_end` gets
// the exception that it ended by, or null, and its value if it has one. Both are kept until it
// ends. If the io_context ends first, they are destroyed with everything that the coroutine holds.
template <class Start, class OnEnd>
void spawn(const Executor& executor, Start start, OnEnd on_end) {
  class Begin {
   public:
    explicit Begin(std::coroutine_handle<> root) : root_(root) {}
    Begin(Begin&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
    Begin& operator=(Begin&&) = delete;
    ~Begin() {
      if (root_) root_.destroy();
    }
    void operator()() { std::exchange(root_, nullptr).resume(); }

   private:
    std::coroutine_handle<> root_;
  };
  asio::dispatch(executor, Begin(run_root(executor, std::move(start), std::move(on_end)).handle));
}

template <class T, class OnEnd>
void spawn(const Executor& executor, Task<T> task, OnEnd on_end) {
  spawn(
      executor, [task = std::move(task)]() mutable { return std::move(task); }, std::move(on_end));
}

}  // namespace tessera
