#include "proxy/session/hba.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace tessera::session {
namespace {

namespace ip = boost::asio::ip;

bool is_listed(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool database_matches(const rules::HbaRule& rule, const LoginAttempt& attempt) {
  if (is_listed(rule.databases, attempt.database)) return true;
  return attempt.database == attempt.user && is_listed(rule.databases, "sameuser");
}

bool transport_matches(const rules::HbaRule& rule, bool tls) {
  if (rule.transport == rules::HbaRule::Transport::kAny) return true;
  return tls == (rule.transport == rules::HbaRule::Transport::kTls);
}

ip::address plain_address(const std::string& text, boost::system::error_code& error) {
  const ip::address address = ip::make_address(text, error);
  if (error || !address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

bool in_network(const std::string& text, const ip::address_v4& peer) {
  boost::system::error_code error;
  const auto network = ip::make_network_v4(text, error);
  if (error) return false;
  const ip::network_v4 host(peer, 32);
  return host == network || host.is_subnet_of(network);
}

bool in_network(const std::string& text, const ip::address_v6& peer) {
  boost::system::error_code error;
  const auto network = ip::make_network_v6(text, error);
  if (error) return false;
  const ip::network_v6 host(peer, 128);
  return host == network || host.is_subnet_of(network);
}

}  // namespace

bool address_matches(const std::string& network, const std::string& peer) {
  if (network == "all") return true;
  boost::system::error_code error;
  const ip::address address = plain_address(peer, error);
  if (error) return false;
  const ip::address single = plain_address(network, error);
  if (!error) return single == address;
  return address.is_v4() ? in_network(network, address.to_v4())
                         : in_network(network, address.to_v6());
}

const rules::HbaRule* find_rule(const std::vector<rules::HbaRule>& rules,
                                const LoginAttempt& attempt) {
  static const rules::HbaRule kEverybody;
  if (rules.empty()) return &kEverybody;
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const rules::HbaRule& rule) {
    return transport_matches(rule, attempt.tls) && database_matches(rule, attempt) &&
           is_listed(rule.users, attempt.user) && address_matches(rule.address, attempt.address);
  });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace tessera::session
