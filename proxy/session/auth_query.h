#pragma once
// AuthQuery asks a PostgreSQL server what it has stored of a user's password, for users that
// global.yaml does not list. One for each thread.
//
// What it was told is kept for some seconds: many clients log in at once after a restart. A client
// that fails makes it ask again, so that a new password is good soon.

#include <string>
#include <unordered_map>

#include "proxy/backend/pool.h"
#include "proxy/session/accounts.h"

namespace tessera::session {

class AuthQuery {
 public:
  // How many connections all threads together use for it.
  static constexpr std::uint32_t kConnectionsMax = 4;

  // `budget` outlives this.
  AuthQuery(Executor executor, rules::AuthQuery settings, backend::Budget& budget);

  // The account of `user`; null: there is none. Errors: 08001 nobody could be asked by `deadline`,
  // which says no more than a stranger may hear; the log has the reason.
  Task<Result<AccountPtr>> find(std::string user, Deadline deadline);
  // Its password was wrong, or has changed: the next one asks again, if a second has passed.
  void forget(const std::string& user);

  // Housekeeping until stop().
  Task<> run();
  void stop();

 private:
  struct Known {
    AccountPtr account;
    Clock::time_point since;
    Clock::time_point until;
  };

  Task<Result<AccountPtr>> ask(std::string user, Deadline deadline);
  Task<Result<AccountPtr>> read_account(backend::ServerConn& conn, const std::string& user);
  void remember(const std::string& user, const AccountPtr& account);

  const Executor executor_;
  const rules::AuthQuery settings_;
  backend::Pool pool_;
  std::unordered_map<std::string, Known> known_;
  Timer timer_;
  bool stopped_ = false;
};

}  // namespace tessera::session
