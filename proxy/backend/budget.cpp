#include "proxy/backend/budget.h"

#include "proxy/backend/pool.h"

namespace tessera::backend {
namespace {

bool take_one(std::atomic<std::uint32_t>& count) {
  std::uint32_t left = count.load();
  while (left > 0) {
    if (count.compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

}  // namespace

bool Budget::take() { return take_one(left_); }

bool Budget::take_reserve() {
  if (!take_one(reserve_left_)) return false;
  reserved_.fetch_add(1);
  return true;
}

// Which connection was the reserve's is of no importance: the first that closes.
void Budget::give_back() {
  if (take_one(reserved_)) {
    reserve_left_.fetch_add(1);
  } else {
    left_.fetch_add(1);
  }
}

void Budget::add(Pool& pool) {
  const std::lock_guard lock(mutex_);
  pools_.push_back(&pool);
}

void Budget::remove(Pool& pool) {
  const std::lock_guard lock(mutex_);
  std::erase(pools_, &pool);
}

// Sequentially consistent, as take() and give_back() are: of one who begins to wait and one who
// gives back at the same moment, at least one sees the other.
void Budget::note_waiting(std::atomic<WaitingSince>& noted, WaitingSince since) {
  const WaitingSince before = noted.exchange(since);
  if (before == kNobodyWaits && since != kNobodyWaits) waiting_.fetch_add(1);
  if (before != kNobodyWaits && since == kNobodyWaits) waiting_.fetch_sub(1);
}

Pool* Budget::longest_waiting(const Pool* except, const ServerConn* conn) const {
  Pool* found = nullptr;
  WaitingSince oldest = kNobodyWaits;
  for (Pool* pool : pools_) {
    const WaitingSince since = pool->waiting_since();
    if (pool == except || since >= oldest) continue;
    if (conn != nullptr && !pool->may_lend(*conn)) continue;
    found = pool;
    oldest = since;
  }
  return found;
}

bool Budget::is_next(const Pool& pool) {
  if (waiting() <= 1) return true;
  const std::lock_guard lock(mutex_);
  const Pool* next = longest_waiting(nullptr);
  return next == nullptr || next->waiting_since() >= pool.waiting_since();
}

Budget::Passed Budget::pass_on(Pool& giving, std::shared_ptr<ServerConn>& conn) {
  const std::lock_guard lock(mutex_);
  Pool* next = longest_waiting(&giving);
  if (next != nullptr && !next->may_lend(*conn)) {
    const bool longer = next->waiting_since() < giving.waiting_since();
    if (longer && left_.load() == 0) return Passed::kMustClose;
    // It has room to open one of its own.
    next = longest_waiting(&giving, conn.get());
  }
  if (next == nullptr || next->waiting_since() >= giving.waiting_since()) return Passed::kNo;
  next->accept_from_afar(std::move(conn));
  return Passed::kMoved;
}

void Budget::wake_next(Pool* asking) {
  if (waiting() == 0) return;
  const std::lock_guard lock(mutex_);
  Pool* next = longest_waiting(nullptr);
  if (next == nullptr) return;
  if (next == asking) return next->wake_first();
  next->wake_from_afar();
}

void Budget::ask_others(const Pool& asking) {
  const std::lock_guard lock(mutex_);
  for (Pool* pool : pools_) {
    if (pool != &asking) pool->share_from_afar();
  }
}

}  // namespace tessera::backend
