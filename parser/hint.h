#pragma once
// Hints: what a statement's author says beside it, in a comment in front of it.
//
//   /* SHARDINGSPHERE_HINT: t_order.SHARDING_TABLE_VALUE=2, WRITE_ROUTE_ONLY=true */ SELECT ...
//
// TESSERA_HINT says the same. Each key has a second spelling (writeRouteOnly). The scanner drops
// comments, so hints are no part of a shape: they apply when a statement is routed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::parser {

struct ShardingHint {
  std::string table;         // in lower case; empty: for every table that has none of its own
  bool of_database = false;  // SHARDING_DATABASE_VALUE; else SHARDING_TABLE_VALUE
  std::string value;
  friend bool operator==(const ShardingHint&, const ShardingHint&) = default;
};

struct Hints {
  std::vector<ShardingHint> values;
  std::string data_source;                     // DATA_SOURCE_NAME
  bool write_route_only = false;               // WRITE_ROUTE_ONLY
  bool skip_sql_rewrite = false;               // SKIP_SQL_REWRITE
  std::vector<std::string> disabled_auditors;  // DISABLE_AUDIT_NAMES, parted by blanks
};

// The hints of the comments in `before`: the text between a statement and what precedes it. The
// last comment with hints counts. Absent: there is none. Keys that are not known mean nothing.
[[nodiscard]] std::optional<Hints> read_hints(std::string_view before);

}  // namespace tessera::parser
