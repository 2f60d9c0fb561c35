#include "proxy/backend/backends.h"

namespace tessera::backend {
namespace {

std::unique_ptr<Budget> budget_for(const rules::DataSource& source) {
  return std::make_unique<Budget>(source.pool_max, source.reserve_max, source.reserve_after);
}

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
    : executor_(std::move(executor)), rules_(std::move(rules)), endpoints_(endpoints) {
  for (const auto& shard : rules_->shards) {
    ShardPools pools{.primary = make_source(shard.primary, true)};
    for (const auto& replica : shard.replicas) {
      pools.replicas.push_back(make_source(replica, false));
    }
    has_replicas_ = has_replicas_ || !pools.replicas.empty();
    shards_.push_back(std::move(pools));
  }
}

Backends::Backends(Executor executor, Backends& common, const RolePtr& role)
    : executor_(std::move(executor)),
      rules_(common.rules_),
      endpoints_(common.endpoints_),
      role_(role),
      has_replicas_(common.has_replicas_) {
  for (std::size_t i = 0; i < common.shards_.size(); ++i) {
    const ShardPools& from = common.shards_[i];
    const rules::Shard& shard = rules_->shards[i];
    ShardPools pools{.primary = derive(from.primary, shard.primary, true)};
    for (std::size_t r = 0; r < from.replicas.size(); ++r) {
      pools.replicas.push_back(derive(from.replicas[r], shard.replicas[r], false));
    }
    shards_.push_back(std::move(pools));
  }
}

Backends::Source Backends::make_source(const rules::DataSource& source, bool primary) {
  Source made;
  if (source.username.empty()) return made;
  made.pool = std::make_shared<Pool>(executor_, source, PoolOptions{.primary = primary},
                                     endpoints_.budget(source.name));
  return made;
}

Backends::Source Backends::derive(const Source& common, const rules::DataSource& source,
                                  bool primary) {
  if (common.pool) return {.pool = common.pool, .own = false};
  rules::DataSource without_reserve = source;
  without_reserve.pool_min = 0;  // nothing is kept for a role that nobody uses
  const PoolOptions options{.primary = primary, .role = role_};
  auto pool = std::make_shared<Pool>(executor_, std::move(without_reserve), options,
                                     endpoints_.budget(source.name));
  return {.pool = std::move(pool)};
}

bool Backends::has_replicas(rules::ShardIndex shard) const {
  return !shards_[shard].replicas.empty();
}

Lease Backends::try_lease(rules::ShardIndex shard, Side side) {
  ShardPools& pools = shards_[shard];
  if (side == Side::kPrimary) return pools.primary.pool->try_lease();
  if (pools.replicas.empty()) return {};
  return pools.replicas[pools.next_replica++ % pools.replicas.size()].pool->try_lease();
}

Task<Result<Lease>> Backends::lease(rules::ShardIndex shard, Side& side, Deadline deadline,
                                    WaitingPlace* place) {
  ShardPools& pools = shards_[shard];
  if (side == Side::kReplica) {
    for (std::size_t i = 0; i < pools.replicas.size(); ++i) {
      Pool& pool = *pools.replicas[pools.next_replica++ % pools.replicas.size()].pool;
      auto lease = co_await pool.lease(deadline, place);
      if (lease || lease.error().retry != Retry::kElsewhere) co_return lease;
    }
    side = Side::kPrimary;
  }
  auto lease = co_await pools.primary.pool->lease(deadline, place);
  co_return lease;
}

void Backends::for_each_own_pool(void (Pool::*act)()) {
  const auto apply = [act](const Source& source) {
    if (source.own && source.pool) (source.pool.get()->*act)();
  };
  for (const auto& shard : shards_) {
    apply(shard.primary);
    for (const auto& replica : shard.replicas) apply(replica);
  }
}

std::size_t Backends::idle() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    if (shard.primary.own && shard.primary.pool) count += shard.primary.pool->idle();
    for (const auto& replica : shard.replicas) {
      if (replica.own && replica.pool) count += replica.pool->idle();
    }
  }
  return count;
}

}  // namespace tessera::backend
