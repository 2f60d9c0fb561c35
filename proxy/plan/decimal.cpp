#include "proxy/plan/decimal.h"

#include <charconv>
#include <limits>
#include <string>

namespace tessera::plan {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// Digits and where the decimal point stands among them: 0.digits * 10^point.
struct Digits {
  std::string digits;
  std::int64_t point = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r\f\v");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n\r\f\v") - first + 1);
}

std::optional<std::int64_t> read_exponent(std::string_view text) {
  if (text.empty()) return 0;
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  // Far past every number that PostgreSQL accepts.
  if (exponent > 1'000'000 || exponent < -1'000'000) return std::nullopt;
  return exponent;
}

std::optional<Digits> read_digits(std::string_view text) {
  Digits out;
  std::size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) out.digits += text[at];
  out.point = static_cast<std::int64_t>(out.digits.size());
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at) out.digits += text[at];
  }
  if (out.digits.empty()) return std::nullopt;
  if (at < text.size() && text[at] != 'e' && text[at] != 'E') return std::nullopt;
  const auto exponent = read_exponent(text.substr(at));
  if (!exponent) return std::nullopt;
  out.point += *exponent;
  return out;
}

// The integer of the digits before the point; saturates.
std::uint64_t whole(const Digits& number) {
  constexpr std::uint64_t kLimit = std::numeric_limits<std::uint64_t>::max() / 10 - 1;
  std::uint64_t out = 0;
  for (std::int64_t place = 0; place < number.point; ++place) {
    const bool has_digit = place < static_cast<std::int64_t>(number.digits.size());
    const char digit = has_digit ? number.digits[static_cast<std::size_t>(place)] : '0';
    if (out == 0 && digit == '0') {
      if (!has_digit) return 0;
      continue;
    }
    if (out > kLimit) return std::numeric_limits<std::uint64_t>::max();
    out = out * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return out;
}

bool has_fraction(const Digits& number) {
  const auto start = number.point > 0 ? static_cast<std::size_t>(number.point) : 0;
  return start < number.digits.size() &&
         number.digits.find_first_not_of('0', start) != std::string::npos;
}

IntegerPart positive(std::uint64_t magnitude, bool fraction) {
  if (magnitude > static_cast<std::uint64_t>(kMax)) return {kMax, false, true};
  return {static_cast<std::int64_t>(magnitude), !fraction, false};
}

IntegerPart negative(std::uint64_t magnitude, bool fraction) {
  constexpr std::uint64_t kEdge = static_cast<std::uint64_t>(kMax) + 1;
  if (magnitude > kEdge || (magnitude == kEdge && fraction)) return {kMin, false, true};
  if (magnitude == kEdge) return {kMin, true, false};
  return {-static_cast<std::int64_t>(magnitude) - (fraction ? 1 : 0), !fraction, false};
}

}  // namespace

std::optional<IntegerPart> integer_part(std::string_view text, bool negated) {
  text = trim(text);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negated = negated != (text.front() == '-');
    text.remove_prefix(1);
  }
  const auto number = read_digits(text);
  if (!number) return std::nullopt;
  const std::uint64_t magnitude = whole(*number);
  const bool fraction = has_fraction(*number);
  return negated ? negative(magnitude, fraction) : positive(magnitude, fraction);
}

}  // namespace tessera::plan
