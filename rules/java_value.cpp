#include "rules/java_value.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "rules/errors.h"
#include "rules/integer_text.h"
#include "rules/java.h"
#include "rules/java_number.h"
#include "rules/java_text.h"

namespace tessera::rules::java {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<JavaValue>> kClassNames{
    "null",   "Boolean",    "Integer",    "Long", "Double",    "Character",
    "String", "BigInteger", "BigDecimal", "List", "Timestamp", "UUID"};

std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-3 && size < 1e7);
  std::array<char, 64> buffer{};
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, format).ptr;
  std::string text(buffer.data(), end);
  if (plain) return text.find('.') == text.npos ? text + ".0" : text;
  // 1e+08 and 1.5e-05 here are 1.0E8 and 1.5E-5 there.
  const std::size_t at = text.find('e');
  std::string digits = text.substr(0, at);
  if (digits.find('.') == digits.npos) digits += ".0";
  std::int32_t exponent = 0;
  const std::size_t sign = text[at + 1] == '+' ? 2 : 1;
  std::from_chars(text.data() + at + sign, text.data() + text.size(), exponent);
  return digits + "E" + std::to_string(exponent);
}

std::string uuid_text(const Uuid& uuid) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", uuid.high >> 32U,
                     uuid.high >> 16U & 0xFFFFU, uuid.high & 0xFFFFU, uuid.low >> 48U,
                     uuid.low & 0xFFFF'FFFF'FFFFU);
}

struct TextAppender {
  std::string& out;
  void operator()(const Null&) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int32_t value) const { append_integer(value); }
  void operator()(std::int64_t value) const { append_integer(value); }
  void operator()(double value) const { out += double_text(value); }
  void operator()(const Character& value) const { append_utf8(out, {&value.unit, 1}); }
  void operator()(const Text& value) const { append_utf8(out, value.units); }
  void operator()(const BigIntegerPtr& value) const { out += value->str(); }
  void operator()(const DecimalPtr& value) const { out += to_text(*value); }
  void operator()(const DateTime& value) const { out += to_text(value); }
  void operator()(const Uuid& value) const { out += uuid_text(value); }
  void operator()(const ListPtr& value) const {
    out += '[';
    for (std::size_t n = 0; n < value->elements.size(); ++n) {
      if (n > 0) out += ", ";
      append_text(out, value->elements[n]);
    }
    out += ']';
  }
  void append_integer(std::int64_t value) const {
    std::array<char, 24> digits{};
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }
};

std::optional<char16_t> single_unit(const JavaValue& value) {
  if (const auto* character = std::get_if<Character>(&value)) return character->unit;
  const auto* text = std::get_if<Text>(&value);
  if (text != nullptr && text->units.size() == 1) return text->units.front();
  return std::nullopt;
}

bool is_text(const JavaValue& value) {
  return std::holds_alternative<Text>(value) || std::holds_alternative<Character>(value);
}

bool equal_lists(const List& a, const List& b) {
  if (a.elements.size() != b.elements.size()) return false;
  for (std::size_t n = 0; n < a.elements.size(); ++n) {
    if (!equal(a.elements[n], b.elements[n])) return false;
  }
  return true;
}

// compareTo() of String: the difference of the first units that differ, else of the lengths.
std::int32_t compare_units(std::u16string_view a, std::u16string_view b) {
  for (std::size_t n = 0; n < a.size() && n < b.size(); ++n) {
    if (a[n] != b[n]) return a[n] - b[n];
  }
  return static_cast<std::int32_t>(static_cast<std::int64_t>(a.size()) -
                                   static_cast<std::int64_t>(b.size()));
}

template <class T>
std::int32_t order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Groovy compares a number with a text of one character by that character's number. Text of no
// known type is the number that it holds.
std::optional<JavaValue> beside_number(const JavaValue& value) {
  if (is_number(value)) return value;
  if (auto number = untyped_number(value)) return number;
  if (const auto unit = single_unit(value)) return JavaValue(static_cast<std::int32_t>(*unit));
  return std::nullopt;
}

std::int32_t hash_bits(std::uint64_t bits) { return hash_long(wrap(bits)); }

