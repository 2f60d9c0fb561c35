#pragma once
// Which sharded relations meet only within one node, and what that says about the shards of a
// statement.

#include <vector>

#include "base/result.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Columns that are equal for the rows of a scope, by its own conditions and those of the scopes
// around it.
class EqualColumns {
 public:
  EqualColumns(const Query& query, ScopeId scope);
  [[nodiscard]] bool equal(const ColumnId& a, const ColumnId& b) const;

 private:
  [[nodiscard]] std::uint32_t find(const ColumnId& column) const;
  std::uint32_t add(const ColumnId& column);

  std::vector<ColumnId> columns_;
  std::vector<std::uint32_t> root_;  // by column
};

// Sets of sharded relations that find each other's matching rows on their own node.
using Groups = std::vector<std::vector<RelationId>>;
[[nodiscard]] Groups colocated_groups(const Query& query);

// Do equal values of these two sharding columns, each at its own table's strategy, lead to the same
// node?
[[nodiscard]] bool same_key(const Query& query, const ColumnId& a, const ColumnId& b);

// Where the statement's tables are: routes by its groups, its single tables, the default shard.
// Writes to broadcast tables are not looked at. Errors: 0A000 single tables on different shards.
[[nodiscard]] Result<RouteSpec> route_spec(const Query& query);

// The table of each slot.
[[nodiscard]] std::vector<const rules::ShardingTable*> slot_tables(const Query& query);

}  // namespace tessera::plan
