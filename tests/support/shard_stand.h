#pragma once
// A ShardStand: fake shards ds_0, ds_1 ... , one journal of what they were asked, and the Backends
// that lead to them. Whatever holds leases is declared behind it.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/backend/backends.h"
#include "tests/support/fake_shard.h"
#include "tests/support/run_task.h"

namespace tessera::test {

class ShardStand {
 public:
  // One shard for each of `answers`. A second connection to a shard is refused as long as the one
  // that the pool allows has not come back: what leaks is seen.
  explicit ShardStand(std::vector<Answers> answers, const rules::RuleSet& rules = {})
      : shards_(make_shards(std::move(answers), journal)),
        rules_(make_rules(rules, shards_)),
        endpoints_(*rules_),
        backends(context.get_executor(), rules_, endpoints_) {}

  [[nodiscard]] FakeShard& shard(std::size_t index) { return *shards_[index]; }
  [[nodiscard]] const std::shared_ptr<const rules::RuleSet>& rules() const { return rules_; }
  // Whether nobody holds a connection to the shard: one can be had.
  [[nodiscard]] bool is_free(rules::ShardIndex shard) {
    backend::Side side = backend::Side::kPrimary;
    const Deadline soon = Clock::now() + std::chrono::milliseconds(100);
    return run(context, backends.lease(shard, side, soon)).has_value();
  }

  Journal journal;
  asio::io_context context;

 private:
  using Shards = std::vector<std::unique_ptr<FakeShard>>;

  static Shards make_shards(std::vector<Answers> answers, Journal& journal) {
    Shards shards;
    for (Answers& each : answers) {
      const std::string name = "ds_" + std::to_string(shards.size());
      shards.push_back(std::make_unique<FakeShard>(name, journal, std::move(each)));
    }
    return shards;
  }

  static std::shared_ptr<const rules::RuleSet> make_rules(const rules::RuleSet& base,
                                                          const Shards& shards) {
    auto rules = std::make_shared<rules::RuleSet>(base);
    rules->shards.clear();
    for (const auto& shard : shards) {
      rules::DataSource source;
      source.name = shard->name();
      source.host = "127.0.0.1";
      source.port = shard->port();
      source.username = "shop";
      source.pool_max = 1;
      rules->shards.push_back({.name = shard->name(), .primary = std::move(source)});
    }
    return rules;
  }

  Shards shards_;
  std::shared_ptr<const rules::RuleSet> rules_;
  backend::Endpoints endpoints_;

 public:
  backend::Backends backends;
};

}  // namespace tessera::test
