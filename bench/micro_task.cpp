// What a nested call of a coroutine costs, ours and Asio's, as deep as a statement goes.

#include <benchmark/benchmark.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/result.h"
#include "base/spawn.h"

namespace tessera {
namespace {

template <class T>
using AsioTask = asio::awaitable<T, Executor>;

constexpr int kDepth = 10;

template <template <class> class TaskOf, int depth>
TaskOf<Status> nested(bool fails) {
  if constexpr (depth > 0) {
    auto done = co_await nested<TaskOf, depth - 1>(fails);
    co_return done;
  } else {
    if (fails) co_return Error{.sqlstate = "XX000"};
    co_return Status{};
  }
}

template <template <class> class TaskOf>
TaskOf<Status> turn(benchmark::State& state) {
  for (auto _ : state) {
    auto done = co_await nested<TaskOf, kDepth - 1>(false);
    benchmark::DoNotOptimize(done);
  }
  co_return Status{};
}

void own_calls(benchmark::State& state) {
  asio::io_context context(1);
  spawn(
      context.get_executor(), [&state] { return turn<Task>(state); },
      [](const std::exception_ptr&, const Status&) {});
  context.run();
  state.SetItemsProcessed(state.iterations() * kDepth);
}
BENCHMARK(own_calls);

void asio_calls(benchmark::State& state) {
  asio::io_context context(1);
  asio::co_spawn(
      context, [&state] { return turn<AsioTask>(state); },
      [](const std::exception_ptr&, const Status&) {});
  context.run();
  state.SetItemsProcessed(state.iterations() * kDepth);
}
BENCHMARK(asio_calls);

}  // namespace
}  // namespace tessera
