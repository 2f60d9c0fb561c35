#include "rules/java_decimal.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "rules/java.h"

namespace tessera::rules::java {
namespace {

BigInteger power_of_ten(std::int32_t exponent) {
  return boost::multiprecision::pow(BigInteger(10), static_cast<unsigned>(exponent));
}

BigInteger magnitude(const BigInteger& number) { return number < 0 ? BigInteger(-number) : number; }

std::int32_t precision(const BigInteger& number) {
  return number == 0 ? 1 : static_cast<std::int32_t>(magnitude(number).str().size());
}

struct Aligned {
  BigInteger a;
  BigInteger b;
  std::int32_t scale;
};

Aligned align(const Decimal& a, const Decimal& b) {
  const std::int32_t scale = std::max(a.scale, b.scale);
  return {a.unscaled * power_of_ten(scale - a.scale), b.unscaled * power_of_ten(scale - b.scale),
          scale};
}

BigInteger divide_half_up(const BigInteger& a, const BigInteger& b) {
  const BigInteger quotient = a / b;
  const BigInteger rest = a % b;
  if (2 * magnitude(rest) < magnitude(b)) return quotient;
  return (a < 0) != (b < 0) ? BigInteger(quotient - 1) : BigInteger(quotient + 1);
}

// How often `factor` divides `number`, which loses it.
std::int32_t take_out(BigInteger& number, unsigned factor) {
  std::int32_t times = 0;
  while (number % factor == 0) {
    number /= factor;
    ++times;
  }
  return times;
}

// The quotient if it has an end: with the preferred scale, or as many digits more as it needs.
std::optional<Decimal> divide_exactly(const Decimal& a, const Decimal& b) {
  const std::int32_t preferred = a.scale - b.scale;
  if (a.unscaled == 0) return Decimal{0, preferred};
  BigInteger denominator = b.unscaled / boost::multiprecision::gcd(a.unscaled, b.unscaled);
  if (denominator < 0) denominator = -denominator;
  const std::int32_t twos = take_out(denominator, 2);
  const std::int32_t fives = take_out(denominator, 5);
  if (denominator != 1) return std::nullopt;
  const std::int32_t more = std::max(twos, fives);
  return Decimal{a.unscaled * power_of_ten(more) / b.unscaled, preferred + more};
}

// The first `digits` digits of a quotient without end, the last one rounded.
Decimal divide_to_digits(const Decimal& a, const Decimal& b, std::int32_t digits) {
  std::int32_t shift = digits + precision(b.unscaled) - precision(a.unscaled);
  const auto quotient = [&](std::int32_t by) {
    return by >= 0 ? divide_half_up(a.unscaled * power_of_ten(by), b.unscaled)
                   : divide_half_up(a.unscaled, b.unscaled * power_of_ten(-by));
  };
  // The estimate gives `digits` digits or one more. Rounding is done once, from the true value.
  if (precision(a.unscaled * power_of_ten(std::max(shift, 0)) /
                (b.unscaled * power_of_ten(std::max(-shift, 0)))) > digits) {
    --shift;
  }
  Decimal result{quotient(shift), a.scale - b.scale + shift};
  if (precision(result.unscaled) > digits) {  // 99.96 has become 100.0
    result.unscaled /= 10;
    --result.scale;
  }
  return result;
}

}  // namespace

bool is_too_large(const BigInteger& number) {
  return number != 0 && boost::multiprecision::msb(magnitude(number)) > kDigitsMax * 3;
}

bool is_too_large(const Decimal& number) {
  return is_too_large(number.unscaled) || number.scale > kDigitsMax || number.scale < -kDigitsMax;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  std::string digits;
  bool point = false;
  std::int64_t scale = 0;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.' && !point) {
      point = true;
    } else if (text[at] >= '0' && text[at] <= '9') {
      digits += text[at];
      scale += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > static_cast<std::size_t>(kDigitsMax)) return std::nullopt;
  if (at < text.size()) {
    ++at;
    if (at < text.size() && text[at] == '+' && text.substr(at, 2) != "+-") ++at;
    std::int32_t exponent = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + at, end, exponent);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    scale -= exponent;
  }
  if (scale > kDigitsMax || scale < -kDigitsMax) return std::nullopt;
  // A leading zero would make cpp_int read an octal number.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  Decimal number{BigInteger(digits), static_cast<std::int32_t>(scale)};
  if (text.front() == '-') number.unscaled = -number.unscaled;
  if (is_too_large(number)) return std::nullopt;
  return number;
}

