#include "proxy/backend/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/coarse_clock.h"

namespace tessera::backend {
namespace {

// How long a connection may have been idle before one system call checks that its server is still
// there.
constexpr std::chrono::milliseconds kTrustIdle{100};
// How many of its own a thread serves before one that has waited longer elsewhere: moving a
// connection to another thread costs some system calls.
constexpr std::uint32_t kTurnsMax = 8;

}  // namespace

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
  const Clock::time_point since = Clock::now();
  std::shared_ptr<ServerConn> conn;  // given by whoever came back
  bool opens = false;                // it has taken the right to open one
};

Pool::Pool(Executor executor, rules::DataSource source, PoolOptions options, Budget& budget)
    : executor_(std::move(executor)),
      source_(std::move(source)),
      options_(std::move(options)),
      role_(options_.role ? options_.role : role_of(source_)),
      budget_(budget) {
  budget_.add(*this);
}

Pool::~Pool() {
  budget_.remove(*this);
  close_idle();
}

Lease Pool::try_lease() {
  if (!waiters_.empty()) return {};
  auto conn = take_idle();
  if (!conn) return {};
  return Lease(this, std::move(conn));
}

Lease Pool::try_lease(const ServerConn* wanted) {
  if (!waiters_.empty() || idle_.empty()) return {};
  if (idle_.back().get() != wanted) {
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [wanted](const auto& conn) { return conn.get() == wanted; });
    if (found == idle_.end()) return {};
    std::rotate(found, std::next(found), idle_.end());
  }
  auto conn = take_idle();
  return conn ? Lease(this, std::move(conn)) : Lease();
}

std::shared_ptr<ServerConn> Pool::any_shared() {
  if (!idle_.empty()) return idle_.back();
  std::erase_if(members_, [](const auto& member) { return member.expired(); });
  for (const auto& member : members_) {
    auto conn = member.lock();
    if (conn && !conn->tainted() && !conn->broken()) return conn;
  }
  return nullptr;
}

void WaitingPlace::give_up() {
  if (timer_ == nullptr) return;
  given_up_ = true;
  timer_->cancel();
}

Task<Result<Lease>> Pool::lease(Deadline deadline, WaitingPlace* place) {
  auto idle = try_lease();
  if (idle) co_return idle;
  if (waiters_.empty() && budget_.waiting() == 0 && budget_.take()) {
    auto opened = co_await open(deadline);
    co_return opened;
  }
  WaitingPlace nowhere;
  auto waited = co_await wait_for_one(deadline, place != nullptr ? *place : nowhere);
  co_return waited;
}

std::shared_ptr<ServerConn> Pool::take_idle() {
  while (!idle_.empty()) {
    auto conn = std::move(idle_.back());
    idle_.pop_back();
    const bool trusted = coarse_now() - conn->idle_since < kTrustIdle;
    if (trusted || !conn->stale()) {
      conn->wake();
      return conn;
    }
    drop(std::move(conn));
  }
  return nullptr;
}

// The caller has taken one unit of the budget.
Task<Result<Lease>> Pool::open(Deadline deadline) {
  const Deadline patience = std::min(deadline, Clock::now() + source_.connect_timeout);
  auto conn = co_await ServerConn::connect(executor_, source_, role_, patience);
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
    budget_.wake_next(this);
    co_return conn.error();
  }
  std::erase_if(members_, [](const auto& member) { return member.expired(); });
  members_.push_back(*conn);
  co_return Lease(this, std::move(*conn));
}

Task<Result<Lease>> Pool::wait_for_one(Deadline deadline, WaitingPlace& place) {
  if (waiters_.size() >= options_.waiters_max) {
    co_return Error{
        .sqlstate = "53300",
        .message = fmt::format("too many statements wait for data source \"{}\"", source_.name),
        .hint = "Raise maxPoolSize of the data source or send fewer statements at once."};
  }
  Waiter waiter(executor_);
  place.given_up_ = false;
  place.timer_ = &waiter.timer;
  waiters_.push_back(&waiter);
  note_waiting();
  budget_.ask_others(*this);
  const Deadline reserve = waiter.since + budget_.reserve_after();
  while (!place.given_up_ && !waiter.conn && !may_open(waiter) && Clock::now() < deadline) {
    const bool reserve_later = budget_.has_reserve() && Clock::now() < reserve;
    waiter.timer.expires_at(reserve_later ? std::min(deadline, reserve) : deadline);
    boost::system::error_code woken;
    co_await waiter.timer.async_wait(into(woken));
  }
  place.timer_ = nullptr;
  const bool given = waiter.conn != nullptr;
  const bool opens = !given && waiter.opens;
  auto conn = stop_waiting(waiter);
  Lease lent(given ? this : nullptr, std::move(conn));
  if (given && !place.given_up_) co_return lent;
  // There may be room for more than one.
  budget_.wake_next(this);
  if (opens) {
    // Of the idle ones of another role only one was closed.
    if (budget_.waiting() > 0) budget_.ask_others(*this);
    auto opened = co_await open(deadline);
    co_return opened;
  }
  if (place.given_up_)
    co_return Error{.sqlstate = "57014", .message = "canceling statement due to user request"};
  co_return Error{.sqlstate = "57014",
                  .message = fmt::format(
                      "timeout while waiting for a connection to data source \"{}\"", source_.name),
                  .hint = "All connections that maxPoolSize allows are in use."};
}

