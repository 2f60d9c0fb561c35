#pragma once
// PostgreSQL's own hash functions for PARTITION BY HASH, on a little-endian machine: the default
// operator classes of hash, seeded as partitioning does.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "rules/algorithm.h"

namespace tessera::rules {

// The hash of one partition key column. Not Null. Errors: 0A000 a type whose hash is not built
// (floating point, time); 22P02, 22007 the text is none of its type.
[[nodiscard]] Result<std::uint64_t> pg_hash(const Value& value, ValueType type);

// The hash of a row by which satisfies_hash_partition() takes the remainder.
[[nodiscard]] Result<std::uint64_t> pg_row_hash(std::span<const TypedValue> columns);

// What `length` bytes hash to with `seed` (hash_bytes_extended).
[[nodiscard]] std::uint64_t pg_hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed);

}  // namespace tessera::rules
