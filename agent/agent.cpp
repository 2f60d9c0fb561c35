#include "agent/agent.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "agent/derive.h"
#include "agent/describe.h"
#include "agent/spawn.h"
#include "base/log.h"

namespace tessera::agent {

using topology::Entry;
using topology::Membership;
using topology::Phase;

namespace {

constexpr std::chrono::seconds kLeaseTtl{5};
constexpr std::chrono::milliseconds kKeepAlive{1500};
constexpr std::chrono::seconds kSettleMax{1};
constexpr std::chrono::milliseconds kConflictPause{100};
constexpr std::chrono::seconds kForgetAfter{60};

std::int64_t milliseconds_since(Deadline begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

}  // namespace

Agent::Agent(Config config, std::string name, const Executor& executor,
             std::shared_ptr<topology::Store> store)
    : config_(std::move(config)),
      name_(std::move(name)),
      executor_(executor),
      store_(std::move(store)),
      patroni_(*store_, config_.patroni_namespace + "/" + config_.scope + "/"),
      own_(*store_, "/tessera/" + config_.cluster + "/"),
      wake_(executor),
      publish_(executor),
      changed_(executor) {}

void Agent::start() {
  const auto self = shared_from_this();
  poller_ = std::make_shared<Poller>(executor_, [weak = weak_from_this()] {
    if (const auto agent = weak.lock()) agent->wake_.notify();
  });
  spawn(executor_, "polling", [poller = poller_] { return poller->run(); });
  spawn(executor_, "following Patroni",
        [self] { return self->patroni_.run([self] { self->patroni_changed(); }); });
  spawn(executor_, "following own keys",
        [self] { return self->own_.run([self] { self->wake_.notify(); }); });
  spawn(executor_, "lease", [self] { return self->stay_alive(); });
  spawn(executor_, "publishing", [self] { return self->publish_for_ever(); });
  spawn(executor_, "settling", [self] { return self->settle_for_ever(); });
}

void Agent::note_connection() {
  if (connected() == was_connected_) return;
  was_connected_ = connected();
  wake_.notify();
  if (was_connected_) {
    log::info("shard={} etcd=reachable", config_.shard);
  } else {
    log::warn("shard={} etcd=unreachable, serving the last known membership", config_.shard);
  }
}

// Patroni's keys have a lease, so all of them vanish when etcd could not be reached for a while. A
// member is asked on for some time: it may be well, and only its key is gone.
void Agent::remember_members(EtcdView& fresh) {
  for (const auto& [name, member] : etcd_.members) {
    if (fresh.members.contains(name)) {
      gone_.erase(name);
      continue;
    }
    const auto [since, first] = gone_.try_emplace(name, Clock::now() + kForgetAfter);
    if (Clock::now() < since->second) {
      fresh.members.emplace(name, member);
    } else {
      gone_.erase(since);
    }
  }
}

void Agent::patroni_changed() {
  note_connection();
  if (!patroni_.complete()) return;
  EtcdView fresh = etcd_view(patroni_.entries());
  remember_members(fresh);
  if (fresh == etcd_) return;
  etcd_ = std::move(fresh);
  if (!news_at_) news_at_ = Clock::now();
  poller_->follow(etcd_);
  wake_.notify();
}

std::string Agent::own_key() const { return "agents/" + config_.shard + "/" + name_; }

// Keys are ordered by when they were created. An agent without a key is younger than all.
bool Agent::older_agent_lives() const {
  const Entry* own = own_.find(own_key());
  const std::string prefix = "agents/" + config_.shard + "/";
  for (auto at = own_.entries().lower_bound(prefix); at != own_.entries().end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (own == nullptr || at->second.created < own->created) return true;
  }
  return false;
}

// What etcd has: this agent's own put counts before the mirror has heard of it.
Agent::Published Agent::published() const {
  if (last_put_.modified > own_.revision()) return last_put_;
  const Entry* entry = own_.find("shards/" + config_.shard);
  if (entry == nullptr) return {};
  Published out{.membership = std::nullopt, .modified = entry->modified};
  auto membership = topology::membership_from_json(entry->value);
  if (membership) out.membership = std::move(*membership);
  return out;
}

void Agent::note_order(const Decision& decision, const Membership& derived) {
  if (std::exchange(order_, decision.order) == decision.order) return;
  if (decision.order == Order::kOtherSystem) {
    log::error(
        "shard={} refused=\"another PostgreSQL system\" system={} known={} hint=\"if this is a "
        "restore, delete the key /tessera/{}/shards/{} in etcd\"",
        config_.shard, derived.system_identifier, decision.membership.system_identifier,
        config_.cluster, config_.shard);
  } else if (decision.order == Order::kOlderTimeline) {
    log::error("shard={} refused=\"an older timeline\" primary={} timeline={} known={}",
               config_.shard, derived.primary, derived.timeline, decision.membership.timeline);
  }
}

// Decides what to serve now. The first answer waits until everything has been asked once.
void Agent::settle() {
  if (!patroni_.complete() || !own_.complete() || etcd_.system_identifier.empty()) return;
  if (!served_ && !poller_->complete()) return;
  if (!gone_.empty()) patroni_changed();
  Membership derived = derive(etcd_, poller_->view());
  derived.shard = config_.shard;
  Decision decision = decide({.published = published().membership,
                              .served = served_,
                              .follower = connected() && older_agent_lives()},
                             derived);
  note_order(decision, derived);
  poller_->set_urgent(decision.membership.phase != Phase::kSteady);
  serve(std::move(decision.membership));
  publish_.notify();
}

void Agent::serve(Membership membership) {
  const bool news = !served_ || served_->version != membership.version;
  const Deadline seen = news_at_.value_or(Clock::now());
  news_at_.reset();
  if (news) {
    std::string line = describe(membership) + " " + describe_change(served_, membership);
    line += " took_ms=" + std::to_string(milliseconds_since(seen));
    if (membership.primary.empty()) {
      if (!without_primary_) without_primary_ = seen;
    } else if (without_primary_) {
      line += " without_primary_ms=" + std::to_string(milliseconds_since(*without_primary_));
      without_primary_.reset();
    }
    log::info("{}", line);
  }
  served_ = std::move(membership);
  if (news) changed_.notify();
}

bool Agent::must_publish() const {
  if (!served_ || !connected() || own_.find(own_key()) == nullptr) return false;
  const Published known = published();
  return !known.membership || known.membership->version < served_->version;
}

Task<Status> Agent::publish() {
  const std::string leader = config_.patroni_namespace + "/" + config_.scope + "/leader";
  const std::string key = "/tessera/" + config_.cluster + "/shards/" + config_.shard;
  Membership membership = *served_;
  topology::Put put{.key = key,
                    .value = to_json(membership),
                    .lease = 0,
                    .expected = {{.key = key, .modified = published().modified},
                                 {.key = leader, .modified = etcd_.leader_modified}}};
  const auto done = co_await store_->put(std::move(put));
  if (!done) co_return done.error();
  last_put_ = {.membership = std::move(membership), .modified = *done};
  co_return Status();
}

Task<> Agent::settle_for_ever() {
  while (true) {
    settle();
    co_await wake_.wait(Clock::now() + kSettleMax);
  }
}

// Apart from settling, so that an etcd that hangs holds up nobody who asks over HTTP.
Task<> Agent::publish_for_ever() {
  topology::Signal pause(executor_);
  while (true) {
    if (!must_publish()) {
      co_await publish_.wait(Clock::now() + kSettleMax);
      continue;
    }
    const Status done = co_await publish();
    if (done) continue;
    // A conflict means that the mirrors are behind: they tell when they have caught up.
    log::debug("shard={} put failed: {}", config_.shard, done.error().message);
    co_await pause.wait(Clock::now() + kConflictPause);
  }
}

Task<Status> Agent::renew_lease() {
  if (lease_ != 0) {
    const Status alive = co_await store_->keep_alive(lease_);
    if (alive || alive.error().sqlstate != "42704") co_return alive;
  }
  const auto granted = co_await store_->grant(kLeaseTtl);
  if (!granted) co_return granted.error();
  const boost::json::object value{
      {"listen", config_.listen_host + ":" + std::to_string(config_.listen_port)}};
  topology::Put put{.key = "/tessera/" + config_.cluster + "/" + own_key(),
                    .value = boost::json::serialize(value),
                    .lease = *granted,
                    .expected = {}};
  const auto done = co_await store_->put(std::move(put));
  if (!done) co_return done.error();
  lease_ = *granted;
  co_return Status();
}

Task<> Agent::stay_alive() {
  topology::Signal pause(executor_);
  while (true) {
    const Status renewed = co_await renew_lease();
    lease_renewed_ = renewed.has_value();
    note_connection();
    if (!renewed) log::debug("shard={} lease: {}", config_.shard, renewed.error().message);
    co_await pause.wait(Clock::now() + (renewed ? kKeepAlive : kConflictPause * 5));
  }
}

Task<> Agent::stop() {
  if (lease_ == 0) co_return;
  const Status done = co_await store_->revoke(lease_);
  if (!done) log::debug("shard={} lease: {}", config_.shard, done.error().message);
}

}  // namespace tessera::agent
