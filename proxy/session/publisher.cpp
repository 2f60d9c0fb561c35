#include "proxy/session/publisher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "base/log.h"
#include "proxy/catalog/control_conn.h"
#include "proxy/catalog/schema_loader.h"
#include "proxy/session/session.h"
#include "rules/restart.h"
#include "topology/http_get.h"
#include "topology/membership.h"

namespace tessera::session {
namespace {

constexpr std::chrono::milliseconds kLoadTimeout{10'000};
constexpr std::chrono::milliseconds kPositionTimeout{2'000};
constexpr std::chrono::milliseconds kFollowEvery{500};
constexpr std::chrono::milliseconds kRetryEvery{3'000};
constexpr std::chrono::milliseconds kCheckTimeout{2'000};
// So long a client may wait for an error that is most likely its own.
constexpr std::chrono::seconds kNewerPatience{3};
// Clients whose statements fail make us look whether the schema has changed, but not all the time:
// looking takes this part of it at most.
constexpr std::chrono::milliseconds kCheckPause{250};
constexpr int kCheckShare = 10;
constexpr std::size_t kPositionsKept = 600;

// Where the primary's log ends now. Absent: it cannot be asked.
std::optional<topology::Lsn> primary_position(const rules::Shard& shard) {
  const auto deadline = std::chrono::steady_clock::now() + kPositionTimeout;
  auto conn = catalog::ControlConn::open(shard.primary, shard.name, deadline);
  if (!conn) return std::nullopt;
  const auto rows = conn->query(
      "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn() END", {},
      deadline);
  if (!rows || rows->size() != 1 || rows->null(0, 0)) return std::nullopt;
  const auto position = topology::lsn_from_text(rows->text(0, 0));
  if (!position) return std::nullopt;
  return *position;
}

// What every replica has replayed. Absent: one of them cannot tell, or there is none.
std::optional<topology::Lsn> replayed_by_all(const topology::Membership& membership) {
  std::optional<topology::Lsn> least;
  for (const topology::Member& member : membership.members) {
    if (member.name == membership.primary) continue;
    // A member that does not answer is not behind the replica port either: HAProxy asks the same
    // REST API. One that answers without a position might be.
    if (member.state == "unreachable" || member.state == "stopped") continue;
    if (!member.lsn) return std::nullopt;
    least = std::min(least.value_or(*member.lsn), *member.lsn);
  }
  return least;
}

}  // namespace

Publisher::Publisher(House& house) : house_(house) {}

Publisher::~Publisher() { stop(); }

std::shared_ptr<const catalog::Catalog> Publisher::first_catalog(const rules::RuleSet& rules) {
  DatabaseState& state = databases_[rules.database];
  state.rules = std::make_shared<const rules::RuleSet>(rules);
  state.positions.resize(rules.shards.size());
  auto first = std::make_shared<catalog::Catalog>();
  first->rules = state.rules;
  first->schema = std::make_shared<const catalog::Schema>();
  first->version = ++version_;
  state.catalog = first;
  static_cast<void>(reload(rules.database, state));
  return state.catalog;
}

Status Publisher::reload(const std::string& name, DatabaseState& state) {
  const auto rules = state.wanted ? state.wanted : state.rules;
  auto schema = catalog::load_schema(*rules, kLoadTimeout);
  if (!schema) {
    if (!state.away) {
      log::warn(
          "database \"{}\": a shard cannot be reached, statements to it fail until it can: {} ({})",
          name, schema.error().message, schema.error().detail);
    }
    state.away = true;
    state.complete = false;
    return schema.error();
  }
  if (state.wanted) state.reported.clear();
  state.wanted.reset();
  state.rules = rules;
  for (const catalog::Drift& drift : schema->drift) {
    if (state.reported.insert(drift.text()).second)
      log::warn("database \"{}\": {}", name, drift.text());
  }
  if (!state.complete)
    log::info("read the schema of database \"{}\": {} relations", name, schema->tables.size());
  state.marks = schema->marks;
  state.checked_at = Clock::now();
  auto next = std::make_shared<catalog::Catalog>(*state.catalog);
  next->rules = rules;
  next->schema = std::make_shared<const catalog::Schema>(std::move(*schema));
  next->version = ++version_;
  state.catalog = next;
  state.complete = true;
  state.away = false;
  return {};
}

Status Publisher::replace_rules(std::vector<rules::RuleSet> databases,
                                const std::function<Status()>& last_check) {
  std::promise<Status> taken;
  {
    const std::lock_guard lock(mutex_);
    jobs_.emplace_back([&] { taken.set_value(take_rules(std::move(databases), last_check)); });
  }
  wake_.notify_all();
  return taken.get_future().get();
}

Status Publisher::take_rules(std::vector<rules::RuleSet> databases,
                             const std::function<Status()>& last_check) {
  std::vector<const rules::RuleSet*> running;
  for (const auto& [name, state] : databases_) running.push_back(state.rules.get());
  if (Status may = rules::check_replaceable(running, databases); !may) return may;
  if (Status good = last_check(); !good) return good;
  Status taken{};
  for (rules::RuleSet& rules : databases) {
    const std::string name = rules.database;
    DatabaseState& state = databases_.at(name);
    state.wanted = std::make_shared<const rules::RuleSet>(std::move(rules));
    const Status read = reload(name, state);
    if (read) publish(name, state.catalog);
    if (!read && taken) taken = read;
  }
  return taken;
}

bool Publisher::may_check(const DatabaseState& state) {
  const auto pause = std::max<Clock::duration>(kCheckPause, state.check_took * kCheckShare);
  return Clock::now() >= state.checked_at + pause;
}

// A shard that cannot be reached leaves things as they are: whoever needs it says so.
void Publisher::check(const std::string& name, DatabaseState& state, catalog::Probe probe) {
  const Deadline began = Clock::now();
  auto marks = catalog::read_marks(*state.rules, state.marks, probe, kCheckTimeout);
  state.checked_at = Clock::now();
  state.check_took = state.checked_at - began;
  if (!marks) return;
  const bool same = catalog::same_contents(*marks, state.marks);
  if (same) state.marks = std::move(*marks);
  if (same && state.complete) return;
  log::info("database \"{}\": the schema has changed on a data source", name);
  if (reload(name, state)) publish(name, state.catalog);
}

// The schema of a database as its shards have it now.
void Publisher::follow_schema(const std::string& name, DatabaseState& state, bool retry) {
  if (!state.complete) {
    if (retry && reload(name, state)) publish(name, state.catalog);
    return;
  }
  const auto every = house_.settings.proxy.schema_check;
  const bool due = every.count() > 0 && Clock::now() >= state.checked_at + every;
  if (may_check(state) && was_touched(name)) {
    check(name, state, catalog::Probe::kThorough);
  } else if (due) {
    check(name, state, catalog::Probe::kCheap);
  }
}

// Returns when every thread has the catalog.
void Publisher::publish(const std::string& name,
                        const std::shared_ptr<const catalog::Catalog>& catalog) {
  std::vector<std::shared_ptr<std::promise<void>>> received;
  for (Worker* worker : workers_) {
    auto done = std::make_shared<std::promise<void>>();
    received.push_back(done);
    asio::post(worker->context(), [worker, name, catalog, done] {
      worker->replace_catalog(name, catalog);
      done->set_value();
    });
  }
  for (auto& done : received) {
    // A worker that has stopped will never answer.
    while (done->get_future().wait_for(std::chrono::seconds(5)) != std::future_status::ready) {
      if (stopped_) return;
      break;
    }
  }
}

void Publisher::start(std::vector<Worker*> workers) {
  workers_ = std::move(workers);
  thread_ = std::thread([this] { run(); });
}

void Publisher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Task<> Publisher::refresh(std::string database, Executor executor) {
  // A name for it: g++ 12 destroys a temporary argument of an awaited coroutine twice.
  const std::function<void()> job = [this, database] {
    DatabaseState& state = databases_.at(database);
    if (reload(database, state)) publish(database, state.catalog);
  };
  co_await do_job(job, executor);
}

Task<bool> Publisher::has_newer(std::string database, std::uint64_t version, Executor executor) {
  const auto newer = std::make_shared<std::atomic<bool>>(false);
  const std::function<void()> job = [this, database, version, newer] {
    DatabaseState& state = databases_.at(database);
    const bool current = state.complete && state.catalog->version == version;
    if (current && may_check(state)) {
      check(database, state, catalog::Probe::kThorough);
    } else if (current) {
      touch(database);
    }
    *newer = state.catalog->version != version;
  };
  co_await do_job(job, executor, kNewerPatience);
  co_return newer->load();
}

void Publisher::touch(const std::string& database) {
  const std::lock_guard lock(mutex_);
  touched_.insert(database);
}

bool Publisher::was_touched(const std::string& database) {
  const std::lock_guard lock(mutex_);
  return touched_.erase(database) > 0;
}

Task<> Publisher::do_job(std::function<void()> job, Executor executor,
                         std::chrono::seconds patience) {
  const auto timer = std::make_shared<Timer>(executor, patience);
  {
    const std::lock_guard lock(mutex_);
    jobs_.emplace_back([job, executor, timer] {
      job();
      asio::post(executor, [timer] { timer->cancel(); });
    });
  }
  wake_.notify_all();
  boost::system::error_code woken;
  co_await timer->async_wait(into(woken));
}

void Publisher::run() {
  auto next_follow = Clock::now();
  auto next_retry = Clock::now() + kRetryEvery;
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next_follow, [this] { return stopped_ || !jobs_.empty(); });
      if (stopped_) return;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job) job();
    if (Clock::now() < next_follow) continue;
    const bool retry = Clock::now() >= next_retry;
    if (retry) next_retry = Clock::now() + kRetryEvery;
    for (auto& [name, state] : databases_) {
      follow_schema(name, state, retry);
      follow_replicas(name, state);
    }
    next_follow = Clock::now() + kFollowEvery;
  }
}

void Publisher::follow_replicas(const std::string& name, DatabaseState& state) {
  for (rules::ShardIndex shard = 0; shard < state.rules->shards.size(); ++shard)
    follow_shard(name, state, shard);
}

// The primary's position now, remembered with the moment; then the latest remembered moment whose
// position every replica has replayed is how fresh replicas are known to be.
void Publisher::follow_shard(const std::string& name, DatabaseState& state,
                             rules::ShardIndex shard) {
  const rules::Shard& rules = state.rules->shards[shard];
  const auto agent = house_.settings.proxy.agents.find(rules.name);
  if (agent == house_.settings.proxy.agents.end() || rules.replicas.empty()) return;
  auto& positions = state.positions[shard];
  const Deadline asked_at = Clock::now();
  const auto position = primary_position(rules);
  if (position) positions.emplace_back(asked_at, *position);
  if (positions.size() > kPositionsKept) positions.pop_front();
  auto body = topology::http_get(agent->second.host, agent->second.port, "/membership",
                                 std::chrono::milliseconds(1000));
  if (!body) return;
  const auto membership = topology::membership_from_json(*body);
  if (!membership) return;
  const auto replayed = replayed_by_all(*membership);
  Deadline fresh = Deadline::min();
  for (const auto& [moment, where] : positions) {
    if (replayed && where <= *replayed) fresh = moment;
  }
  house_.endpoints.at(name)->set_fresh_through(shard, fresh);
}

}  // namespace tessera::session
