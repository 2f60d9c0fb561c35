#pragma once
// Has a shard's pg_catalog changed since it was read? Asked often, so it must cost little: counters
// that tell in microseconds that nothing was written, and only behind them a sum over the catalogs.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "proxy/catalog/control_conn.h"
#include "proxy/catalog/schema.h"
#include "rules/rule_set.h"

namespace tessera::catalog {

// One row with one column: ShardMark::counters. Asked before the snapshot is taken that the
// contents are read in, so that what is written in between moves them the next time.
[[nodiscard]] const char* counters_query();
// The same of ShardMark::contents.
[[nodiscard]] const char* contents_query();

enum class Probe : std::uint8_t {
  kCheap,     // the contents only where the counters have moved
  kThorough,  // the contents: a change of a moment ago may not be counted yet
};

// The marks of all shards' primaries now, `known` being those that were read last.
// Errors: 08006 a shard cannot be reached within `timeout`; the server's own errors.
[[nodiscard]] Result<std::vector<ShardMark>> read_marks(const rules::RuleSet& rules,
                                                        const std::vector<ShardMark>& known,
                                                        Probe probe,
                                                        std::chrono::milliseconds timeout);

// Has anything changed that a Schema says, or that a description of a statement depends on?
[[nodiscard]] bool same_contents(const std::vector<ShardMark>& left,
                                 const std::vector<ShardMark>& right);

}  // namespace tessera::catalog
