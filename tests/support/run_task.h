#pragma once
// Running coroutines from a test: the test's thread turns the io_context until what it waits for
// has happened, or ten seconds have passed.

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/spawn.h"
#include "base/task.h"

namespace tessera::test {

// A task that runs on `context` whenever that is turned.
template <class T>
class Started {
 public:
  Started(asio::io_context& context, Task<T> task) : context_(context) {
    auto slot = slot_;
    spawn(context.get_executor(), std::move(task),
          [slot](const std::exception_ptr& failure, T value) {
            if (failure) std::rethrow_exception(failure);
            slot->emplace(std::move(value));
          });
  }

  [[nodiscard]] bool done() const { return slot_->has_value(); }
  // Turns the context until the task is done. One that never is ends the test program: nothing
  // after it means anything.
  T& wait() {
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    context_.restart();
    // A coroutine that goes on is no handler: run_one() would not return.
    while (!done() && Clock::now() < deadline) context_.run_one_for(std::chrono::milliseconds(1));
    if (!done()) throw std::runtime_error("a task did not end within ten seconds");
    return **slot_;
  }

 private:
  asio::io_context& context_;
  std::shared_ptr<std::optional<T>> slot_ = std::make_shared<std::optional<T>>();
};

template <class T>
T run(asio::io_context& context, Task<T> task) {
  Started<T> started(context, std::move(task));
  return std::move(started.wait());
}

// Turns the context until nothing is ready to run. It looks at its sockets though nobody waits.
inline void settle(asio::io_context& context) {
  const auto work = asio::make_work_guard(context);
  context.restart();
  // A coroutine that goes on is no handler, and it may be what another waits for.
  constexpr int kTurns = 10;
  for (int idle = 0; idle < kTurns; ++idle) {
    if (context.poll() != 0) idle = 0;
  }
}

}  // namespace tessera::test
