#pragma once
// Task<T>: a coroutine on one io_context. It starts when it is awaited, on its caller's stack, and
// gives its outcome without a detour through the io_context where it did not have to wait.
//
// A nested call costs half of what asio::awaitable's does, and no malloc however deep it is: a
// statement makes some twenty of them (bench/micro_task.cpp compares). A Task is awaited once,
// where it is made. Nothing but its io_context's thread touches it.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/coroutine.h"
#include "base/into.h"

namespace tessera {

template <class T>
struct TaskOutcome : CoroutineBase {
  template <class U>
  void return_value(U&& given) {
    value.emplace(std::forward<U>(given));
  }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

  std::optional<T> value;
  std::exception_ptr failure;
};

template <>
struct TaskOutcome<void> : CoroutineBase {
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }

  std::exception_ptr failure;
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : TaskOutcome<T> {
    Task get_return_object() noexcept {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    ResumeCaller final_suspend() const noexcept { return {}; }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  // A call that ends without waiting returns like any other call: a loop of them needs no deeper
  // stack.
  template <class Caller>
  bool await_suspend(std::coroutine_handle<Caller> caller) {
    promise_type& promise = handle_.promise();
    promise.caller = &caller.promise();
    handle_.resume();
    if (handle_.done()) return false;
    promise.waiting = caller;
    return true;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace tessera