Result<std::int32_t> hash_list(const List& list) {
  std::uint32_t sum = 1;
  for (const JavaValue& element : list.elements) {
    std::int32_t one = 0;
    if (!is_null(element)) {
      const auto hashed = hash(element);
      if (!hashed) return hashed.error();
      one = *hashed;
    }
    sum = sum * 31 + static_cast<std::uint32_t>(one);
  }
  return static_cast<std::int32_t>(sum);
}

// 32 hexadecimal digits, with hyphens or without.
std::optional<JavaValue> read_uuid(std::string_view text) {
  Uuid uuid;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const unsigned letter = static_cast<unsigned char>(c) | 0x20U;
    const bool decimal = c >= '0' && c <= '9';
    if ((!decimal && (letter < 'a' || letter > 'f')) || ++digits > 32) return std::nullopt;
    const unsigned digit = decimal ? static_cast<unsigned>(c - '0') : letter - 'a' + 10;
    uuid.high = uuid.high << 4U | uuid.low >> 60U;
    uuid.low = uuid.low << 4U | digit;
  }
  if (digits != 32) return std::nullopt;
  return uuid;
}

std::optional<JavaValue> read_typed(std::string_view text, ValueType type) {
  switch (type) {
    case ValueType::kNumeric:
      if (const auto number = read_decimal(text)) return make(*number);
      return std::nullopt;
    case ValueType::kBool:
      if (text == "t" || text == "true") return true;
      if (text == "f" || text == "false") return false;
      return std::nullopt;
    case ValueType::kUuid:
      return read_uuid(text);
    case ValueType::kDate:
    case ValueType::kTimestamp:
    case ValueType::kTimestamptz: {
      auto time = read_date_time(text);
      if (!time) return std::nullopt;
      time->date_only = type == ValueType::kDate;
      return *time;
    }
    case ValueType::kFloat4:
    case ValueType::kFloat8: {
      double number = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
      return number;
    }
    default:
      return std::nullopt;
  }
}

JavaValue value_of_text(std::string_view text, ValueType type) {
  if (auto typed = read_typed(text, type)) return *typed;
  return Text{utf16(text), type == ValueType::kUnknown};
}

struct Hasher {
  Result<std::int32_t> operator()(const Null&) const { return null_in_expression("hashCode()"); }
  Result<std::int32_t> operator()(bool value) const { return value ? 1231 : 1237; }
  Result<std::int32_t> operator()(std::int32_t value) const { return value; }
  Result<std::int32_t> operator()(std::int64_t value) const { return hash_long(value); }
  Result<std::int32_t> operator()(double value) const {
    return hash_bits(std::bit_cast<std::uint64_t>(value));
  }
  Result<std::int32_t> operator()(const Character& value) const {
    return static_cast<std::int32_t>(value.unit);
  }
  Result<std::int32_t> operator()(const Text& value) const {
    std::uint32_t sum = 0;
    for (const char16_t unit : value.units) sum = sum * 31 + unit;
    return static_cast<std::int32_t>(sum);
  }
  Result<std::int32_t> operator()(const BigIntegerPtr& value) const { return hash(*value); }
  Result<std::int32_t> operator()(const DecimalPtr& value) const { return hash(*value); }
  Result<std::int32_t> operator()(const ListPtr& value) const {
    if (value->bounds) return inline_cannot("hashCode()", "a range");
    return hash_list(*value);
  }
  Result<std::int32_t> operator()(const DateTime& value) const {
    return hash_bits(static_cast<std::uint64_t>(epoch_millis(value)));
  }
  Result<std::int32_t> operator()(const Uuid& value) const {
    return hash_bits(value.high ^ value.low);
  }
};

}  // namespace

JavaValue value_of(const Value& value, ValueType type) {
  if (std::holds_alternative<Null>(value)) return Null{};
  if (const auto* text = std::get_if<std::string>(&value)) return value_of_text(*text, type);
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (type) {
    case ValueType::kInt2:
    case ValueType::kInt4:
    case ValueType::kUnknown:
      return narrow(number) == number ? JavaValue(narrow(number)) : JavaValue(number);
    case ValueType::kInt8:
      return number;
    default:
      return value_of_text(std::to_string(number), type);
  }
}

