#pragma once
// Decoding one value of one execution, for the three places where a sharding value can stand.

#include <optional>

#include "proxy/plan/route.h"

namespace tessera::plan {

// How PostgreSQL brings a value and an integer column together.
enum class Use : std::uint8_t {
  kEqual,   // column = value: 42.5 equals no integer, so no row matches
  kBound,   // column < value: the largest integer that is not above it
  kAssign,  // the value is stored: what would be rounded is refused
};

// decode() of an integer where that is simple, as it nearly always is; absent: ask decode().
[[nodiscard]] std::optional<std::int64_t> quick_integer(const ValueSource& source,
                                                        rules::ValueType type,
                                                        const Values& values);

[[nodiscard]] Result<rules::Value> decode(const ValueSource& source, rules::ValueType type,
                                          const Values& values, Use use);

}  // namespace tessera::plan
