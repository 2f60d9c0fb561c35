// hba of tessera.yaml: by which method whom to let in, in the terms of PostgreSQL's pg_hba.conf.

#include <fmt/format.h>

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

HbaRule::Transport read_transport(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "host") return HbaRule::Transport::kAny;
  if (folded == "hostssl") return HbaRule::Transport::kTls;
  if (folded == "hostnossl") return HbaRule::Transport::kPlain;
  entry.fail("host, hostssl or hostnossl was expected");
}

HbaRule::Method read_method(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "trust") return HbaRule::Method::kTrust;
  if (folded == "reject") return HbaRule::Method::kReject;
  if (folded == "scram-sha-256") return HbaRule::Method::kScram;
  if (folded == "md5") return HbaRule::Method::kMd5;
  if (folded == "password") return HbaRule::Method::kPassword;
  if (folded == "cert") return HbaRule::Method::kCert;
  entry.fail("trust, reject, scram-sha-256, md5, password or cert was expected");
}

HbaRule::ClientCert read_client_cert(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "verify-ca") return HbaRule::ClientCert::kVerifyCa;
  if (folded == "verify-full") return HbaRule::ClientCert::kVerifyFull;
  entry.fail("verify-ca or verify-full was expected");
}

// A name, a list of them, or all.
std::vector<std::string> read_names(const Entry& entry) {
  std::vector<std::string> names;
  bool all = false;
  for (const Entry& name : entry.names()) {
    names.push_back(name.text());
    if (names.back().starts_with('+')) name.fail("groups (+NAME) are not supported");
    all = all || names.back() == "all";
  }
  if (names.empty()) entry.fail("a name, a list of names or all was expected");
  if (all) names.clear();
  return names;
}

std::string read_address(const Entry& entry) {
  std::string address = entry.text();
  if (address != "all" && !is_network(address)) {
    entry.fail("all, or a network such as 10.0.0.0/8 or ::1/128, was expected");
  }
  return address;
}

// PostgreSQL's rules for pg_hba.conf.
void check_certificates(const HbaRule& rule, const Entry& entry) {
  if (rule.transport == HbaRule::Transport::kTls) return;
  if (rule.method == HbaRule::Method::kCert) {
    entry.fail("cert authentication is only supported on hostssl connections");
  }
  if (rule.client_cert != HbaRule::ClientCert::kNotNeeded) {
    entry.fail("clientcert can only be configured for \"hostssl\" rows");
  }
}

HbaRule read_rule(const Entry& entry) {
  Section section = entry.section();
  HbaRule rule;
  const auto type = section.find("type");
  if (type) rule.transport = read_transport(*type);
  if (const auto database = section.find("database")) rule.databases = read_names(*database);
  if (const auto user = section.find("user")) rule.users = read_names(*user);
  if (const auto address = section.find("address")) rule.address = read_address(*address);
  const Entry method = section.require("method", "trust, scram-sha-256, reject or another");
  rule.method = read_method(method);
  const auto client_cert = section.find("clientcert");
  if (client_cert) rule.client_cert = read_client_cert(*client_cert);
  section.finish();
  check_certificates(rule, client_cert ? *client_cert : method);
  if (rule.method != HbaRule::Method::kCert) return rule;
  if (rule.client_cert == HbaRule::ClientCert::kVerifyCa) {
    client_cert->fail("clientcert only accepts \"verify-full\" when using \"cert\" authentication");
  }
  rule.client_cert = HbaRule::ClientCert::kVerifyFull;
  return rule;
}

}  // namespace

std::vector<HbaRule> load_hba(const Entry& list) {
  std::vector<HbaRule> rules;
  for (const Entry& entry : list.list()) rules.push_back(read_rule(entry));
  return rules;
}

}  // namespace tessera::rules
