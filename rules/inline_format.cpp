// String.format() and sprintf(): %d %x %X %o %s %S %c %b %% with flags, a width and, for text, a
// precision.

#include <algorithm>
#include <charconv>

#include "rules/errors.h"
#include "rules/inline_methods.h"
#include "rules/java_number.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using java::JavaValue;

struct Specifier {
  bool left = false;      // '-'
  bool zeros = false;     // '0'
  bool plus = false;      // '+'
  bool space = false;     // ' '
  bool grouping = false;  // ','
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char letter = 0;
  std::string text;  // as it is written
};

// Digits at `at`, which moves behind them; no more than a text may be long.
std::size_t take_number(std::string_view text, std::size_t& at) {
  std::size_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = std::min(number * 10 + static_cast<std::size_t>(text[at] - '0'), kInlineTextMax + 1);
  }
  return number;
}

Specifier take_specifier(std::string_view text, std::size_t& at) {
  const std::size_t start = at++;
  Specifier specifier;
  for (; at < text.size(); ++at) {
    if (text[at] == '-') {
      specifier.left = true;
    } else if (text[at] == '0') {
      specifier.zeros = true;
    } else if (text[at] == '+') {
      specifier.plus = true;
    } else if (text[at] == ' ') {
      specifier.space = true;
    } else if (text[at] == ',') {
      specifier.grouping = true;
    } else {
      break;
    }
  }
  specifier.width = take_number(text, at);
  if (at < text.size() && text[at] == '.') specifier.precision = take_number(text, ++at);
  specifier.letter = at < text.size() ? text[at++] : '\0';
  specifier.text = text.substr(start, at - start);
  return specifier;
}

std::string grouped(std::string digits) {
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

// A whole number's sign and digits, with zeros up to the width.
std::string with_sign(const Specifier& specifier, bool negative, std::string digits) {
  if (specifier.grouping) digits = grouped(std::move(digits));
  const std::string sign = negative ? "-" : specifier.plus ? "+" : specifier.space ? " " : "";
  const std::size_t size = digits.size() + sign.size();
  if (specifier.zeros && size < specifier.width) digits.insert(0, specifier.width - size, '0');
  return sign + digits;
}

std::string bits_in(std::uint64_t bits, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bits, base).ptr;
  return {digits.data(), end};
}

Result<std::string> format_integer(const Specifier& specifier, const JavaValue& argument) {
  const auto number = java::untyped_number(argument);
  const JavaValue& value = number ? *number : argument;
  const bool is_int = std::holds_alternative<std::int32_t>(value);
  const bool whole = is_int || std::holds_alternative<std::int64_t>(value);
  const auto* big = std::get_if<java::BigIntegerPtr>(&value);
  if (specifier.precision || (!whole && (big == nullptr || specifier.letter != 'd'))) {
    return bad_argument(specifier.text, "an integer", java::class_name(value));
  }
  if (specifier.letter == 'd') {
    std::string digits = big != nullptr ? (*big)->str() : java::text_of(value);
    const bool negative = digits.starts_with('-');
    return with_sign(specifier, negative, digits.substr(negative ? 1 : 0));
  }
  const auto bits = static_cast<std::uint64_t>(java::long_value(value));
  std::string digits =
      bits_in(is_int ? static_cast<std::uint32_t>(bits) : bits, specifier.letter == 'o' ? 8 : 16);
  Specifier plain = specifier;
  plain.plus = plain.space = plain.grouping = false;
  return with_sign(plain, false, std::move(digits));
}

Result<std::string> format_decimal(const Specifier& specifier, const JavaValue& value) {
  const bool real = std::holds_alternative<double>(value);
  if (!std::holds_alternative<java::DecimalPtr>(value) && !real) {
    return bad_argument(specifier.text, "a decimal", java::class_name(value));
  }
  const auto digits = static_cast<std::int32_t>(
      std::min<std::size_t>(specifier.precision.value_or(6), java::kDigitsMax));
  const std::string text = java::to_plain_text(java::rescale(java::decimal_of(value), digits));
  const bool negative = text.starts_with('-');
  Specifier plain = specifier;
  plain.grouping = false;
  return with_sign(plain, negative, text.substr(negative ? 1 : 0));
}

