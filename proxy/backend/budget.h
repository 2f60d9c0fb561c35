#pragma once
// The Budget: how many connections all threads together may have to one endpoint, and who is next
// when that is used up.
//
// Every thread has pools of its own, for each role. Where some wait and others have connections to
// give, the connection itself moves to the thread of who has waited longest; where that is a pool
// of another role it is closed, and makes room for one of that role. Nothing here locks as long as
// nobody waits.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tessera::backend {

class Pool;
class ServerConn;

// When the first waiter of a pool came, in nanoseconds of the monotonic clock.
using WaitingSince = std::int64_t;
inline constexpr WaitingSince kNobodyWaits = INT64_MAX;

class Budget {
 public:
  // `reserve_max`: so many more for those who have waited for `reserve_after`.
  explicit Budget(std::uint32_t connections_max, std::uint32_t reserve_max = 0,
                  std::chrono::milliseconds reserve_after = {})
      : left_(connections_max), reserve_left_(reserve_max), reserve_after_(reserve_after) {}

  enum class Passed : std::uint8_t { kNo, kMoved, kMustClose };

  // The right to open a connection. give_back() when it is closed.
  [[nodiscard]] bool take();
  [[nodiscard]] bool take_reserve();
  void give_back();
  [[nodiscard]] bool has_room() const { return left_.load(std::memory_order_relaxed) > 0; }
  // More are open than the pool's size: one that nobody waits for is closed.
  [[nodiscard]] bool over() const { return reserved_.load(std::memory_order_relaxed) > 0; }
  [[nodiscard]] bool has_reserve() const {
    return reserve_left_.load(std::memory_order_relaxed) > 0;
  }
  [[nodiscard]] std::chrono::milliseconds reserve_after() const { return reserve_after_; }

  void add(Pool& pool);
  void remove(Pool& pool);

  // The rest is called by a pool on its own thread; the others' are reached through their threads.
  // `since`: of the pool's own first waiter.
  void note_waiting(std::atomic<WaitingSince>& noted, WaitingSince since);
  // How many pools have waiters.
  [[nodiscard]] std::uint32_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  // Nobody has waited longer than the first waiter of `pool`.
  [[nodiscard]] bool is_next(const Pool& pool);
  // Gives `conn` to the pool whose first waiter has waited longest, if that is longer than the
  // first of `giving`. kMustClose: that pool is of another role, and there is no room to open one.
  [[nodiscard]] Passed pass_on(Pool& giving, std::shared_ptr<ServerConn>& conn);
  // There is one connection less: whoever has waited longest may open one. `asking` may be null.
  void wake_next(Pool* asking);
  // Pools that have idle connections are to give them to those who wait.
  void ask_others(const Pool& asking);

 private:
  // Of those that may lend `conn`, if it is not null. Null: nobody waits. Under mutex_.
  [[nodiscard]] Pool* longest_waiting(const Pool* except, const ServerConn* conn = nullptr) const;

  std::atomic<std::uint32_t> left_;
  std::atomic<std::uint32_t> reserve_left_;
  std::atomic<std::uint32_t> reserved_{0};
  const std::chrono::milliseconds reserve_after_;
  std::atomic<std::uint32_t> waiting_{0};
  std::mutex mutex_;
  std::vector<Pool*> pools_;
};

}  // namespace tessera::backend
