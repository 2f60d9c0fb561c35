#pragma once
// A sharding value: what a statement says about a sharding column, decoded just far enough to
// route.

#include <cstdint>
#include <string>
#include <variant>

namespace tessera::rules {

// The type of a sharding column decides how its values hash (Java's Integer, Long and String
// differ), and what text means the same value ('42' is 42 for an int8 column, not for a text
// column).
enum class ValueType : std::uint8_t { kInt2, kInt4, kInt8, kText, kUnknown };

struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};

// int64 for integer columns, text for the others.
using Value = std::variant<Null, std::int64_t, std::string>;

}  // namespace tessera::rules