Result<std::int32_t> hash_of(const Value& value, ValueType type) {
  const auto* text = std::get_if<std::string>(&value);
  const bool plain = type == ValueType::kText || type == ValueType::kUnknown ||
                     type == ValueType::kBpchar || is_integer_type(type);
  if (text != nullptr && plain) return hash_text(*text);
  return hash(value_of(value, type));
}

JavaValue make(BigInteger number) { return std::make_shared<const BigInteger>(std::move(number)); }
JavaValue make(Decimal number) { return std::make_shared<const Decimal>(std::move(number)); }
JavaValue make(std::u16string text) { return Text{std::move(text)}; }
JavaValue make_list(std::vector<JavaValue> elements) {
  return std::make_shared<const List>(List{std::move(elements), std::nullopt});
}

std::string_view class_name(const JavaValue& value) { return kClassNames[value.index()]; }

void append_text(std::string& out, const JavaValue& value) { std::visit(TextAppender{out}, value); }

std::string text_of(const JavaValue& value) {
  std::string text;
  append_text(text, value);
  return text;
}

std::u16string units_of(const JavaValue& value) {
  if (const auto* text = std::get_if<Text>(&value)) return text->units;
  return utf16(text_of(value));
}

bool is_true(const JavaValue& value) {
  if (is_null(value)) return false;
  if (const auto* yes = std::get_if<bool>(&value)) return *yes;
  if (const auto* text = std::get_if<Text>(&value)) return !text->units.empty();
  if (const auto* character = std::get_if<Character>(&value)) return character->unit != 0;
  if (const auto* list = std::get_if<ListPtr>(&value)) return !(*list)->elements.empty();
  return !is_number(value) || sign(value) != 0;
}

bool is_number(const JavaValue& value) {
  return std::holds_alternative<std::int32_t>(value) ||
         std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value) ||
         std::holds_alternative<BigIntegerPtr>(value) || std::holds_alternative<DecimalPtr>(value);
}

bool equal(const JavaValue& a, const JavaValue& b) {
  if (is_number(a) || is_number(b)) {
    const auto left = beside_number(a);
    const auto right = beside_number(b);
    return left && right && compare_numbers(*left, *right) == 0;
  }
  if (is_text(a) && is_text(b)) return units_of(a) == units_of(b);
  const auto* list = std::get_if<ListPtr>(&a);
  const auto* other = std::get_if<ListPtr>(&b);
  if (list != nullptr && other != nullptr) return equal_lists(**list, **other);
  return a.index() == b.index() && text_of(a) == text_of(b);
}

bool same(const JavaValue& a, const JavaValue& b) {
  if (a.index() != b.index()) return false;
  const auto* decimal = std::get_if<DecimalPtr>(&a);
  if (decimal != nullptr && (*decimal)->scale != std::get<DecimalPtr>(b)->scale) return false;
  return equal(a, b);
}

Result<std::int32_t> compare(const JavaValue& a, const JavaValue& b) {
  if (is_null(a) || is_null(b)) return order(!is_null(a), !is_null(b));
  if (is_number(a) || is_number(b)) {
    const auto left = beside_number(a);
    const auto right = beside_number(b);
    if (left && right) return compare_numbers(*left, *right);
  } else if (is_text(a) && is_text(b)) {
    return compare_units(units_of(a), units_of(b));
  } else if (a.index() == b.index()) {
    if (const auto* yes = std::get_if<bool>(&a)) return order(*yes, std::get<bool>(b));
    if (const auto* time = std::get_if<DateTime>(&a)) {
      const auto& other = std::get<DateTime>(b);
      const std::int32_t days = order(time->day, other.day);
      return days != 0 ? days : order(time->nanos, other.nanos);
    }
  }
  return inline_cannot("compare " + std::string(class_name(a)) + " with", class_name(b));
}

Result<std::int32_t> hash(const JavaValue& value) { return std::visit(Hasher{}, value); }

}  // namespace tessera::rules::java
