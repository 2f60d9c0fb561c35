#include "proxy/backend/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/coarse_clock.h"

namespace tessera::backend {
namespace {

// How long a connection may have been idle before one system call checks that its server is still
// there.
constexpr std::chrono::milliseconds kTrustIdle{100};
// How often a waiter looks whether another thread has freed the budget.
constexpr std::chrono::milliseconds kBudgetPoll{5};

}  // namespace

bool Budget::take() {
  std::uint32_t left = left_.load(std::memory_order_relaxed);
  while (left > 0) {
    if (left_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

void Budget::give_back() { left_.fetch_add(1, std::memory_order_relaxed); }

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), conn_(std::move(other.conn_)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  release();
  pool_ = std::exchange(other.pool_, nullptr);
  conn_ = std::move(other.conn_);
  return *this;
}

Lease::~Lease() { release(); }

void Lease::release() {
  if (!conn_) return;
  pool_->take_back(std::move(conn_));
  conn_ = nullptr;
}

struct Pool::Waiter {
  explicit Waiter(Executor executor) : timer(executor) {}
  Timer timer;
  std::shared_ptr<ServerConn> conn;  // given by whoever came back
};

Pool::Pool(Executor executor, rules::DataSource source, PoolOptions options, Budget& budget)
    : executor_(std::move(executor)),
      source_(std::move(source)),
      options_(options),
      budget_(budget) {}

Pool::~Pool() { close_idle(); }

Lease Pool::try_lease() {
  if (!waiters_.empty()) return {};
  auto conn = take_idle();
  if (!conn) return {};
  return Lease(this, std::move(conn));
}

Task<Result<Lease>> Pool::lease(Deadline deadline) {
  auto idle = try_lease();
  if (idle) co_return idle;
  if (waiters_.empty() && budget_.take()) {
    auto opened = co_await open(deadline);
    co_return opened;
  }
  auto waited = co_await wait_for_one(deadline);
  co_return waited;
}

std::shared_ptr<ServerConn> Pool::take_idle() {
  while (!idle_.empty()) {
    auto conn = std::move(idle_.back());
    idle_.pop_back();
    const bool trusted = coarse_now() - conn->idle_since < kTrustIdle;
    if (trusted || !conn->stale()) return conn;
    drop(std::move(conn));
  }
  return nullptr;
}

// The caller has taken one unit of the budget.
Task<Result<Lease>> Pool::open(Deadline deadline) {
  const Deadline patience = std::min(deadline, Clock::now() + source_.connect_timeout);
  auto conn = co_await ServerConn::connect(executor_, source_, patience);
  if (conn && options_.primary && (*conn)->in_hot_standby()) {
    // HAProxy may lead to an old primary for a moment after a failover.
    conn = Error{.sqlstate = "57P03",
                 .message = fmt::format("data source \"{}\" leads to a server that is read-only",
                                        source_.name),
                 .hint = "Its shard has no primary at the moment.",
                 .retry = Retry::kElsewhere};
  }
  if (!conn) {
    budget_.give_back();
    wake_one();
    co_return conn.error();
  }
  co_return Lease(this, std::move(*conn));
}

Task<Result<Lease>> Pool::wait_for_one(Deadline deadline) {
  if (waiters_.size() >= options_.waiters_max) {
    co_return Error{
        .sqlstate = "53300",
        .message = fmt::format("too many statements wait for data source \"{}\"", source_.name),
        .hint = "Raise maxPoolSize of the data source or send fewer statements at once."};
  }
  Waiter waiter(executor_);
  waiters_.push_back(&waiter);
  while (Clock::now() < deadline) {
    budget_.wanted.store(1, std::memory_order_relaxed);
    waiter.timer.expires_at(std::min(deadline, Clock::now() + kBudgetPoll));
    boost::system::error_code woken;
    co_await waiter.timer.async_wait(into(woken));
    if (waiter.conn) {
      // Served from here: an idle connection need not close for it. Another thread that waits asks
      // again in a moment.
      budget_.wanted.store(0, std::memory_order_relaxed);
      co_return Lease(this, std::move(waiter.conn));
    }
    if (waiters_.front() == &waiter && budget_.take()) {
      budget_.wanted.store(0, std::memory_order_relaxed);
      waiters_.pop_front();
      auto opened = co_await open(deadline);
      co_return opened;
    }
  }
  std::erase(waiters_, &waiter);
  // Nothing need be closed for one who has gone; whoever still waits asks again in a moment.
  budget_.wanted.store(0, std::memory_order_relaxed);
  co_return Error{.sqlstate = "57014",
                  .message = fmt::format(
                      "timeout while waiting for a connection to data source \"{}\"", source_.name),
                  .hint = "All connections that maxPoolSize allows are in use."};
}

void Pool::take_back(std::shared_ptr<ServerConn> conn) {
  if (!conn->clean() || expired(*conn)) return drop(std::move(conn));
  if (!waiters_.empty()) {
    Waiter* waiter = waiters_.front();
    waiters_.pop_front();
    waiter->conn = std::move(conn);
    waiter->timer.cancel();
    return;
  }
  if (budget_.wanted.exchange(0, std::memory_order_relaxed) != 0) return drop(std::move(conn));
  conn->idle_since = coarse_now();
  idle_.push_back(std::move(conn));
}

void Pool::drop(std::shared_ptr<ServerConn> conn) {
  // Others may hold it for a moment: a cancel request that is under way.
  conn->close();
  conn.reset();
  budget_.give_back();
  wake_one();
}

void Pool::wake_one() {
  if (!waiters_.empty()) waiters_.front()->timer.cancel();
}

bool Pool::expired(const ServerConn& conn) const {
  return source_.lifetime_max.count() > 0 && coarse_now() - conn.created_at > source_.lifetime_max;
}

void Pool::share_idle() {
  if (budget_.wanted.load(std::memory_order_relaxed) != 0 && waiters_.empty() && !idle_.empty()) {
    budget_.wanted.store(0, std::memory_order_relaxed);
    auto conn = std::move(idle_.front());
    idle_.erase(idle_.begin());
    drop(std::move(conn));
  }
}

void Pool::sweep() {
  const auto now = Clock::now();
  for (std::size_t i = 0; i < idle_.size();) {
    ServerConn& conn = *idle_[i];
    const bool surplus = idle_.size() > source_.pool_min && source_.idle_timeout.count() > 0 &&
                         now - conn.idle_since > source_.idle_timeout;
    if (!surplus && !expired(conn) && !conn.stale()) {
      ++i;
      continue;
    }
    auto gone = std::move(idle_[i]);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
    drop(std::move(gone));
  }
}

void Pool::close_idle() {
  while (!idle_.empty()) {
    auto conn = std::move(idle_.back());
    idle_.pop_back();
    drop(std::move(conn));
  }
}

}  // namespace tessera::backend
