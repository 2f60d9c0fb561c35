// tessera.yaml: our own settings, which ShardingSphere has no keys for.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

namespace ip = boost::asio::ip;

bool is_network(const std::string& text) {
  boost::system::error_code v4;
  boost::system::error_code v6;
  static_cast<void>(ip::make_network_v4(text, v4));
  static_cast<void>(ip::make_network_v6(text, v6));
  return !v4 || !v6;
}

HbaRule::Method read_method(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "trust") return HbaRule::Method::kTrust;
  if (folded == "scram-sha-256") return HbaRule::Method::kScram;
  if (folded == "reject") return HbaRule::Method::kReject;
  entry.fail("trust, scram-sha-256 or reject was expected");
}

std::string text_or_all(Section& section, std::string_view key) {
  const auto entry = section.find(key);
  return entry ? entry->text() : "all";
}

HbaRule read_hba(const Entry& entry) {
  Section section = entry.section();
  HbaRule rule;
  rule.database = text_or_all(section, "database");
  rule.user = text_or_all(section, "user");
  rule.address = text_or_all(section, "address");
  if (rule.address != "all" && !is_network(rule.address)) {
    section.find("address")->fail("all, or a network such as 10.0.0.0/8 or ::1/128, was expected");
  }
  rule.method = read_method(section.require("method", "trust, scram-sha-256 or reject"));
  section.finish();
  return rule;
}

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

class ProxyLoader {
 public:
  explicit ProxyLoader(Section& file) : file_(file) {}
  [[nodiscard]] ProxyFile load(const std::vector<RuleSet>& databases);

 private:
  void load_limits();
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
  if (const auto entry = file_.find("maxClients")) {
    settings.clients_max = static_cast<std::uint32_t>(entry->integer(1, 1'000'000));
    loaded_.clients_max_given = true;
  }
  duration("loginTimeout", settings.login_timeout);
  duration("poolWait", settings.pool_wait_max);
  duration("shutdownWait", settings.shutdown_wait_max);
  bytes("statementMemory", settings.statement_memory_bytes);
  bytes("planCache", settings.plan_cache_bytes);
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
  if (const auto entry = file_.find("hba")) {
    for (const Entry& rule : entry->list()) settings.hba.push_back(read_hba(rule));
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
