#pragma once
// A Pool lends out connections to one PostgreSQL endpoint, each to one borrower at a time.
//
// Every thread has its own pools, so nothing here locks. What threads share is the Budget: the
// right to have one more connection open. Waiters are served in the order they came.

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "proxy/backend/server_conn.h"

namespace tessera::backend {

class Pool;

// How many connections all threads together may have to one endpoint.
class Budget {
 public:
  explicit Budget(std::uint32_t connections_max) : left_(connections_max) {}
  [[nodiscard]] bool take();
  void give_back();
  // A thread that found the budget used up leaves its wish here; threads with idle connections
  // look.
  std::atomic<std::uint32_t> wanted{0};

 private:
  std::atomic<std::uint32_t> left_;
};

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

struct PoolOptions {
  std::uint32_t waiters_max = 100'000;
  bool primary = true;  // connections to a server in recovery are refused
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
  // Lends a connection that is in no transaction.
  // Errors: 53300 too many waiters; 57014 `deadline` passed while waiting for one; 08001 and what
  // ServerConn::connect gives.
  Task<Result<Lease>> lease(Deadline deadline);

  // Closes idle connections that are too old, were idle too long, or whose server went away. About
  // once a second.
  void sweep();
  // Closes an idle connection when another thread wants one and the budget is used up. Some twenty
  // times a second.
  void share_idle();
  void close_idle();

  [[nodiscard]] const rules::DataSource& source() const { return source_; }
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

 private:
  friend class Lease;
  struct Waiter;

  void take_back(std::shared_ptr<ServerConn> conn);
  void drop(std::shared_ptr<ServerConn> conn);
  [[nodiscard]] std::shared_ptr<ServerConn> take_idle();
  Task<Result<Lease>> open(Deadline deadline);
  Task<Result<Lease>> wait_for_one(Deadline deadline);
  [[nodiscard]] bool expired(const ServerConn& conn) const;
  void wake_one();

  const Executor executor_;
  const rules::DataSource source_;
  const PoolOptions options_;
  Budget& budget_;
  std::vector<std::shared_ptr<ServerConn>> idle_;  // most recently used last
  std::deque<Waiter*> waiters_;                    // each lives in its waiting coroutine
};

}  // namespace tessera::backend
