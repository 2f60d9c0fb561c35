#pragma once
// Backends: one thread's pools to every shard of one logical database, primaries and replicas, as
// sessions of one role see them.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/backend/pool.h"
#include "rules/rule_set.h"

namespace tessera::backend {

enum class Side : std::uint8_t { kPrimary, kReplica };

// What all threads share of one database's endpoints: the budgets, and since when replicas are
// fresh.
class Endpoints {
 public:
  explicit Endpoints(const rules::RuleSet& rules);
  [[nodiscard]] Budget& budget(const std::string& data_source) { return *budgets_.at(data_source); }

  // Every write that a primary acknowledged before this moment can be read on every replica behind
  // its shard's port. time_point::min(): nothing is known (no agent), so who has written reads from
  // the primary.
  [[nodiscard]] Deadline fresh_through(rules::ShardIndex shard) const;
  void set_fresh_through(rules::ShardIndex shard, Deadline moment);

 private:
  std::map<std::string, std::unique_ptr<Budget>> budgets_;
  std::vector<std::atomic<Clock::rep>> fresh_through_;
};

// The pools that the sessions of one role use. Those of data sources with a user name belong to all
// roles, those of the others to this one.
class Backends {
 public:
  // `endpoints` outlives this. The pools of all roles: data sources without a user name have none.
  Backends(Executor executor, std::shared_ptr<const rules::RuleSet> rules, Endpoints& endpoints);
  // Those of `role`. `common` outlives this.
  Backends(Executor executor, Backends& common, const RolePtr& role);

  // Lends a connection that is idle now; none if there is none.
  [[nodiscard]] Lease try_lease(rules::ShardIndex shard, Side side);
  // Lends a connection to a shard. A replica that cannot be reached is stepped over; when none can,
  // the primary serves the read and `side` says so afterwards. Errors: those of Pool::lease.
  // `place` as of Pool::lease.
  Task<Result<Lease>> lease(rules::ShardIndex shard, Side& side, Deadline deadline,
                            WaitingPlace* place = nullptr);

  // Of the shard's primary, as of Pool:
  [[nodiscard]] Lease try_lease(rules::ShardIndex shard, const Home& home) {
    return shards_[shard].primary.pool->try_lease(home);
  }
  [[nodiscard]] HomePtr find_home(rules::ShardIndex shard) {
    return shards_[shard].primary.pool->find_home();
  }
  [[nodiscard]] bool has_room(rules::ShardIndex shard) const {
    return shards_[shard].primary.pool->has_room();
  }
  Task<HomePtr> make_home(rules::ShardIndex shard, Deadline deadline) {
    return shards_[shard].primary.pool->make_home(deadline);
  }
  Task<Result<Lease>> lease_own(rules::ShardIndex shard, Deadline deadline, WaitingPlace* place) {
    return shards_[shard].primary.pool->lease_own(deadline, place);
  }

  [[nodiscard]] bool has_replicas(rules::ShardIndex shard) const;
  [[nodiscard]] bool has_replicas() const { return has_replicas_; }
  [[nodiscard]] const rules::RuleSet& rules() const { return *rules_; }
  [[nodiscard]] Endpoints& endpoints() { return endpoints_; }
  [[nodiscard]] const RolePtr& role() const { return role_; }
  [[nodiscard]] std::size_t idle() const;
  // Acts on the pools of this role alone.
  void for_each_own_pool(void (Pool::*act)());

 private:
  struct Source {
    std::shared_ptr<Pool> pool;  // null in the common ones: the data source has no user name
    bool own = true;
  };
  struct ShardPools {
    Source primary;
    std::vector<Source> replicas;
    std::size_t next_replica = 0;
  };

  [[nodiscard]] Source make_source(const rules::DataSource& source, bool primary);
  [[nodiscard]] Source derive(const Source& common, const rules::DataSource& source, bool primary);

  const Executor executor_;
  std::shared_ptr<const rules::RuleSet> rules_;
  Endpoints& endpoints_;
  const RolePtr role_;  // null: the common ones
  std::vector<ShardPools> shards_;
  bool has_replicas_ = false;
};

}  // namespace tessera::backend
