// tessera.yaml: our own settings, which ShardingSphere has no keys for.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

namespace ip = boost::asio::ip;

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

// host:port, [v6]:port.
HostPort read_host_port(const Entry& entry, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
  HostPort result;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  const bool number = failure == std::errc{} && end == digits.data() + digits.size();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || !number || result.port == 0) entry.fail("host:port was expected");
  result.host = host;
  return result;
}

// `address: host:port`, or host and port apart.
AgentAddress read_agent(const Entry& entry) {
  Section section = entry.section();
  const Entry scope = section.require("scope", "the Patroni scope of the shard");
  const auto address = section.find("address");
  const auto host = section.find("host");
  const auto port = section.find("port");
  section.finish();
  if (address && (host || port)) address->fail("says the same as host and port, which are there");
  if (address) {
    HostPort place = read_host_port(*address, address->text());
    return {scope.text(), std::move(place.host), place.port};
  }
  if (!host || !port) entry.fail("key \"address\" is missing: host:port of the agent was expected");
  return {scope.text(), host->text(), port->port()};
}

void check_shard(const Entry& agent, const std::vector<RuleSet>& databases) {
  for (const RuleSet& rules : databases) {
    for (const Shard& shard : rules.shards) {
      if (shard.name == agent.name()) return;
    }
  }
  agent.fail("no database has a shard of this name");
}

std::string read_endpoint(const Entry& entry) {
  std::string text = entry.text();
  if (text.starts_with("https://")) entry.fail("TLS is not built in this release");
  if (text.starts_with("http://")) text.erase(0, 7);
  static_cast<void>(read_host_port(entry, text));
  return text;
}

Pooling read_pooling(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "transaction") return Pooling::kTransaction;
  if (folded == "session") return Pooling::kSession;
  entry.fail("transaction or session was expected");
}

// The same keys for the proxy, a user and a database.
OwnLimits read_limits(Section& section) {
  OwnLimits limits;
  const auto duration = [&section](std::string_view key, auto& limit) {
    if (const auto entry = section.find(key)) limit = entry->duration();
  };
  if (const auto entry = section.find("pooling")) limits.pooling = read_pooling(*entry);
  if (const auto entry = section.find("maxClients")) {
    limits.clients_max = static_cast<std::uint32_t>(entry->integer(1, 1'000'000));
  }
  duration("poolWait", limits.pool_wait_max);
  duration("queryTimeout", limits.query_max);
  duration("transactionTimeout", limits.transaction_max);
  duration("idleInTransactionTimeout", limits.idle_in_transaction_max);
  duration("idleTimeout", limits.idle_max);
  return limits;
}

std::map<std::string, OwnLimits> read_limits_by_name(const Entry& entry) {
  std::map<std::string, OwnLimits> all;
  Section names = entry.section();
  for (const Entry& name : names.all()) {
    Section section = name.section();
    all.emplace(name.name(), read_limits(section));
    section.finish();
  }
  return all;
}

void check_database(const Entry& databases, const std::string& name,
                    const std::vector<RuleSet>& known) {
  const bool exists = std::any_of(known.begin(), known.end(),
                                  [&](const RuleSet& rules) { return rules.database == name; });
  if (!exists) databases.fail(fmt::format("database \"{}\" does not exist", name));
}

class ProxyLoader {
 public:
  explicit ProxyLoader(Section& file) : file_(file) {}
  [[nodiscard]] ProxyFile load(const std::vector<RuleSet>& databases);

 private:
  void load_limits();
  void load_session_limits(const std::vector<RuleSet>& databases);
  void load_control();
  void duration(std::string_view key, std::chrono::milliseconds& setting) {
    if (const auto entry = file_.find(key)) setting = entry->duration();
  }
  void bytes(std::string_view key, std::uint64_t& setting) {
    if (const auto entry = file_.find(key)) setting = entry->bytes();
  }

  Section& file_;
  ProxyFile loaded_;
};

void ProxyLoader::load_limits() {
  ProxySettings& settings = loaded_.settings;
  if (const auto entry = file_.find("threads")) {
    settings.threads = static_cast<std::uint32_t>(entry->integer(0, 256));
  }
  if (const auto entry = file_.find("maxUnauthenticated")) {
    settings.unauthenticated_max = static_cast<std::uint32_t>(entry->integer(1, 1'000'000));
  }
  duration("loginTimeout", settings.login_timeout);
  duration("shutdownWait", settings.shutdown_wait_max);
  duration("schemaCheck", settings.schema_check);
  bytes("statementMemory", settings.statement_memory_bytes);
  bytes("planCache", settings.plan_cache_bytes);
}

void ProxyLoader::load_session_limits(const std::vector<RuleSet>& databases) {
  ProxySettings& settings = loaded_.settings;
  const OwnLimits all = read_limits(file_);
  if (all.clients_max) settings.clients_max = *all.clients_max;
  loaded_.clients_max_given = all.clients_max.has_value();
  apply(all, settings.limits);
  if (const auto entry = file_.find("users")) settings.user_limits = read_limits_by_name(*entry);
  if (const auto entry = file_.find("databases")) {
    settings.database_limits = read_limits_by_name(*entry);
    for (const auto& [name, limits] : settings.database_limits)
      check_database(*entry, name, databases);
  }
  if (const auto entry = file_.find("reservePool")) {
    settings.reserve_max = static_cast<std::uint32_t>(entry->integer(0, 100'000));
  }
  duration("reservePoolAfter", settings.reserve_after);
}

void ProxyLoader::load_control() {
  const auto entry = file_.find("control");
  if (!entry) return;
  Section section = entry->section();
  loaded_.control_username = section.require("username", "a role of the servers").text();
  const auto password = section.find("password");
  if (password) loaded_.control_password = password->text_or_empty();
  section.finish();
}

ProxyFile ProxyLoader::load(const std::vector<RuleSet>& databases) {
  ProxySettings& settings = loaded_.settings;
  if (const auto entry = file_.find("tls")) settings.tls = load_tls(*entry);
  if (const auto entry = file_.find("listen")) {
    settings.listen = entry->text();
    boost::system::error_code failure;
    static_cast<void>(ip::make_address(settings.listen, failure));
    if (failure) entry->fail("an IP address such as 127.0.0.1 or 0.0.0.0 was expected");
  }
  if (const auto entry = file_.find("port")) settings.port = entry->port();
  load_limits();
  load_session_limits(databases);
  load_control();
  if (const auto entry = file_.find("hba")) settings.hba = load_hba(*entry);
  if (const auto entry = file_.find("authQuery")) {
    settings.auth_query = load_auth_query(*entry, databases);
  }
  if (const auto entry = file_.find("agents")) {
    Section agents = entry->section();
    for (const Entry& agent : agents.all()) {
      check_shard(agent, databases);
      settings.agents.emplace(agent.name(), read_agent(agent));
    }
  }
  if (const auto entry = file_.find("etcd")) {
    for (const Entry& endpoint : entry->list()) {
      settings.etcd_endpoints.push_back(read_endpoint(endpoint));
    }
  }
  file_.finish();
  return std::move(loaded_);
}

}  // namespace

ProxyFile load_proxy(const Entry& root, const std::vector<RuleSet>& databases) {
  Section file = root.section();
  return ProxyLoader(file).load(databases);
}

}  // namespace tessera::rules
