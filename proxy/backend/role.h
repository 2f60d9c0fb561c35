#pragma once
// A Role is who server connections log in as, and what is known to prove it. One for each thread:
// the SCRAM keys that a login computed are kept in it for the next one. Its name never changes, so
// that other threads may compare it.

#include <memory>
#include <string>

#include "base/result.h"
#include "proxy/wire/password.h"
#include "rules/rule_set.h"

namespace tessera::backend {

struct Role {
  const std::string name;
  wire::Secret secret;

  // Takes over what a newer login of the same role knows.
  void learn(const wire::Secret& newer);
  // What a login by `password` has computed; it may have another one by now.
  void keep_keys(const std::string& password, const std::vector<wire::ScramKeys>& keys);
  [[nodiscard]] bool knows_scram() const {
    return !secret.password.empty() || !secret.scram.empty();
  }
};

using RolePtr = std::shared_ptr<Role>;

// That of a data source which has a user name.
[[nodiscard]] RolePtr role_of(const rules::DataSource& source);

// 28000: too little is known of its password for what the server asks.
[[nodiscard]] Error cannot_log_in(const rules::DataSource& source, const Role& role,
                                  std::string_view why);
// Puts the answer to a request for an md5 password. Errors: cannot_log_in().
[[nodiscard]] Status put_md5_answer(const Role& role, const rules::DataSource& source,
                                    std::string_view salt, std::string& out);

}  // namespace tessera::backend
