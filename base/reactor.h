#pragma once
// A Reactor tells a thread's coroutines when their connections have bytes, or room for some.
//
// It takes the place of Asio's own reactor in the scheduler of an io_context. Everything but the
// bytes of connections still waits by Asio (timers, names, connecting, what other threads post):
// Asio's epoll is one of the descriptors that this one watches, and Asio's reactor is asked when it
// has news. What is won: a wait of Asio's is an operation that is begun, queued, found under a lock
// and completed, some 500 instructions; here epoll_wait() is followed by the coroutine (see
// docs/performance.md). Edges are what it is told of (EPOLLET; epoll(7), question 9).

#include <sys/epoll.h>

#include <array>
#include <boost/asio/detail/scheduler_task.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <cstdint>

#include "base/send_batch.h"
#include "base/watch.h"

namespace boost::asio::detail {
class epoll_reactor;
class scheduler;
}  // namespace boost::asio::detail

namespace tessera {

class Reactor final : public asio::execution_context::service,
                      private asio::detail::scheduler_task {
 public:
  static asio::execution_context::id id;

  // The one of the executor's io_context; made where there is none. On that context's thread, or
  // while nobody runs it.
  static Reactor& of(const Executor& executor);

  explicit Reactor(asio::execution_context& context);
  ~Reactor() override;

 private:
  friend class Watch;
  friend class Wait;
  static constexpr std::size_t kEventsMax = 128;

  void shutdown() override;
  // What the scheduler calls when it has nothing else to run, or to see what there is between.
  void run(long usec, asio::detail::op_queue<asio::detail::scheduler_operation>& ops) override;
  void interrupt() override;

  void turn(int timeout_ms);
  void tell(Watch& watch, std::uint32_t events);
  void wake(Wait& wait, const Watch* by);
  void go_on();
  void let_go_on(Wait& wait);
  void end_soon(Wait& wait, const Watch& by);
  void forget(Wait& wait);
  void add(Watch& watch);
  void take_off(Watch& watch);
  // Will somebody else of this turn, or has he?
  [[nodiscard]] bool others_may_send() const { return next_ < size_ || !batch_.empty(); }
  void waits();
  void waits_no_more();

  asio::detail::scheduler& scheduler_;
  asio::detail::epoll_reactor& asio_;
  int epoll_ = -1;
  bool asio_has_news_ = false;
  std::size_t waiting_ = 0;
  Watch* told_ = nullptr;     // null as soon as it has left
  Watch* watches_ = nullptr;  // all
  Wait* going_on_ = nullptr;  // in the next turn
  std::array<epoll_event, kEventsMax> events_{};
  int next_ = 0;  // [next_, size_) have not been told yet
  int size_ = 0;
  SendBatch batch_;  // of this turn
};

}  // namespace tessera
