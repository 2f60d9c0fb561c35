#pragma once
// The hba list: by which method a client is let in, by where it comes from and what it wants.

#include <string>
#include <vector>

#include "rules/settings.h"

namespace tessera::session {

struct LoginAttempt {
  std::string database;
  std::string user;
  std::string address;  // the client's, a number
  bool tls = false;
};

// The first rule that matches; null: none does. An empty list asks everyone for scram-sha-256.
[[nodiscard]] const rules::HbaRule* find_rule(const std::vector<rules::HbaRule>& rules,
                                              const LoginAttempt& attempt);

// Is `peer` in `network` (all, an address, CIDR)? IPv4 addresses within IPv6 count as what they
// are.
[[nodiscard]] bool address_matches(const std::string& network, const std::string& peer);

}  // namespace tessera::session
