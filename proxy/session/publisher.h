#pragma once
// The Publisher makes Catalogs and gives them to every thread. It has a thread of its own for
// everything that blocks: reading the schema over libpq, asking the agents who has replayed what.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "proxy/catalog/shard_mark.h"
#include "proxy/session/worker.h"

namespace tessera::session {

class Publisher {
 public:
  // `house` and the workers outlive the publisher's thread.
  explicit Publisher(House& house);
  ~Publisher();

  // The first catalogs, before any worker runs. A shard that cannot be reached is a warning: its
  // tables are unknown until refresh() succeeds.
  std::shared_ptr<const catalog::Catalog> first_catalog(const rules::RuleSet& rules);
  void start(std::vector<Worker*> workers);
  void stop();

  // Reads the schema of `database` anew and publishes it; returns when every thread has it. Called
  // on `executor`'s thread.
  Task<> refresh(std::string database, Executor executor);
  // Looks soon whether the schema of `database` has changed on the shards, and publishes it if so.
  void touch(const std::string& database);
  // The same now. Is there another Catalog than that of `version`? Asked too often, or where that
  // takes too long, it answers from what is known. Called on `executor`'s thread.
  Task<bool> has_newer(std::string database, std::uint64_t version, Executor executor);
  // Runs `job`, which may block, on the publisher's thread; returns when it has, or after
  // `patience`: it may run later still. Called on `executor`'s thread.
  Task<> do_job(std::function<void()> job, Executor executor,
                std::chrono::seconds patience = std::chrono::seconds(30));
  // Gives every thread the rules of `databases` instead of those that it has; `last_check` is asked
  // before the first of them. Blocks; for the server's own thread. Errors: F0000 they need a
  // restart; those of `last_check`; 08006 a shard cannot be reached: they follow when it can.
  Status replace_rules(std::vector<rules::RuleSet> databases,
                       const std::function<Status()>& last_check);
  // The version of a Catalog that somebody else makes.
  [[nodiscard]] std::uint64_t next_version() { return ++version_; }

 private:
  struct DatabaseState {
    std::shared_ptr<const rules::RuleSet> rules;
    std::shared_ptr<const rules::RuleSet> wanted;  // in their place, when the shards can be read
    std::shared_ptr<const catalog::Catalog> catalog;
    std::vector<catalog::ShardMark> marks;  // by shard, as last read
    Deadline checked_at;                    // when they were, and
    Clock::duration check_took{};           // how long that took
    bool complete = false;
    bool away = false;               // a shard cannot be reached; said once
    std::set<std::string> reported;  // what the shards do not bear out of the rules; said once
    std::vector<std::deque<std::pair<Deadline, std::uint64_t>>>
        positions;  // per shard: when the primary was where
  };

  void run();
  [[nodiscard]] bool was_touched(const std::string& database);
  [[nodiscard]] static bool may_check(const DatabaseState& state);
  void check(const std::string& name, DatabaseState& state, catalog::Probe probe);
  void follow_schema(const std::string& name, DatabaseState& state, bool retry);
  Status reload(const std::string& name, DatabaseState& state);
  Status take_rules(std::vector<rules::RuleSet> databases,
                    const std::function<Status()>& last_check);
  void publish(const std::string& name, const std::shared_ptr<const catalog::Catalog>& catalog);
  void follow_replicas(const std::string& name, DatabaseState& state);
  void follow_shard(const std::string& name, DatabaseState& state, rules::ShardIndex shard);

  House& house_;
  std::vector<Worker*> workers_;
  std::map<std::string, DatabaseState> databases_;
  std::atomic<std::uint64_t> version_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::set<std::string> touched_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace tessera::session
