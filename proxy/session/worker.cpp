#include "proxy/session/worker.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>

#include "base/freed_frames.h"
#include "base/log.h"
#include "base/spawn.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// How often limits are looked at.
constexpr int kLooksPerLimit = 10;
constexpr std::chrono::milliseconds kWatchPauseMin{20};
constexpr std::chrono::milliseconds kWatchPauseMax{1'000};
// How long one may take to say what it wants that will not get it.
constexpr std::chrono::seconds kPatience{1};

// A coroutine's exception is a bug of ours or no memory: its session ends, the others go on.
void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log::error("a session ended by an internal error: {}", error.what());
  }
}

// When thousands of sessions waited at once, what their coroutines took is full of holes
// afterwards, and malloc keeps it: ten thousand idle clients would cost three times what they need.
Task<> give_memory_back(Executor executor) {
  constexpr std::chrono::seconds kPause{2};
  constexpr std::size_t kWorthwhile = 4 << 20;
  Timer timer(executor);
  std::size_t freed = 0;
  while (true) {
    timer.expires_after(kPause);
    boost::system::error_code woken;
    co_await timer.async_wait(into(woken));
    const std::size_t lately = frames::freed_bytes();
    freed += lately;
    // Not in the middle of the storm.
    if (freed < kWorthwhile || lately > kWorthwhile) continue;
    malloc_trim(0);
    freed = 0;
  }
}

}  // namespace

Database::Database(Executor executor, std::shared_ptr<const catalog::Catalog> first, House& house)
    : catalog(std::move(first)),
      backends(executor, catalog->rules, *house.endpoints.at(catalog->rules->database)),
      plans(house.settings.proxy.plan_cache_bytes, &house.plans) {}

// One thread runs the context and touches its sockets; others only post to it.
Worker::Worker(House& house, std::uint32_t number)
    : house_(house),
      number_(number),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      arrivals_(context_.get_executor()),
      watch_(context_.get_executor()) {
  if (const auto& query = house.settings.proxy.auth_query) {
    auth_query_ =
        std::make_unique<AuthQuery>(context_.get_executor(), *query, house.auth_query_budget);
  }
}

Database* Worker::find_database(const std::string& name) {
  const auto found = databases_.find(name);
  return found == databases_.end() ? nullptr : found->second.get();
}

void Worker::add_database(const std::string& name,
                          std::shared_ptr<const catalog::Catalog> catalog) {
  databases_[name] =
      std::make_unique<Database>(context_.get_executor(), std::move(catalog), house_);
}

void Worker::replace_catalog(const std::string& name,
                             std::shared_ptr<const catalog::Catalog> catalog) {
  Database* database = find_database(name);
  if (database == nullptr) return;
  if (database->catalog->rules != catalog->rules) {
    for (const auto& session : sessions_) session->keep_rules(*database);
  }
  database->catalog = std::move(catalog);
}

const rules::SessionLimits& Worker::limits_for(const std::string& user,
                                               const std::string& database) {
  const auto found = limits_.find({user, database});
  if (found != limits_.end()) return found->second;
  const auto limits = rules::limits_for(house_.settings.proxy, user, database);
  return limits_.emplace(std::pair(user, database), limits).first->second;
}

void Worker::run() {
  spawn(
      context_.get_executor(),
      [this] { return arrivals_.run([this](int socket) { begin_session(socket); }); }, log_failure);
  for (auto& [name, database] : databases_) {
    backend::RoleBackends* backends = &database->backends;
    spawn(
        context_.get_executor(), [backends] { return backends->run(); }, log_failure);
  }
  if (AuthQuery* query = auth_query_.get()) {
    spawn(
        context_.get_executor(), [query] { return query->run(); }, log_failure);
  }
  const auto executor = context_.get_executor();
  spawn(
      executor, [executor] { return give_memory_back(executor); }, log_failure);
  const auto shortest = rules::shortest_time_limit(house_.settings.proxy);
  if (shortest.count() > 0) {
    const auto pause = std::clamp(shortest / kLooksPerLimit, kWatchPauseMin, kWatchPauseMax);
    spawn(
        context_.get_executor(), [this, pause] { return watch_limits(pause); }, log_failure);
  }
  context_.run();
  sessions_.clear();
}

// No statement arms a timer: it notes the time that is known, and whoever is late is found here. So
// a limit may be passed by two pauses, and never acts too early.
Task<> Worker::watch_limits(std::chrono::milliseconds pause) {
  while (arrivals_.is_open() || !sessions_.empty()) {
    watch_.expires_after(pause);
    boost::system::error_code woken;
    co_await watch_.async_wait(into(woken));
    watched_at_ = Clock::now();
    for (const auto& session : sessions_) session->watch_limits(watched_at_ - pause);
  }
}

void Worker::begin_session(int socket) {
  auto session = std::make_shared<Session>(*this, socket);
  const std::uint32_t clients = house_.clients.fetch_add(1, std::memory_order_relaxed) + 1;
  const bool full = clients > house_.settings.proxy.clients_max;
  sessions_.insert(session);
  const auto on_end = [this, session](const std::exception_ptr& failure) {
    log_failure(failure);
    house_.clients.fetch_sub(1, std::memory_order_relaxed);
    sessions_.erase(session);
  };
  const auto& limits = house_.settings.proxy;
  if (house_.arrivals.load(std::memory_order_relaxed) > limits.unauthenticated_max) {
    const auto refuse = [session] { return session->refuse(errors::too_many_logins(), kPatience); };
    return spawn(context_.get_executor(), refuse, on_end);
  }
  if (full) {
    const auto patience = limits.login_timeout;
    const auto refuse = [session, patience] {
      return session->refuse(errors::too_many_clients(), patience);
    };
    return spawn(context_.get_executor(), refuse, on_end);
  }
  spawn(
      context_.get_executor(), [session] { return session->run(); }, on_end);
}

void Worker::end_sessions(bool at_once) {
  for (const auto& session : sessions_) session->end(at_once);
}

void Worker::stop() {
  for (auto& [name, database] : databases_) database->backends.stop();
  if (auth_query_) auth_query_->stop();
  context_.stop();
}

}  // namespace tessera::session
