#pragma once
// Everything a proxy is told by its files: global.yaml, database-*.yaml and tessera.yaml.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/tls.h"
#include "rules/rule_set.h"

namespace tessera::rules {

struct User {
  std::string name;
  std::string host;  // "%" or empty: any
  std::string password;
  bool admin = false;
  std::vector<std::string> databases;  // empty: all (ALL_PERMITTED)
};

// One line of the hba list; the first that matches decides. No list at all: scram-sha-256 for
// everyone.
struct HbaRule {
  enum class Transport : std::uint8_t { kAny, kTls, kPlain };  // host, hostssl, hostnossl
  enum class Method : std::uint8_t { kTrust, kReject, kScram, kMd5, kPassword, kCert };
  enum class ClientCert : std::uint8_t { kNotNeeded, kVerifyCa, kVerifyFull };
  Transport transport = Transport::kAny;
  std::vector<std::string> databases;  // empty: all; "sameuser": the one named as the user
  std::vector<std::string> users;      // empty: all
  std::string address = "all";         // or CIDR
  Method method = Method::kScram;
  ClientCert client_cert = ClientCert::kNotNeeded;
};

// Where the passwords of users come from that global.yaml does not list.
struct AuthQuery {
  DataSource source;                   // with the user name that asks
  std::string query;                   // with $1; gives the user's name and password
  std::vector<std::string> databases;  // what such users may use; empty: all
  std::chrono::milliseconds cache_max{10'000};
};

// Where a shard's agent answers GET /membership.
struct AgentAddress {
  std::string scope;  // Patroni scope
  std::string host;
  std::uint16_t port = 0;
};

// How long a session keeps the server connections that it has taken.
enum class Pooling : std::uint8_t { kTransaction, kSession };

// What a session may take. Zero: as long as it likes.
struct SessionLimits {
  Pooling pooling = Pooling::kTransaction;
  std::chrono::milliseconds pool_wait_max{30'000};
  std::chrono::milliseconds query_max{0};
  std::chrono::milliseconds transaction_max{0};
  std::chrono::milliseconds idle_in_transaction_max{0};
  std::chrono::milliseconds idle_max{0};
};

// What tessera.yaml says otherwise for the sessions of one user or one database.
struct OwnLimits {
  std::optional<std::uint32_t> clients_max;
  std::optional<Pooling> pooling;
  std::optional<std::chrono::milliseconds> pool_wait_max;
  std::optional<std::chrono::milliseconds> query_max;
  std::optional<std::chrono::milliseconds> transaction_max;
  std::optional<std::chrono::milliseconds> idle_in_transaction_max;
  std::optional<std::chrono::milliseconds> idle_max;
};

struct ProxySettings {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 0;     // 0: not set; then proxy-default-port, else 6432
  std::uint32_t threads = 0;  // 0: as many as processors
  std::uint32_t clients_max = 1000;
  std::uint32_t unauthenticated_max = 0;  // 0: not set; then as many as there may be clients
  std::chrono::milliseconds login_timeout{10'000};
  SessionLimits limits;
  std::map<std::string, OwnLimits> user_limits;      // these before those of the database
  std::map<std::string, OwnLimits> database_limits;  // by logical database
  std::uint32_t reserve_max = 0;                     // of every data source
  std::chrono::milliseconds reserve_after{5'000};
  std::chrono::milliseconds shutdown_wait_max{10'000};
  std::uint64_t statement_memory_bytes = 64ULL
                                         << 20;  // what one statement may collect in the proxy
  std::uint64_t plan_cache_bytes = 64ULL << 20;  // per thread
  // How often the shards are asked whether their schema has changed behind us. Zero: never.
  std::chrono::milliseconds schema_check{10'000};
  TlsServerSettings tls;  // not enabled: clients are answered that there is none
  std::vector<HbaRule> hba;
  std::optional<AuthQuery> auth_query;
  std::map<std::string, AgentAddress> agents;  // by shard name
  std::vector<std::string> etcd_endpoints;
};

struct Settings {
  ProxySettings proxy;
  std::vector<User> users;
  bool two_phase_wanted =
      false;  // transaction.defaultType XA: noted, one-after-the-other commits until 2PC is built
  std::vector<RuleSet> databases;
  std::vector<std::string> notices;  // one line each, for the log at start
};

void apply(const OwnLimits& own, SessionLimits& limits);
// The limits of `user`'s sessions on `database`.
[[nodiscard]] SessionLimits limits_for(const ProxySettings& settings, const std::string& user,
                                       const std::string& database);
// The shortest time that any session may be limited to, but poolWait; zero: none is limited.
[[nodiscard]] std::chrono::milliseconds shortest_time_limit(const ProxySettings& settings);

// Reads DIR/global.yaml (or server.yaml), DIR/database-*.yaml (or config-*.yaml) and
// DIR/tessera.yaml (optional). The schema is ShardingSphere's (docs/configuration.md says what each
// key does here). Errors: F0000 (config_file_error) with "FILE:LINE: key: what was expected".
[[nodiscard]] Result<Settings> load_settings(const std::string& directory);

}  // namespace tessera::rules
