#pragma once
// Comparing values that different shards sent, in PostgreSQL's binary format, as PostgreSQL's
// default btree operator class of the type compares them. Only types whose order is exact without a
// database are known.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::exec {

// <0, 0, >0.
using CompareBinary = int (*)(std::string_view, std::string_view);

struct Comparator {
  CompareBinary compare = nullptr;
  bool collatable =
      false;  // text, varchar, bpchar, name: right only where the collation compares by bytes
};

// For a built-in type; absent: rows ordered by it cannot be merged here. Known: bool, int2/4/8,
// oid, float4/8 (NaN is the largest and equal to itself, -0 equals 0), numeric (also NaN and
// infinities), text, varchar, bpchar (trailing spaces do not count), name, "char", bytea, uuid,
// date, time, timetz, timestamp, timestamptz, interval (30-day months, 24-hour days), money,
// pg_lsn.
[[nodiscard]] std::optional<Comparator> comparator_for(std::uint32_t type);

}  // namespace tessera::exec
