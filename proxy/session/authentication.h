#pragma once
// Authentication: the conversation by which a client proves who it is, as PostgreSQL leads it.
//
// Who does not exist is asked as somebody who does, and fails as one whose password is wrong.

#include <optional>
#include <string>

#include "proxy/session/accounts.h"
#include "proxy/session/client_conn.h"

namespace tessera::session {

class Authentication {
 public:
  // `client` outlives it. `account` is null for a name that does not exist.
  Authentication(ClientConn& client, std::string user, AccountPtr account);

  // What a name that does not exist is asked by under the method md5.
  void mock_by_scram(bool scram) { mock_by_scram_ = scram; }

  // Asks for the proof that `method` wants; AuthenticationOk is the caller's. Errors: 28P01 the
  // proof is wrong; 08P01 no such message was expected; 08006 the client is gone.
  Task<Status> prove(rules::HbaRule::Method method);

  // What is known of the password after that: what a server may be logged in to by.
  [[nodiscard]] wire::Secret secret() const;

 private:
  Task<Result<std::string>> answer(std::string_view expected);
  Task<Status> prove_by_password();
  Task<Status> prove_by_md5();
  Task<Status> prove_by_scram();
  [[nodiscard]] wire::StoredPassword::Kind kind() const;
  [[nodiscard]] wire::ScramVerifier verifier() const;

  ClientConn& client_;
  const std::string user_;
  const AccountPtr account_;
  bool mock_by_scram_ = true;
  std::string password_;  // as the client has sent it
  std::optional<wire::ScramKeys> keys_;
};

}  // namespace tessera::session
