#include "proxy/backend/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/coarse_clock.h"

namespace tessera::backend {
namespace {

// How often a connection that an ended session has left is closed for a new one, and how many of
// them at once: what logging in to a server costs must not matter.
constexpr std::chrono::milliseconds kRenewEvery{125};
constexpr int kRenewalsMax = 32;
// How many of its own a thread serves before one that has waited longer elsewhere: moving a
// connection to another thread costs some system calls.
constexpr std::uint32_t kTurnsMax = 8;

// One that is known to be dead is never lent. A system call only where nothing is known.
bool is_there(ServerConn& conn) { return conn.quiet() || !conn.stale(); }

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

Lease Pool::try_lease(const Home& home) {
  if (!waiters_.empty() || home.conn == nullptr || !is_idle(*home.conn)) return {};
  auto conn = remove_idle(home.idle_at);
  if (!is_there(*conn)) {
    drop(std::move(conn));
    return {};
  }
  conn->wake();
  return Lease(this, std::move(conn));
}

HomePtr Pool::find_home() {
  std::erase_if(members_, [](const auto& member) { return member.expired(); });
  const auto cost = [this](const ServerConn& conn) {
    return std::pair(tenants(conn.home()), !is_idle(conn));
  };
  std::shared_ptr<ServerConn> found;
  for (const auto& member : members_) {
    auto conn = member.lock();
    if (!conn || conn->tainted() || conn->broken()) continue;
    if (!found || cost(*conn) < cost(*found)) found = std::move(conn);
  }
  return found ? found->home() : nullptr;
}

bool Pool::is_idle(const ServerConn& conn) const {
  const std::size_t at = conn.home()->idle_at;
  return at < idle_.size() && idle_[at].get() == &conn;
}

// The last one takes its place.
std::shared_ptr<ServerConn> Pool::remove_idle(std::size_t at) {
  std::swap(idle_[at], idle_.back());
  idle_[at]->home()->idle_at = at;
  auto conn = std::move(idle_.back());
  idle_.pop_back();
  return conn;
}

void WaitingPlace::give_up() {
  if (timer_ == nullptr) return;
  given_up_ = true;
  timer_->cancel();
}

Task<Result<Lease>> Pool::lease(Deadline deadline, WaitingPlace* place) {
  auto idle = try_lease();
  if (idle) co_return idle;
  if (has_room() && budget_.take()) {
    auto opened = co_await open(deadline);
    co_return opened;
  }
  WaitingPlace nowhere;
  auto waited = co_await wait_for_one(deadline, place != nullptr ? *place : nowhere);
  co_return waited;
}

bool Pool::has_room() const {
  return waiters_.empty() && budget_.waiting() == 0 && budget_.has_room();
}

Task<Result<Lease>> Pool::lease_new(Deadline deadline) {
  if (!has_room() || !budget_.take()) co_return Lease();
  auto opened = co_await open(deadline);
  co_return opened;
}

Task<Result<Lease>> Pool::lease_own(Deadline deadline, WaitingPlace* place) {
  auto opened = co_await lease_new(deadline);
  // What others call home serves as well where the server takes no more connections.
  const bool over = opened ? static_cast<bool>(*opened) : idle_.empty();
  if (over) co_return opened;
  auto lent = co_await lease(deadline, place);
  co_return lent;
}

Task<HomePtr> Pool::make_home(Deadline deadline) {
  HomePtr home = find_home();
  const bool left = home && tenants(home) == 1;
  if (left && !may_renew()) co_return home;
  auto opened = co_await lease_new(deadline);
  const bool full = opened && !*opened;
  if (full && !home) opened = co_await lease(deadline);
  if (!opened || !*opened) co_return home;
  const bool over = left && tenants(home) == 1 && home->conn != nullptr && is_idle(*home->conn);
  if (over) drop(remove_idle(home->idle_at));
  co_return (*opened)->home();
}

// A session that begins gets a new server session, as it would without a proxy, where that costs
// little: where few begin.
bool Pool::may_renew() {
  if (!has_room()) return false;
  const Deadline now = coarse_now();
  const Deadline until = std::max(renewed_until_, now - kRenewalsMax * kRenewEvery) + kRenewEvery;
  if (until > now) return false;
  renewed_until_ = until;
  return true;
}

std::shared_ptr<ServerConn> Pool::take_idle() {
  while (!idle_.empty()) {
    auto conn = std::move(idle_.back());
    idle_.pop_back();
    if (is_there(*conn)) {
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
  conn->idle_since = swept_at_;
  conn->home()->idle_at = idle_.size();
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

void Pool::accept_from_afar(std::shared_ptr<ServerConn> conn) {
  conn->leave_for(executor_);
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
}

void Pool::share_from_afar() {
  if (asked_to_share_.exchange(true)) return;
  post_here([](Pool& pool) {
    pool.asked_to_share_ = false;
    pool.share_idle();
  });
}

// Those that were used least lately.
void Pool::share_idle() {
  std::size_t given = 0;
  while (given < idle_.size() && budget_.waiting() > 0 && pass_on(idle_[given])) ++given;
  if (given < idle_.size() && idle_[given]->broken()) drop(std::move(idle_[given++]));
  if (given == 0) return;
  idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(given));
  for (std::size_t i = 0; i < idle_.size(); ++i) idle_[i]->home()->idle_at = i;
}

bool Pool::expired(const ServerConn& conn) const {
  return source_.lifetime_max.count() > 0 && swept_at_ - conn.created_at > source_.lifetime_max;
}

void Pool::sweep() {
  const auto before = std::exchange(swept_at_, Clock::now());
  wake_first();
  share_idle();
  for (std::size_t i = 0; i < idle_.size();) {
    ServerConn& conn = *idle_[i];
    // It came back up to one sweep later than is noted.
    const bool surplus = idle_.size() > source_.pool_min && source_.idle_timeout.count() > 0 &&
                         before - conn.idle_since > source_.idle_timeout;
    if (!surplus && !expired(conn) && !conn.stale()) {
      // Those that were borrowed since then keep their buffers.
      if (conn.idle_since < before) conn.rest();
      ++i;
      continue;
    }
    drop(remove_idle(i));
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
