#include "proxy/session/accounts.h"

#include <algorithm>

#include "proxy/session/hba.h"

namespace tessera::session {

bool Account::may_use(std::string_view database) const {
  return databases.empty() ||
         std::find(databases.begin(), databases.end(), database) != databases.end();
}

Accounts::Accounts(const std::vector<rules::User>& users) {
  for (const rules::User& user : users) {
    auto account = std::make_shared<Account>();
    account->name = user.name;
    account->host = user.host;
    account->password = wire::stored_password(user.password);
    account->databases = user.databases;
    account->admin = user.admin;
    only_scram_ = only_scram_ && account->password.kind == wire::StoredPassword::Kind::kScram;
    accounts_.push_back(std::move(account));
  }
}

std::shared_ptr<const Access> make_access(const rules::Settings& settings) {
  return std::make_shared<const Access>(Access{settings.proxy.hba, Accounts(settings.users)});
}

AccountPtr Accounts::find(std::string_view name, const std::string& address) const {
  for (const AccountPtr& account : accounts_) {
    if (account->name != name) continue;
    const bool anywhere = account->host.empty() || account->host == "%";
    if (anywhere || address_matches(account->host, address)) return account;
  }
  return nullptr;
}

}  // namespace tessera::session
