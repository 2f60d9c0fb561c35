#pragma once
// The schema as an open transaction block sees it, after DDL of its own that nobody else sees yet.

#include <memory>
#include <vector>

#include "proxy/backend/server_conn.h"
#include "proxy/catalog/catalog.h"
#include "proxy/session/plan_cache.h"

namespace tessera::session {

struct BlockSchema {
  std::shared_ptr<const catalog::Catalog> catalog;
  PlanCache plans{2U << 20U};
};

class Publisher;

// Reads the schema over the block's own connections, one a shard, in shard order; each has answered
// everything that was sent to it. Undoing what the reading set (search_path) is the caller's.
// Errors: the servers'; 08006; 57014 it took too long.
Task<Result<catalog::Schema>> read_in_block(Publisher& publisher,
                                            std::shared_ptr<const rules::RuleSet> rules,
                                            std::vector<std::shared_ptr<backend::ServerConn>> conns,
                                            Executor executor);

}  // namespace tessera::session
