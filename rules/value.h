#pragma once
// A sharding value: what a statement says about a sharding column, decoded just far enough to
// route.

#include <cstdint>
#include <string>
#include <variant>

namespace tessera::rules {

// The type of a sharding column decides how its values hash (Java's Integer, Long and String
// differ), and what text means the same value ('42' is 42 for an int8 column, not for a text
// column). Beside each: what a Value of such a column holds.
enum class ValueType : std::uint8_t {
  kInt2,         // int64
  kInt4,         // int64
  kInt8,         // int64
  kText,         // the text itself (text, varchar, name)
  kUnknown,      // int64 of an integer, else text; also that of hints
  kNumeric,      // decimal digits, an optional sign and point: "-12.50"
  kBool,         // "t" or "f"
  kUuid,         // 36 lower-case characters with hyphens
  kDate,         // ISO: "2024-02-29"
  kTime,         // "13:45:00.25"
  kTimestamp,    // ISO: "2024-02-29 13:45:00.25"
  kTimestamptz,  // the same moment as a timestamp in UTC, without an offset behind it
  kFloat4,       // what PostgreSQL prints
  kFloat8,       // what PostgreSQL prints
  kBpchar,       // without the spaces at its end: they do not count in comparisons
};

[[nodiscard]] constexpr bool is_integer_type(ValueType type) { return type <= ValueType::kInt8; }

struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};

// int64 for integer columns, text for the others.
using Value = std::variant<Null, std::int64_t, std::string>;

}  // namespace tessera::rules
