#include "proxy/plan/value.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "proxy/plan/decimal.h"
#include "proxy/plan/errors.h"
#include "rules/errors.h"
#include "rules/integer_text.h"

namespace tessera::plan {
namespace {

using parser::ConstantClass;
using rules::Null;
using rules::Value;
using rules::ValueType;

// pg_type.oid of the types whose values can be routed by.
enum BuiltIn : catalog::Oid {
  kUndeclared = 0,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kUnknown = 705,
  kVarchar = 1043,
  kNumeric = 1700,
};

std::string_view type_name(ValueType type) {
  if (type == ValueType::kInt2) return "smallint";
  return type == ValueType::kInt4 ? "integer" : "bigint";
}

// Text that PostgreSQL reads as the column's integer type.
Result<Value> integer_text(std::string_view text, ValueType type) {
  std::int64_t number = 0;
  switch (rules::read_integer(text, number)) {
    case rules::IntegerText::kInteger:
      return Value{number};
    case rules::IntegerText::kInvalid:
      return rules::invalid_integer(text, type_name(type));
    case rules::IntegerText::kOutOfRange:
      break;
  }
  return rules::integer_out_of_range(text, type_name(type));
}

// A number that need not be an integer, next to an integer column.
Result<Value> number_text(std::string_view text, bool negated, ValueType type, Use use) {
  const auto part = integer_part(text, negated);
  if (!part) return constant_not_routable(text);
  if (part->exact || use == Use::kBound) return Value{part->floor};
  if (use == Use::kEqual) return Value{Null{}};
  if (part->out_of_range) return rules::integer_out_of_range(text, type_name(type));
  return not_an_integer_key(text);
}

constexpr std::size_t kSmallDigits = 10;

// It is nothing but digits, kSmallDigits at most.
std::int64_t small_integer(std::string_view digits, bool negated) {
  std::int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return negated ? -number : number;
}

bool is_integer(ConstantClass kind) { return kind <= ConstantClass::kInt8Edge; }

bool is_bits(ConstantClass kind) {
  return kind == ConstantClass::kBitString || kind == ConstantClass::kHexString;
}

// An integer constant as text: what the cast from integer to text gives.
Result<Value> digits_value(std::string_view text, bool negated) {
  const auto part = integer_part(text, negated);
  if (!part || !part->exact) return constant_not_routable(text);
  return Value{std::to_string(part->floor)};
}

Result<Value> constant_value(const ValueSource& source, ValueType type, const Values& values,
                             Use use) {
  const parser::Constant& constant = (*values.constants)[source.index];
  const std::string_view text = values.text.substr(constant.offset, constant.length);
  if (is_bits(constant.kind) || type == ValueType::kUnknown) return constant_not_routable(text);
  if (constant.kind == ConstantClass::kInt4 && type != ValueType::kText &&
      text.size() <= kSmallDigits)
    return Value{small_integer(text, source.negated)};
  if (constant.kind == ConstantClass::kNumeric) {
    if (type == ValueType::kText) return constant_not_routable(text);
    return number_text(text, source.negated, type, use);
  }
  if (is_integer(constant.kind)) {
    if (type == ValueType::kText) return digits_value(text, source.negated);
    return number_text(text, source.negated, type, use);
  }
  auto plain = parser::constant_value(values.text, constant);
  if (!plain) return plain.error();
  if (type == ValueType::kText) return Value{std::move(*plain)};
  return integer_text(*plain, type);
}

std::optional<std::int64_t> big_endian(std::string_view bytes) {
  if (bytes.size() != 2 && bytes.size() != 4 && bytes.size() != 8) return std::nullopt;
  // The sign is that of the first byte.
  std::uint64_t out = (bytes.front() & '\x80') != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) out = out << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(out);
}

std::size_t length_of(catalog::Oid type, std::string_view bytes) {
  if (type == kInt2) return 2;
  if (type == kInt4) return 4;
  return type == kInt8 ? 8 : bytes.size();
}

Result<Value> binary_integer(const Parameter& parameter, std::uint32_t number) {
  const std::string_view bytes = *parameter.bytes;
  const auto integer = big_endian(bytes);
  if (!integer || bytes.size() != length_of(parameter.type, bytes)) {
    return bad_parameter_length(number);
  }
  return Value{*integer};
}

bool is_text(catalog::Oid type) {
  // Not char(n): equality with it does not mind trailing spaces, hashing does.
  return type == kText || type == kVarchar || type == kName || type == kUnknown ||
         type == kUndeclared;
}

bool is_integer(catalog::Oid type) { return type == kInt2 || type == kInt4 || type == kInt8; }

Result<Value> text_column_value(const Parameter& parameter, std::uint32_t number) {
  if (is_integer(parameter.type)) {
    if (!parameter.binary) return digits_value(*parameter.bytes, false);
    auto integer = binary_integer(parameter, number);
    if (!integer) return integer.error();
    return Value{std::to_string(std::get<std::int64_t>(*integer))};
  }
  if (!is_text(parameter.type)) return parameter_type_not_routable(number, parameter.type);
  return Value{std::string(*parameter.bytes)};
}

Result<Value> integer_column_value(const Parameter& parameter, std::uint32_t number, ValueType type,
                                   Use use) {
  const bool undeclared = parameter.type == kUndeclared;
  if (parameter.binary && (undeclared || is_integer(parameter.type))) {
    return binary_integer(parameter, number);
  }
  // The binary form of text types is the text itself.
  if (is_text(parameter.type) || is_integer(parameter.type)) {
    return integer_text(*parameter.bytes, type);
  }
  // A fraction would be rounded by a cast that may stand around the parameter, and else match
  // nothing.
  if (parameter.type == kNumeric && !parameter.binary) {
    const auto part = integer_part(*parameter.bytes);
    if (part && (part->exact || use == Use::kBound)) return Value{part->floor};
  }
  return parameter_type_not_routable(number, parameter.type);
}

Result<Value> parameter_value(const ValueSource& source, ValueType type, const Values& values,
                              Use use) {
  const std::uint32_t number = source.index + 1;
  if (values.parameters == nullptr || source.index >= values.parameters->size()) {
    return parameter_not_bound(number);
  }
  const Parameter& parameter = (*values.parameters)[source.index];
  if (!parameter.bytes) return Value{Null{}};
  if (type == ValueType::kText) return text_column_value(parameter, number);
  if (type == ValueType::kUnknown) return parameter_type_not_routable(number, parameter.type);
  auto value = integer_column_value(parameter, number, type, use);
  if (!value || !source.negated) return value;
  if (auto* integer = std::get_if<std::int64_t>(&*value)) {
    // The smallest integer has no positive twin; PostgreSQL gives the error for it.
    if (*integer != std::numeric_limits<std::int64_t>::min()) *integer = -*integer;
  }
  return value;
}

// Negative, not an integer, or fine: the number itself. PostgreSQL rounds a numeric LIMIT; so few
// clients ask for that, that it is refused.
Result<std::optional<std::uint64_t>> count_of(const Value& value, bool offset) {
  if (std::holds_alternative<Null>(value)) return std::optional<std::uint64_t>();
  const auto* integer = std::get_if<std::int64_t>(&value);
  if (integer == nullptr) return row_count_not_integer(offset);
  if (*integer < 0) return negative_row_count(offset);
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(*integer));
}

}  // namespace

