#include "proxy/backend/backends.h"

namespace tessera::backend {
namespace {

std::unique_ptr<Budget> budget_for(const rules::DataSource& source) {
  return std::make_unique<Budget>(source.pool_max, source.reserve_max, source.reserve_after);
}

constexpr std::chrono::seconds kSweepPause{1};

}  // namespace

Endpoints::Endpoints(const rules::RuleSet& rules) : fresh_through_(rules.shards.size()) {
  for (const auto& shard : rules.shards) {
    budgets_.emplace(shard.primary.name, budget_for(shard.primary));
    for (const auto& replica : shard.replicas) {
      budgets_.emplace(replica.name, budget_for(replica));
    }
  }
  for (auto& moment : fresh_through_) moment.store(Deadline::min().time_since_epoch().count());
}

Deadline Endpoints::fresh_through(rules::ShardIndex shard) const {
  return Deadline(Clock::duration(fresh_through_[shard].load(std::memory_order_acquire)));
}

void Endpoints::set_fresh_through(rules::ShardIndex shard, Deadline moment) {
  fresh_through_[shard].store(moment.time_since_epoch().count(), std::memory_order_release);
}

Backends::Backends(Executor executor, std::shared_ptr<const rules::RuleSet> rules,
                   Endpoints& endpoints)
    : rules_(std::move(rules)), endpoints_(endpoints), timer_(executor) {
  for (const auto& shard : rules_->shards) {
    ShardPools pools;
    pools.primary = std::make_unique<Pool>(executor, shard.primary, PoolOptions{.primary = true},
                                           endpoints.budget(shard.primary.name));
    for (const auto& replica : shard.replicas) {
      pools.replicas.push_back(std::make_unique<Pool>(
          executor, replica, PoolOptions{.primary = false}, endpoints.budget(replica.name)));
    }
    has_replicas_ = has_replicas_ || !pools.replicas.empty();
    shards_.push_back(std::move(pools));
  }
}

bool Backends::has_replicas(rules::ShardIndex shard) const {
  return !shards_[shard].replicas.empty();
}

Lease Backends::try_lease(rules::ShardIndex shard, Side side) {
  ShardPools& pools = shards_[shard];
  if (side == Side::kPrimary) return pools.primary->try_lease();
  if (pools.replicas.empty()) return {};
  return pools.replicas[pools.next_replica++ % pools.replicas.size()]->try_lease();
}

Task<Result<Lease>> Backends::lease(rules::ShardIndex shard, Side& side, Deadline deadline) {
  ShardPools& pools = shards_[shard];
  if (side == Side::kReplica) {
    for (std::size_t i = 0; i < pools.replicas.size(); ++i) {
      Pool& pool = *pools.replicas[pools.next_replica++ % pools.replicas.size()];
      auto lease = co_await pool.lease(deadline);
      if (lease || lease.error().retry != Retry::kElsewhere) co_return lease;
    }
    side = Side::kPrimary;
  }
  auto lease = co_await pools.primary->lease(deadline);
  co_return lease;
}

void Backends::for_each_pool(void (Pool::*act)()) {
  for (auto& shard : shards_) {
    (shard.primary.get()->*act)();
    for (auto& replica : shard.replicas) (replica.get()->*act)();
  }
}

Task<> Backends::run() {
  while (!stopped_) {
    timer_.expires_after(kSweepPause);
    boost::system::error_code woken;
    co_await timer_.async_wait(into(woken));
    for_each_pool(&Pool::sweep);
  }
  for_each_pool(&Pool::close_idle);
}

}  // namespace tessera::backend
