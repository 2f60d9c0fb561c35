#pragma once
// A Participant is one shard's connection within a session's transaction.

#include <string>

#include "proxy/backend/backends.h"

namespace tessera::txn {

struct Participant {
  rules::ShardIndex shard = 0;
  backend::Side side = backend::Side::kPrimary;
  backend::Lease lease;
  bool begun = false;  // it is in a transaction block
  bool wrote = false;
  bool pinned = false;  // the session keeps it: it holds state that cannot move
  bool kept = false;    // the session keeps it in any case (session pooling)

  [[nodiscard]] backend::ServerConn& conn() const { return *lease; }
};

struct JoiningStatement {
  std::string sql;
  std::string setting;  // of SET LOCAL; else empty
};

}  // namespace tessera::txn
