#pragma once
// Reads a Schema from the shards over libpq. Blocking: called from the control thread, never from
// an io_context that serves clients.

#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"
#include "proxy/catalog/control_conn.h"
#include "proxy/catalog/schema.h"
#include "rules/rule_set.h"

namespace tessera::catalog {

// Asks every shard's primary, one connection and one batch of queries each. Tables are looked for
// under their actual names: a sharding table's columns are those of its first node, filed under the
// logical name (schema of the node); broadcast tables come from the first shard; single tables from
// their home, all other tables from the default shard. Functions, types and views: the default
// shard's. Errors: 08006 a shard cannot be reached within `timeout` (the message names it); the
// server's own errors.
[[nodiscard]] Result<Schema> load_schema(const rules::RuleSet& rules,
                                         std::chrono::milliseconds timeout);

// The same, asked of what `open` gives for each shard. `open` and the queriers are called on
// threads of their own, one a shard.
using OpenShard = std::function<Result<std::unique_ptr<Querier>>(rules::ShardIndex)>;
[[nodiscard]] Result<Schema> load_schema(const rules::RuleSet& rules, const OpenShard& open,
                                         Deadline deadline);

}  // namespace tessera::catalog