Result<Value> decode(const ValueSource& source, ValueType type, const Values& values, Use use) {
  switch (source.kind) {
    case ValueSource::Kind::kNull:
      return Value{Null{}};
    case ValueSource::Kind::kConstant:
      return constant_value(source, type, values, use);
    case ValueSource::Kind::kParameter:
      return parameter_value(source, type, values, use);
  }
  return Value{Null{}};
}

std::optional<std::int64_t> quick_integer(const ValueSource& source, ValueType type,
                                          const Values& values) {
  if (type == ValueType::kText || type == ValueType::kUnknown) return std::nullopt;
  if (source.kind == ValueSource::Kind::kConstant) {
    const parser::Constant& constant = (*values.constants)[source.index];
    if (constant.kind != ConstantClass::kInt4 || constant.length > kSmallDigits)
      return std::nullopt;
    return small_integer(values.text.substr(constant.offset, constant.length), source.negated);
  }
  if (source.kind != ValueSource::Kind::kParameter || source.negated ||
      values.parameters == nullptr || source.index >= values.parameters->size())
    return std::nullopt;
  const Parameter& parameter = (*values.parameters)[source.index];
  const bool known = parameter.type == kUndeclared || is_integer(parameter.type);
  if (!parameter.bytes || !known) return std::nullopt;
  const std::string_view bytes = *parameter.bytes;
  if (parameter.binary)
    return bytes.size() == length_of(parameter.type, bytes) ? big_endian(bytes) : std::nullopt;
  const bool plain = !bytes.empty() && bytes.size() < kSmallDigits &&
                     std::ranges::all_of(bytes, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return std::nullopt;
  return small_integer(bytes, false);
}

Result<Value> value_of(const ValueSource& source, ValueType type, const Values& values) {
  return decode(source, type, values, Use::kEqual);
}

Result<std::optional<std::uint64_t>> row_count_of(const ValueSource& source, const Values& values,
                                                  bool offset) {
  auto value = decode(source, ValueType::kInt8, values, Use::kAssign);
  if (!value && value.error().sqlstate == "0A000") return row_count_not_integer(offset);
  if (!value) return value.error();
  return count_of(*value, offset);
}

}  // namespace tessera::plan
