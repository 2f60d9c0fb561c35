#pragma once
// Groovy's arithmetic: an Integer stays one (32 bits, wrapping) until it meets a wider number.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "rules/java_value.h"

namespace tessera::rules::java {

enum class Operator : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,     // of integers: a decimal
  kRemainder,  // sign of the dividend
  kIntdiv,
  kFloorMod,
  kFloorDiv,
  kPower,
  kShiftLeft,
  kShiftRight,
  kShiftRightUnsigned,
  kAnd,
  kOr,
  kXor,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kCompare,
  kIn,
  kNotIn,
  // Of one operand.
  kNegate,
  kPlus,
  kComplement,
  kNot,
};

enum class NumberClass : std::uint8_t { kInteger, kLong, kBigInteger, kDecimal, kDouble };

// Applies an operator of two operands, whatever their classes.
// Errors: 22P02 text where a number is needed; 22012; 22003 too large; 22023 no such operator for
// these classes.
[[nodiscard]] Result<JavaValue> operate(Operator what, const JavaValue& a, const JavaValue& b);
[[nodiscard]] Result<JavaValue> operate(Operator what, const JavaValue& operand);

// The number that text without a known type holds.
[[nodiscard]] std::optional<JavaValue> untyped_number(const JavaValue& value);

// Both are numbers: -1, 0, 1.
[[nodiscard]] std::int32_t compare_numbers(const JavaValue& a, const JavaValue& b);
// A number's.
[[nodiscard]] std::int32_t sign(const JavaValue& number);
[[nodiscard]] Result<JavaValue> absolute(const JavaValue& value);

[[nodiscard]] Decimal decimal_of(const JavaValue& number);
// Of digits as Java prints them; what is too large is infinite.
[[nodiscard]] double nearest_double(const std::string& text);
[[nodiscard]] double double_of(const JavaValue& number);
// longValue(): what stands after the point is lost, and all but the low 64 bits.
[[nodiscard]] std::int64_t long_value(const JavaValue& number);

// Integer.parseInt(), Long.parseLong(), toInteger() of text, and of numbers, which must fit.
// Errors: 22P02, 22003.
[[nodiscard]] Result<std::int32_t> parse_int(const JavaValue& value);
[[nodiscard]] Result<std::int64_t> parse_long(const JavaValue& value);

// `value as TYPE` and `(TYPE) value` of numbers, characters and text.
// Errors: 22P02, 22003, 22023.
[[nodiscard]] Result<JavaValue> convert(const JavaValue& value, NumberClass to);

}  // namespace tessera::rules::java