// Takes the right to open a connection if it is the waiter's turn and there is one.
bool Pool::may_open(Waiter& waiter) {
  if (waiters_.front() != &waiter || !budget_.is_next(*this)) return false;
  waiter.opens = budget_.take();
  if (!waiter.opens && budget_.has_reserve() &&
      Clock::now() - waiter.since >= budget_.reserve_after()) {
    waiter.opens = budget_.take_reserve();
  }
  return waiter.opens;
}

std::shared_ptr<ServerConn> Pool::stop_waiting(Waiter& waiter) {
  const auto at = std::find(waiters_.begin(), waiters_.end(), &waiter);
  if (at != waiters_.end()) waiters_.erase(at);
  note_waiting();
  return std::move(waiter.conn);
}

void Pool::note_waiting() {
  const auto since =
      waiters_.empty()
          ? kNobodyWaits
          : std::chrono::nanoseconds(waiters_.front()->since.time_since_epoch()).count();
  if (since != waiting_since()) budget_.note_waiting(waiting_since_, since);
}

bool Pool::may_lend(const ServerConn& conn) const { return conn.role() == role_->name; }

// Gives the connection to another thread that has waited longer: then it is that thread's alone. Or
// closes it, for those who wait for one of another role. False: it stays.
bool Pool::pass_on(std::shared_ptr<ServerConn>& conn) {
  const std::weak_ptr<ServerConn> leaving = conn;
  const Budget::Passed passed = budget_.pass_on(*this, conn);
  if (passed == Budget::Passed::kMustClose) drop(std::move(conn));
  if (passed != Budget::Passed::kMoved) return passed == Budget::Passed::kMustClose;
  std::erase_if(members_, [&leaving](const auto& member) {
    return !member.owner_before(leaving) && !leaving.owner_before(member);
  });
  return true;
}

void Pool::take_back(std::shared_ptr<ServerConn> conn) {
  if (!conn->clean() || expired(*conn)) return drop(std::move(conn));
  const std::uint32_t waiting_here = waiters_.empty() ? 0 : 1;
  if (budget_.waiting() > waiting_here && (waiting_here == 0 || ++turns_ > kTurnsMax) &&
      pass_on(conn)) {
    turns_ = 0;
    return;
  }
  if (conn->broken()) return drop(std::move(conn));
  if (!waiters_.empty()) {
    Waiter* waiter = waiters_.front();
    waiters_.pop_front();
    note_waiting();
    waiter->conn = std::move(conn);
    waiter->timer.cancel();
    return;
  }
  if (budget_.over()) return drop(std::move(conn));
  conn->idle_since = coarse_now();
  idle_.push_back(std::move(conn));
}

void Pool::drop(std::shared_ptr<ServerConn> conn) {
  // Others may hold it for a moment: a cancel request that is under way.
  conn->close();
  conn.reset();
  budget_.give_back();
  budget_.wake_next(this);
}

void Pool::wake_first() {
  if (!waiters_.empty()) waiters_.front()->timer.cancel();
}

template <class Act>
void Pool::post_here(Act act) {
  asio::post(executor_, [alive = std::weak_ptr(alive_), act = std::move(act)]() mutable {
    const auto pool = alive.lock();
    if (pool) act(**pool);
  });
}

void Pool::wake_from_afar() {
  post_here([](Pool& pool) { pool.wake_first(); });
}

bool Pool::accept_from_afar(std::shared_ptr<ServerConn>& conn) {
  if (!conn->leave_for(executor_)) return false;
  const auto arrive = [alive = std::weak_ptr(alive_), &budget = budget_, conn = std::move(conn)] {
    const auto pool = alive.lock();
    conn->arrive();
    if (pool) (*pool)->members_.push_back(conn);
    if (pool) return (*pool)->take_back(conn);
    conn->close();
    budget.give_back();
    budget.wake_next(nullptr);
  };
  asio::post(executor_, arrive);
  return true;
}

void Pool::share_from_afar() {
  if (asked_to_share_.exchange(true)) return;
  post_here([](Pool& pool) {
    pool.asked_to_share_ = false;
    pool.share_idle();
  });
}

void Pool::share_idle() {
  while (!idle_.empty() && budget_.waiting() > 0) {
    auto conn = std::move(idle_.front());
    idle_.erase(idle_.begin());
    if (pass_on(conn)) continue;
    if (conn->broken()) return drop(std::move(conn));
    idle_.insert(idle_.begin(), std::move(conn));
    return;
  }
}

bool Pool::expired(const ServerConn& conn) const {
  return source_.lifetime_max.count() > 0 && coarse_now() - conn.created_at > source_.lifetime_max;
}

void Pool::sweep() {
  const auto now = Clock::now();
  wake_first();
  share_idle();
  for (std::size_t i = 0; i < idle_.size();) {
    ServerConn& conn = *idle_[i];
    const bool surplus = idle_.size() > source_.pool_min && source_.idle_timeout.count() > 0 &&
                         now - conn.idle_since > source_.idle_timeout;
    if (!surplus && !expired(conn) && !conn.stale()) {
      // Those that are borrowed all the time keep their buffers.
      if (now - conn.idle_since > kTrustIdle) conn.rest();
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
