#pragma once
// A value while an inline expression is computed: one of the few classes of Java that sharding
// expressions use, with Groovy's truth, equality and order.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "rules/java_date.h"
#include "rules/java_decimal.h"
#include "rules/value.h"

namespace tessera::rules::java {

struct Character {
  char16_t unit = 0;
};

struct Text {
  std::u16string units;
  bool untyped = false;  // its column's type is not known: a number where one is needed
};

struct List;

struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

// What does not fit a register is shared, never changed.
using BigIntegerPtr = std::shared_ptr<const BigInteger>;
using DecimalPtr = std::shared_ptr<const Decimal>;
using ListPtr = std::shared_ptr<const List>;

// Null, Boolean, Integer, Long, Double, …
using JavaValue = std::variant<Null, bool, std::int32_t, std::int64_t, double, Character, Text,
                               BigIntegerPtr, DecimalPtr, ListPtr, DateTime, Uuid>;

struct List {
  struct Bounds {
    std::int32_t first = 0;
    std::int32_t last = 0;
    bool exclusive = false;
  };
  std::vector<JavaValue> elements;
  std::optional<Bounds> bounds;  // of a range of ints
};

// A sharding value as Java would hold it: the one place that knows a column type's class.
// Text that does not look like its type stays text.
[[nodiscard]] JavaValue value_of(const Value& value, ValueType type);

[[nodiscard]] JavaValue make(BigInteger number);
[[nodiscard]] JavaValue make(Decimal number);
[[nodiscard]] JavaValue make(std::u16string text);
[[nodiscard]] JavaValue make_list(std::vector<JavaValue> elements);

// "Integer", "String", …, for messages.
[[nodiscard]] std::string_view class_name(const JavaValue& value);

// Groovy's toString(): null is "null".
void append_text(std::string& out, const JavaValue& value);
[[nodiscard]] std::string text_of(const JavaValue& value);
[[nodiscard]] std::u16string units_of(const JavaValue& value);

// Groovy's truth: 0, "", [] and null are false.
[[nodiscard]] bool is_true(const JavaValue& value);

// Groovy's ==, by value across numbers: 1 == 1L, 1 == 1.0.
[[nodiscard]] bool equal(const JavaValue& a, const JavaValue& b);
// Groovy's <=>, null before all. Errors: 22023 the two have no order.
[[nodiscard]] Result<std::int32_t> compare(const JavaValue& a, const JavaValue& b);
// Java's equals(), where 1 is not 1L.
[[nodiscard]] bool same(const JavaValue& a, const JavaValue& b);

// hashCode(). A date's is that of a server in UTC. Errors: 22004 null; 22023 ranges.
[[nodiscard]] Result<std::int32_t> hash(const JavaValue& value);
// hash(value_of(value, type)), without a copy of text.
[[nodiscard]] Result<std::int32_t> hash_of(const Value& value, ValueType type);

[[nodiscard]] inline bool is_null(const JavaValue& value) {
  return std::holds_alternative<Null>(value);
}
[[nodiscard]] bool is_number(const JavaValue& value);

}  // namespace tessera::rules::java
