#pragma once
// Accounts: who may log in, what is stored of their passwords, which databases they may use.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/wire/password.h"
#include "rules/settings.h"

namespace tessera::session {

struct Account {
  std::string name;
  std::string host;  // "%" or empty: any
  wire::StoredPassword password;
  std::vector<std::string> databases;  // empty: all
  bool admin = false;

  [[nodiscard]] bool may_use(std::string_view database) const;
};

using AccountPtr = std::shared_ptr<const Account>;

// Those of global.yaml. An immutable value.
class Accounts {
 public:
  Accounts() = default;
  explicit Accounts(const std::vector<rules::User>& users);

  // The first of that name that may come from `address`; null: there is none.
  [[nodiscard]] AccountPtr find(std::string_view name, const std::string& address) const;
  // Do only SCRAM verifiers stand here? A name that does not exist is then asked by SCRAM where the
  // method is md5, as those that exist are.
  [[nodiscard]] bool only_scram() const { return only_scram_; }

 private:
  std::vector<AccountPtr> accounts_;
  bool only_scram_ = true;
};

// Who may log in, and by which method. What SIGHUP reads anew; a login goes by that which it has
// begun with.
struct Access {
  std::vector<rules::HbaRule> hba;
  Accounts accounts;
};
[[nodiscard]] std::shared_ptr<const Access> make_access(const rules::Settings& settings);

}  // namespace tessera::session
