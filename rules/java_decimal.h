#pragma once
// Java's BigInteger and BigDecimal, as far as Groovy's arithmetic of literals and columns uses
// them.
//
// Groovy divides integers into decimals (`7 / 2` is 3.5), and their scale decides how the result is
// printed and hashed; so scales are Java's, digit by digit. Sizes are bounded by the callers.

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::rules::java {

using BigInteger = boost::multiprecision::cpp_int;

// unscaled × 10^-scale.
struct Decimal {
  BigInteger unscaled;
  std::int32_t scale = 0;
};

// No number gets larger than this: digits of an unscaled value, and the size of a scale.
inline constexpr std::int32_t kDigitsMax = 1000;

[[nodiscard]] bool is_too_large(const BigInteger& number);
[[nodiscard]] bool is_too_large(const Decimal& number);

// new BigDecimal(text); absent: it is none, or too large.
[[nodiscard]] std::optional<Decimal> read_decimal(std::string_view text);

[[nodiscard]] Decimal add(const Decimal& a, const Decimal& b);
[[nodiscard]] Decimal subtract(const Decimal& a, const Decimal& b);
[[nodiscard]] Decimal multiply(const Decimal& a, const Decimal& b);
// Groovy's `/`: exact if the quotient ends; else with ten digits more than the longer operand,
// and at most ten (or the operands' own) after the point. `b` is not zero.
[[nodiscard]] Decimal divide(const Decimal& a, const Decimal& b);
// With the sign of the dividend. `b` is not zero.
[[nodiscard]] Decimal remainder(const Decimal& a, const Decimal& b);
[[nodiscard]] int compare(const Decimal& a, const Decimal& b);

// RoundingMode.HALF_UP to `scale`.
[[nodiscard]] Decimal rescale(const Decimal& number, std::int32_t scale);
// Without what stands after the point.
[[nodiscard]] BigInteger truncate(const Decimal& number);
// longValue(): the low 64 bits.
[[nodiscard]] std::int64_t low_bits(const BigInteger& number);
[[nodiscard]] bool fits_long(const BigInteger& number);

// toString() and toPlainString().
[[nodiscard]] std::string to_text(const Decimal& number);
[[nodiscard]] std::string to_plain_text(const Decimal& number);

[[nodiscard]] std::int32_t hash(const BigInteger& number);
[[nodiscard]] std::int32_t hash(const Decimal& number);

}  // namespace tessera::rules::java
