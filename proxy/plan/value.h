#pragma once
// Decoding one value of one execution, for the three places where a sharding value can stand.

#include <optional>
#include <vector>

#include "proxy/plan/route.h"

namespace tessera::plan {

// How PostgreSQL brings a value and a column together.
enum class Use : std::uint8_t {
  kEqual,   // column = value: 42.5 equals no integer, so no row matches
  kBound,   // column < value: the largest integer that is not above it
  kAssign,  // the value is stored: what would be rounded is refused
};

// decode() of an integer where that is simple, as it nearly always is; absent: ask decode().
[[nodiscard]] std::optional<std::int64_t> quick_integer(const ValueSource& source,
                                                        rules::ValueType type,
                                                        const Values& values);

// The value in the form that rules/value.h names for a column of `type`. Absent: what it is equal
// to cannot be told here (its type has a comparison of its own, or settings decide what it is), so
// every node may have matching rows; for kAssign that is an error. `source` is no array.
// Errors: 22P02, 22003, 22P03, 42P02; kAssign: 0A000.
[[nodiscard]] Result<std::optional<rules::Value>> decode(const ValueSource& source,
                                                         rules::ValueType type,
                                                         const Values& values, Use use);

// The elements of an array source, NULLs left out: nothing equals them. Absent as in decode().
[[nodiscard]] Result<std::optional<std::vector<rules::Value>>> decode_array(
    const ValueSource& source, rules::ValueType type, const Values& values);

}  // namespace tessera::plan
