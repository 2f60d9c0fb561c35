#pragma once
// Backends: one thread's pools to every shard of one logical database, primaries and replicas.

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

class Backends {
 public:
  // `endpoints` outlives this.
  Backends(Executor executor, std::shared_ptr<const rules::RuleSet> rules, Endpoints& endpoints);

  // Lends a connection that is idle now; none if there is none.
  [[nodiscard]] Lease try_lease(rules::ShardIndex shard, Side side);
  // Lends a connection to a shard. A replica that cannot be reached is stepped over; when none can,
  // the primary serves the read and `side` says so afterwards. Errors: those of Pool::lease.
  Task<Result<Lease>> lease(rules::ShardIndex shard, Side& side, Deadline deadline);

  // Of the shard's primary: this very connection if it is idle, and any that no session keeps.
  [[nodiscard]] Lease try_lease(rules::ShardIndex shard, const ServerConn* wanted) {
    return shards_[shard].primary->try_lease(wanted);
  }
  [[nodiscard]] std::shared_ptr<ServerConn> any_shared(rules::ShardIndex shard) {
    return shards_[shard].primary->any_shared();
  }

  [[nodiscard]] bool has_replicas(rules::ShardIndex shard) const;
  [[nodiscard]] bool has_replicas() const { return has_replicas_; }
  [[nodiscard]] const rules::RuleSet& rules() const { return *rules_; }
  [[nodiscard]] Endpoints& endpoints() { return endpoints_; }

  // Housekeeping until stop().
  Task<> run();
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  struct ShardPools {
    std::unique_ptr<Pool> primary;
    std::vector<std::unique_ptr<Pool>> replicas;
    std::size_t next_replica = 0;
  };

  void for_each_pool(void (Pool::*act)());

  std::shared_ptr<const rules::RuleSet> rules_;
  Endpoints& endpoints_;
  std::vector<ShardPools> shards_;
  bool has_replicas_ = false;
  Timer timer_;
  bool stopped_ = false;
};

}  // namespace tessera::backend
