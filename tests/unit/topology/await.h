#pragma once
// Runs coroutines to their end from a plain test.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "base/spawn.h"
#include "base/task.h"

namespace tessera::topology {

// The outcome of `task()` on `io`. A task that takes longer than a minute throws.
template <class T>
T await(asio::io_context& io, std::function<Task<T>()> task) {
  std::optional<T> out;
  spawn(io.get_executor(), std::move(task), [&](std::exception_ptr failure, T result) {
    if (failure) std::rethrow_exception(failure);
    out.emplace(std::move(result));
  });
  io.restart();
  const auto deadline = Clock::now() + std::chrono::minutes(1);
  while (!out && Clock::now() < deadline) io.run_one_until(deadline);
  if (!out) throw std::runtime_error("the task did not end");
  return std::move(*out);
}

// Runs `io` until `condition` holds; false after a minute.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + std::chrono::minutes(1);
  io.restart();
  while (!condition() && Clock::now() < deadline) {
    io.run_one_for(std::chrono::milliseconds(50));
    if (io.stopped()) io.restart();
  }
  return condition();
}

}  // namespace tessera::topology