Result<std::u16string> format_one(const Specifier& specifier, const JavaValue& value) {
  Result<std::string> digits = std::string();
  switch (specifier.letter) {
    case 'd':
    case 'x':
    case 'X':
    case 'o':
      digits = format_integer(specifier, value);
      break;
    case 'f':
      digits = format_decimal(specifier, value);
      break;
    case 'b':
      digits = std::string(std::holds_alternative<bool>(value) ? java::text_of(value)
                           : java::is_null(value)              ? "false"
                                                               : "true");
      break;
    case 'c':
      if (const auto* unit = std::get_if<java::Character>(&value)) {
        return std::u16string(1, unit->unit);
      }
      if (const auto* unit = std::get_if<std::int32_t>(&value); unit && *unit >= 0 && *unit < 128) {
        return std::u16string(1, static_cast<char16_t>(*unit));
      }
      return bad_argument(specifier.text, "a Character", java::class_name(value));
    default: {
      std::u16string text = java::units_of(value);
      if (specifier.precision && *specifier.precision < text.size()) {
        text.resize(*specifier.precision);
      }
      return text;
    }
  }
  if (!digits) return digits.error();
  return java::from_ascii(*digits);
}

Status check(const Specifier& specifier) {
  constexpr std::string_view kLetters = "dxXosScbf%n";
  const bool known = specifier.letter != '\0' && kLetters.find(specifier.letter) != kLetters.npos;
  const bool text =
      known && std::string_view("sScb%n").find(specifier.letter) != std::string_view::npos;
  const bool flags = specifier.zeros || specifier.plus || specifier.space || specifier.grouping;
  if (!known || (text && flags) || (specifier.left && specifier.zeros) ||
      ((specifier.left || specifier.zeros) && specifier.width == 0)) {
    return bad_argument("format", "one of %d %x %X %o %s %S %c %b %f %n %%", specifier.text);
  }
  if (specifier.width > kInlineTextMax) return inline_too_much();
  return {};
}

// Fills up to the width, and the capital letters have capitals.
Result<std::u16string> finish(const Specifier& specifier, std::u16string text) {
  const bool capitals = specifier.letter == 'X' || specifier.letter == 'S';
  if (capitals && !java::to_upper(text)) {
    return inline_cannot("change the case of", java::utf8(text));
  }
  if (text.size() >= specifier.width) return text;
  const std::u16string pad(specifier.width - text.size(), u' ');
  return specifier.left ? text + pad : pad + text;
}

}  // namespace

Result<JavaValue> inline_format(std::span<const JavaValue> arguments) {
  if (!std::holds_alternative<java::Text>(arguments.front())) {
    return bad_argument("format", "a String", java::class_name(arguments.front()));
  }
  const std::string format = java::text_of(arguments.front());
  std::u16string result;
  std::size_t next = 1;
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t literal = std::min(format.find('%', at), format.size());
    result += java::utf16(std::string_view(format).substr(at, literal - at));
    at = literal;
    if (at == format.size()) break;
    const Specifier specifier = take_specifier(format, at);
    const Status known = check(specifier);
    if (!known) return known.error();
    const bool takes = specifier.letter != '%' && specifier.letter != 'n';
    if (takes && next >= arguments.size()) {
      return bad_argument("format", "an argument for " + specifier.text, "none");
    }
    Result<std::u16string> text = std::u16string(specifier.letter == '%' ? u"%" : u"\n");
    if (takes) text = format_one(specifier, arguments[next++]);
    if (!text) return text.error();
    text = finish(specifier, std::move(*text));
    if (!text) return text.error();
    result += *text;
    if (result.size() > kInlineTextMax) return inline_too_much();
  }
  return java::make(std::move(result));
}

}  // namespace tessera::rules