Decimal add(const Decimal& a, const Decimal& b) {
  Aligned both = align(a, b);
  return {both.a + both.b, both.scale};
}

Decimal subtract(const Decimal& a, const Decimal& b) {
  Aligned both = align(a, b);
  return {both.a - both.b, both.scale};
}

Decimal multiply(const Decimal& a, const Decimal& b) {
  return {a.unscaled * b.unscaled, a.scale + b.scale};
}

Decimal divide(const Decimal& a, const Decimal& b) {
  if (const auto exact = divide_exactly(a, b)) return *exact;
  constexpr std::int32_t kExtra = 10;
  const std::int32_t digits = std::max(precision(a.unscaled), precision(b.unscaled)) + kExtra;
  const Decimal result = divide_to_digits(a, b, digits);
  const std::int32_t scale = std::max({a.scale, b.scale, kExtra});
  return result.scale > scale ? rescale(result, scale) : result;
}

// Java computes a - truncate(a / b) * b, whose scale is that of the longer operand here.
Decimal remainder(const Decimal& a, const Decimal& b) {
  Aligned both = align(a, b);
  Decimal result{both.a % both.b, both.scale};
  // Where the quotient's integral part has no digits after the point, a's own scale remains.
  if (both.a / both.b == 0) return {a.unscaled, a.scale};
  return result;
}

int compare(const Decimal& a, const Decimal& b) {
  const Aligned both = align(a, b);
  return both.a < both.b ? -1 : both.a > both.b ? 1 : 0;
}

Decimal rescale(const Decimal& number, std::int32_t scale) {
  if (scale >= number.scale) return {number.unscaled * power_of_ten(scale - number.scale), scale};
  return {divide_half_up(number.unscaled, power_of_ten(number.scale - scale)), scale};
}

BigInteger truncate(const Decimal& number) {
  if (number.scale <= 0) return number.unscaled * power_of_ten(-number.scale);
  return number.unscaled / power_of_ten(number.scale);
}

std::int64_t low_bits(const BigInteger& number) {
  const BigInteger low = magnitude(number) & std::numeric_limits<std::uint64_t>::max();
  const auto bits = low.convert_to<std::uint64_t>();
  return wrap(number < 0 ? 0 - bits : bits);
}

bool fits_long(const BigInteger& number) {
  return number >= std::numeric_limits<std::int64_t>::min() &&
         number <= std::numeric_limits<std::int64_t>::max();
}

std::string to_plain_text(const Decimal& number) {
  std::string digits = magnitude(number.unscaled).str();
  if (number.scale < 0) {
    if (number.unscaled != 0) digits.append(static_cast<std::size_t>(-number.scale), '0');
  } else if (number.scale > 0) {
    const auto scale = static_cast<std::size_t>(number.scale);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, ".");
  }
  return number.unscaled < 0 ? "-" + digits : digits;
}

std::string to_text(const Decimal& number) {
  std::string digits = magnitude(number.unscaled).str();
  const auto exponent =
      static_cast<std::int64_t>(digits.size()) - 1 - static_cast<std::int64_t>(number.scale);
  if (number.scale >= 0 && exponent >= -6) return to_plain_text(number);
  if (digits.size() > 1) digits.insert(1, ".");
  if (exponent != 0) digits += (exponent > 0 ? "E+" : "E") + std::to_string(exponent);
  return number.unscaled < 0 ? "-" + digits : digits;
}

std::int32_t hash(const BigInteger& number) {
  std::vector<std::uint32_t> words;
  boost::multiprecision::export_bits(magnitude(number), std::back_inserter(words), 32);
  std::uint32_t sum = 0;
  for (const std::uint32_t word : words) sum = sum * 31 + word;
  return static_cast<std::int32_t>(number < 0 ? 0 - sum : sum);
}

std::int32_t hash(const Decimal& number) {
  const auto sum = static_cast<std::uint32_t>(hash(number.unscaled)) * 31;
  return static_cast<std::int32_t>(sum + static_cast<std::uint32_t>(number.scale));
}

}  // namespace tessera::rules::java
