#pragma once
// A Worker is one thread: its io_context, its pools, its plan caches and the sessions it accepted.
// Sessions never move.

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/tls.h"
#include "parser/shape_memo.h"
#include "proxy/backend/role_backends.h"
#include "proxy/catalog/catalog.h"
#include "proxy/session/accounts.h"
#include "proxy/session/arrivals.h"
#include "proxy/session/auth_query.h"
#include "proxy/session/client_count.h"
#include "proxy/session/key_maker.h"
#include "proxy/session/plan_cache.h"
#include "proxy/session/registry.h"
#include "proxy/session/shared_plans.h"
#include "rules/settings.h"

namespace tessera::session {

class Publisher;
class Reload;

// What every thread shares and nobody changes after start.
struct House {
  rules::Settings settings;
  Registry registry;
  backend::Budget auth_query_budget{AuthQuery::kConnectionsMax};
  std::map<std::string, std::unique_ptr<backend::Endpoints>> endpoints;  // by database
  std::atomic<std::uint32_t> clients{0};
  ClientCounts user_clients;
  ClientCounts database_clients;
  std::atomic<std::uint32_t> arrivals{0};  // of the clients, those that have not logged in
  SharedPlans plans;
  KeyMaker keys;
  Publisher* publisher = nullptr;  // outlives the workers
  Reload* reload = nullptr;        // outlives them too
};

// One logical database on one thread.
struct Database {
  Database(Executor executor, std::shared_ptr<const catalog::Catalog> first, House& house);

  std::shared_ptr<const catalog::Catalog> catalog;  // replaced by the Publisher, on this thread
  backend::RoleBackends backends;
  PlanCache plans;
  parser::ShapeMemo shapes;
  // ParameterStatus as a server reports it, by the session's own role (empty where servers do not
  // see it) and the fingerprint of its settings.
  std::map<std::pair<std::string, std::uint64_t>, std::vector<std::pair<std::string, std::string>>>
      reported;
};

class Session;

class Worker {
 public:
  // `house` outlives the worker.
  Worker(House& house, std::uint32_t number);

  asio::io_context& context() { return context_; }
  [[nodiscard]] House& house() { return house_; }
  [[nodiscard]] std::uint32_t number() const { return number_; }
  // Null: users are those of global.yaml only.
  [[nodiscard]] AuthQuery* auth_query() { return auth_query_.get(); }
  [[nodiscard]] Database* find_database(const std::string& name);
  void add_database(const std::string& name, std::shared_ptr<const catalog::Catalog> catalog);
  // Lives as long as the worker.
  [[nodiscard]] const rules::SessionLimits& limits_for(const std::string& user,
                                                       const std::string& database);
  // The time as it was when limits were last looked at: a session notes it without a system call.
  [[nodiscard]] Clock::time_point watched_at() const { return watched_at_; }

  // Accepts on `endpoint` until stop_accepting(). Throws boost::system::system_error when the port
  // cannot be had.
  void listen(const asio::ip::tcp::endpoint& endpoint) { arrivals_.listen(endpoint); }
  void run();

  // What clients are offered; null: no TLS. Before run(), or on this worker's thread: clients that
  // come from then on get it.
  void set_tls(std::shared_ptr<const TlsContext> tls) { tls_ = std::move(tls); }
  [[nodiscard]] const std::shared_ptr<const TlsContext>& tls() const { return tls_; }

  // Who may log in from then on. As set_tls().
  void set_access(std::shared_ptr<const Access> access) { access_ = std::move(access); }
  [[nodiscard]] const std::shared_ptr<const Access>& access() const { return access_; }

  // On this worker's thread:
  // Statements that are planned from now on go by `catalog`, but those of transactions that are
  // open by the rules that they began with.
  void replace_catalog(const std::string& database,
                       std::shared_ptr<const catalog::Catalog> catalog);
  void stop_accepting() { arrivals_.close(); }
  // Idle sessions end with 57P01 now, the others when their transaction ends, or all at once.
  void end_sessions(bool at_once);
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
  void stop();

 private:
  Task<> watch_limits(std::chrono::milliseconds pause);
  void begin_session(int socket);

  House& house_;
  const std::uint32_t number_;
  asio::io_context context_;
  Arrivals arrivals_;
  std::shared_ptr<const TlsContext> tls_;
  std::shared_ptr<const Access> access_;
  std::map<std::string, std::unique_ptr<Database>> databases_;
  std::unique_ptr<AuthQuery> auth_query_;
  std::map<std::pair<std::string, std::string>, rules::SessionLimits> limits_;
  Clock::time_point watched_at_ = Clock::now();
  Timer watch_;
  std::unordered_set<std::shared_ptr<Session>> sessions_;
};

}  // namespace tessera::session
