#pragma once
// A Pool lends out connections to one PostgreSQL endpoint, each to one borrower at a time.
//
// All of them are connections of one role, and go to no pool of another: what a server lets one
// role see is not for those who wait for another. Every thread has its own pools, so nothing here
// locks. What threads share is the Budget: the right to have one more connection open. Waiters are
// served in the order they came; a thread serves a few of its own before one that has waited longer
// on another thread, or for another role.

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "proxy/backend/budget.h"
#include "proxy/backend/server_conn.h"

namespace tessera::backend {

// A borrowed connection. Given back when it goes out of scope: kept if it is clean, closed if not.
class Lease {
 public:
  Lease() = default;
  Lease(Pool* pool, std::shared_ptr<ServerConn> conn) : pool_(pool), conn_(std::move(conn)) {}
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();
  void release();

  explicit operator bool() const { return conn_ != nullptr; }
  ServerConn& operator*() const { return *conn_; }
  ServerConn* operator->() const { return conn_.get(); }
  [[nodiscard]] const std::shared_ptr<ServerConn>& conn() const { return conn_; }

 private:
  Pool* pool_ = nullptr;
  std::shared_ptr<ServerConn> conn_;
};

// A statement's place in the queue for a connection, by which it can be taken out of it.
class WaitingPlace {
 public:
  void give_up();

 private:
  friend class Pool;
  Timer* timer_ = nullptr;  // null: nobody waits
  bool given_up_ = false;
};

struct PoolOptions {
  std::uint32_t waiters_max = 100'000;
  bool primary = true;  // connections to a server in recovery are refused
  RolePtr role;         // null: the data source's own
};

class Pool {
 public:
  // `budget` outlives the pool; the pool outlives its leases.
  Pool(Executor executor, rules::DataSource source, PoolOptions options, Budget& budget);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Lends a connection that is idle now; none if there is none, or others wait for one.
  [[nodiscard]] Lease try_lease();
  // Lends this very connection, if it is idle now and nobody waits for one.
  [[nodiscard]] Lease try_lease(const Home& home);
  // Of the connections that no session keeps for itself the one that the fewest call home, an idle
  // one rather than one that is lent; null: there is none.
  [[nodiscard]] HomePtr find_home();
  // May a connection be opened? Not before those who wait.
  [[nodiscard]] bool has_room() const;
  // Lends a connection that is in no transaction. `place` outlives the wait; null: nobody ends it.
  // Errors: 53300 too many waiters; 57014 `deadline` passed while waiting for one, or `place` was
  // given up; 08001 and what ServerConn::connect gives.
  Task<Result<Lease>> lease(Deadline deadline, WaitingPlace* place = nullptr);
  // The same as lease(), but where there is room it opens one: what is idle is the home of others.
  Task<Result<Lease>> lease_own(Deadline deadline, WaitingPlace* place);
  // Home for a session that begins, its own if there is room: a new connection, or where many begin
  // one that an ended session has left. Waits only where this pool has none. Null: none was to be
  // had.
  Task<HomePtr> make_home(Deadline deadline);

  // Closes idle connections that are too old, were idle too long, or whose server went away. About
  // once a second.
  void sweep();
  void close_idle();

  // For the Budget, on any thread:
  [[nodiscard]] WaitingSince waiting_since() const {
    return waiting_since_.load(std::memory_order_relaxed);
  }
  // Is `conn` one of this pool's role?
  [[nodiscard]] bool may_lend(const ServerConn& conn) const;
  // Moves `conn`, which it may lend, to this pool's thread.
  void accept_from_afar(std::shared_ptr<ServerConn> conn);
  void wake_from_afar();
  void share_from_afar();
  // On its own:
  void wake_first();

  [[nodiscard]] const rules::DataSource& source() const { return source_; }
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

 private:
  friend class Lease;
  struct Waiter;

  [[nodiscard]] bool pass_on(std::shared_ptr<ServerConn>& conn);
  void take_back(std::shared_ptr<ServerConn> conn);
  void drop(std::shared_ptr<ServerConn> conn);
  [[nodiscard]] std::shared_ptr<ServerConn> take_idle();
  [[nodiscard]] std::shared_ptr<ServerConn> remove_idle(std::size_t at);
  [[nodiscard]] bool is_idle(const ServerConn& conn) const;
  Task<Result<Lease>> open(Deadline deadline);
  // Empty: there is no room.
  Task<Result<Lease>> lease_new(Deadline deadline);
  [[nodiscard]] bool may_renew();
  Task<Result<Lease>> wait_for_one(Deadline deadline, WaitingPlace& place);
  [[nodiscard]] bool expired(const ServerConn& conn) const;
  [[nodiscard]] bool may_open(Waiter& waiter);
  void note_waiting();
  [[nodiscard]] std::shared_ptr<ServerConn> stop_waiting(Waiter& waiter);
  void share_idle();
  template <class Act>
  void post_here(Act act);

  const Executor executor_;
  const rules::DataSource source_;
  const PoolOptions options_;
  const RolePtr role_;
  Budget& budget_;
  std::vector<std::shared_ptr<ServerConn>> idle_;   // most recently used last, but for homes
  std::vector<std::weak_ptr<ServerConn>> members_;  // idle and lent
  std::deque<Waiter*> waiters_;                     // each lives in its waiting coroutine
  Deadline renewed_until_;                          // connections that sessions had left
  // As of the last sweep: what is borrowed and given back asks no clock.
  Clock::time_point swept_at_ = Clock::now();
  std::uint32_t turns_ = 0;  // of ours, while others have waited longer
  std::atomic<WaitingSince> waiting_since_{kNobodyWaits};
  std::atomic<bool> asked_to_share_{false};
  // Whoever reaches this pool from another thread finds it gone when it is.
  const std::shared_ptr<Pool*> alive_ = std::make_shared<Pool*>(this);
};

}  // namespace tessera::backend
