#include "proxy/plan/value.h"

#include <algorithm>
#include <limits>

#include "proxy/plan/array.h"
#include "proxy/plan/decimal.h"
#include "proxy/plan/errors.h"
#include "proxy/plan/oids.h"
#include "proxy/plan/typed_value.h"
#include "rules/errors.h"
#include "rules/integer_text.h"

namespace tessera::plan {
namespace {

using parser::ConstantClass;
using rules::Null;
using rules::Value;
using rules::ValueType;
using Decoded = Result<std::optional<Value>>;

std::string_view type_name(ValueType type) {
  if (type == ValueType::kInt2) return "smallint";
  return type == ValueType::kInt4 ? "integer" : "bigint";
}

constexpr std::size_t kSmallDigits = 10;

// It is nothing but digits, kSmallDigits at most.
std::int64_t small_integer(std::string_view digits, bool negated) {
  std::int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return negated ? -number : number;
}

bool is_integer(ConstantClass kind) { return kind <= ConstantClass::kInt8Edge; }

bool is_number(ConstantClass kind) { return kind <= ConstantClass::kNumeric; }

bool is_bits(ConstantClass kind) {
  return kind == ConstantClass::kBitString || kind == ConstantClass::kHexString;
}

bool is_integer(catalog::Oid type) {
  return type == oid::kInt2 || type == oid::kInt4 || type == oid::kInt8;
}

bool is_text(catalog::Oid type) {
  return type == oid::kText || type == oid::kVarchar || type == oid::kName ||
         type == oid::kUnknown || type == oid::kUndeclared;
}

bool is_text(ValueType type) { return type == ValueType::kText || type == ValueType::kBpchar; }

catalog::Oid oid_of(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return oid::kBool;
    case ValueType::kUuid:
      return oid::kUuid;
    case ValueType::kDate:
      return oid::kDate;
    case ValueType::kTimestamp:
      return oid::kTimestamp;
    case ValueType::kTimestamptz:
      return oid::kTimestamptz;
    default:
      return oid::kUndeclared;
  }
}

std::size_t length_of(catalog::Oid type, std::string_view bytes) {
  if (type == oid::kInt2) return 2;
  if (type == oid::kInt4) return 4;
  return type == oid::kInt8 ? 8 : bytes.size();
}

// The first `count` characters of UTF-8.
std::string_view first_characters(std::string_view text, std::uint32_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
    if (begins && count-- == 0) break;
  }
  return text.substr(0, at);
}

// Digits with an optional sign and point, as rules compare numerics.
std::optional<std::string> plain_digits(std::string_view text, bool negated) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(' ') - first + 1);
  if (text.front() == '-' || text.front() == '+') {
    negated = negated != (text.front() == '-');
    text.remove_prefix(1);
  }
  const bool digits = text.find_first_of("0123456789") != text.npos;
  const bool plain =
      text.find_first_not_of("0123456789.") == text.npos && std::ranges::count(text, '.') <= 1;
  if (!digits || !plain) return std::nullopt;
  return (negated ? "-" : "") + std::string(text);
}

// Decodes what stands in one place of a statement.
class Decoder {
 public:
  Decoder(const ValueSource& source, ValueType type, Use use)
      : source_(source), type_(type), use_(use) {}

  [[nodiscard]] Decoded constant(std::string_view statement,
                                 const parser::Constant& constant) const {
    const std::string_view text = statement.substr(constant.offset, constant.length);
    if (is_number(constant.kind)) return number_constant(text, constant.kind);
    if (is_bits(constant.kind)) return unclear(constant_not_routable(text));
    auto plain = parser::constant_value(statement, constant);
    if (!plain) return plain.error();
    return string(*plain);
  }

  [[nodiscard]] Decoded parameter(const Parameter& parameter, std::uint32_t number) const {
    if (!parameter.bytes) return null();
    if (rules::is_integer_type(type_)) return for_integer(parameter, number);
    if (is_text(type_)) return for_text(parameter, number);
    if (type_ == ValueType::kNumeric) return for_numeric(parameter, number);
    return for_typed(parameter, number);
  }

  [[nodiscard]] Decoded null() const {
    if (source_.null_matches) return std::optional<Value>();
    return some(Null{});
  }

  [[nodiscard]] Decoded boolean(bool value) const {
    if (type_ != ValueType::kBool) return unclear(constant_not_routable(value ? "true" : "false"));
    return some(std::string(value ? "t" : "f"));
  }

 private:
  static Decoded some(Value value) { return std::optional<Value>(std::move(value)); }

  // To store a value one must know it.
  [[nodiscard]] Decoded unclear(Error error) const {
    if (use_ == Use::kAssign) return error;
    return std::optional<Value>();
  }

  [[nodiscard]] Decoded number_constant(std::string_view text, ConstantClass kind) const {
    if (kind == ConstantClass::kInt4 && rules::is_integer_type(type_) &&
        text.size() <= kSmallDigits) {
      return some(small_integer(text, source_.negated));
    }
    if (rules::is_integer_type(type_)) return number(text);
    if (is_text(type_)) {
      const bool whole = is_integer(kind) || source_.to_integer;
      return whole ? digits(text) : unclear(constant_not_routable(text));
    }
    if (type_ == ValueType::kNumeric) return numeric(text);
    return unclear(constant_not_routable(text));
  }

  // What is or was a string constant.
  [[nodiscard]] Decoded string(std::string_view text) const {
    if (rules::is_integer_type(type_)) {
      return source_.read_as == ReadAs::kNumeric ? number(text) : integer(text);
    }
    if (is_text(type_)) return source_.to_integer ? digits(text) : characters(text);
    if (type_ == ValueType::kNumeric) return numeric(text);
    return typed(text);
  }

  // Text that PostgreSQL reads as an integer.
  [[nodiscard]] Decoded integer(std::string_view text) const {
    std::int64_t number = 0;
    switch (rules::read_integer(text, number)) {
      case rules::IntegerText::kInteger:
        return some(negate(number));
      case rules::IntegerText::kInvalid:
        return rules::invalid_integer(text, type_name(type_));
      case rules::IntegerText::kOutOfRange:
        break;
    }
    return rules::integer_out_of_range(text, type_name(type_));
  }

  // The smallest integer has no positive twin; PostgreSQL gives the error for it.
  [[nodiscard]] std::int64_t negate(std::int64_t number) const {
    const bool can = source_.negated && number != std::numeric_limits<std::int64_t>::min();
    return can ? -number : number;
  }

  // A number that need not be an integer, next to an integer column.
  [[nodiscard]] Decoded number(std::string_view text) const {
    const auto part = integer_part(text, source_.negated);
    if (!part) return unclear(constant_not_routable(text));
    if (part->exact) return some(part->floor);
    if (source_.to_integer) return unclear(not_an_integer_key(text));
    if (use_ == Use::kBound) return some(part->floor);
    if (use_ == Use::kEqual) return some(Null{});
    if (part->out_of_range) return rules::integer_out_of_range(text, type_name(type_));
    return not_an_integer_key(text);
  }

  // The text of an integer: what the cast from integer to text gives.
  [[nodiscard]] Decoded digits(std::string_view text) const {
    const auto part = integer_part(text, source_.negated);
    if (!part || !part->exact) return unclear(constant_not_routable(text));
    return characters(std::to_string(part->floor));
  }

  [[nodiscard]] Decoded characters(std::string_view text) const {
    if (source_.characters > 0) text = first_characters(text, source_.characters);
    if (type_ == ValueType::kBpchar) text = text.substr(0, text.find_last_not_of(' ') + 1);
    return some(std::string(text));
  }

  [[nodiscard]] Decoded numeric(std::string_view text) const {
    auto plain = plain_digits(text, source_.negated);
    const bool whole = plain && plain->find('.') == std::string::npos;
    if (!plain || (source_.to_integer && !whole)) return unclear(constant_not_routable(text));
    return some(std::move(*plain));
  }

  [[nodiscard]] Decoded typed(std::string_view text) const {
    auto form = source_.read_as == ReadAs::kDate ? date_form(text) : text_form(text, type_);
    if (!form) return unclear(constant_not_routable(text));
    return at_midnight(std::move(*form));
  }

  // A date, where it is compared with a timestamp.
  [[nodiscard]] Decoded at_midnight(std::string form) const {
    constexpr std::size_t kDateSize = 10;
    if (type_ == ValueType::kTimestamp && form.size() == kDateSize) form += " 00:00:00";
    return some(std::move(form));
  }

  [[nodiscard]] Decoded for_integer(const Parameter& given, std::uint32_t number) const {
    const catalog::Oid type = declared(given, oid::kInt8);
    if (is_integer(type)) {
      if (!given.binary) return integer(*given.bytes);
      const auto integer = integer_of(given);
      if (!integer) return bad_parameter_length(number);
      return some(negate(*integer));
    }
    // The binary form of text types is the text itself.
    if (is_text(type)) return string(*given.bytes);
    if (type != oid::kNumeric) return unclear(parameter_type_not_routable(number, type));
    const auto digits = given.binary ? numeric_digits(*given.bytes) : std::string(*given.bytes);
    if (!digits) return unclear(parameter_type_not_routable(number, type));
    return this->number(*digits);
  }

  [[nodiscard]] Decoded for_text(const Parameter& given, std::uint32_t number) const {
    const catalog::Oid type = declared(given, oid::kText);
    if (is_integer(type)) {
      if (!given.binary) return digits(*given.bytes);
      const auto integer = integer_of(given);
      if (!integer) return bad_parameter_length(number);
      return characters(std::to_string(negate(*integer)));
    }
    // Equality of text with char(n) does not mind spaces at the end, hashing does.
    const bool same = is_text(type) || (type == oid::kBpchar && type_ == ValueType::kBpchar);
    if (!same) return unclear(parameter_type_not_routable(number, type));
    return string(*given.bytes);
  }

  [[nodiscard]] Decoded for_numeric(const Parameter& given, std::uint32_t number) const {
    const catalog::Oid type = declared(given, oid::kNumeric);
    if (given.binary && is_integer(type)) {
      const auto integer = integer_of(given);
      if (!integer) return bad_parameter_length(number);
      return some(std::to_string(negate(*integer)));
    }
    const bool readable =
        !given.binary && (is_integer(type) || is_text(type) || type == oid::kNumeric);
    if (!readable) return unclear(parameter_type_not_routable(number, type));
    return numeric(*given.bytes);
  }

  [[nodiscard]] Decoded for_typed(const Parameter& given, std::uint32_t number) const {
    const catalog::Oid own = oid_of(type_);
    const catalog::Oid type = declared(given, own);
    if (is_text(type)) return typed(*given.bytes);
    const bool day = type == oid::kDate && type_ == ValueType::kTimestamp;
    if (own == oid::kUndeclared || (type != own && !day)) {
      return unclear(parameter_type_not_routable(number, type));
    }
    const ValueType form = day ? ValueType::kDate : type_;
    auto read = given.binary ? binary_form(*given.bytes, form) : text_form(*given.bytes, form);
    if (!read) return unclear(parameter_type_not_routable(number, type));
    return at_midnight(std::move(*read));
  }

  // A parameter whose type the client leaves open has that of its innermost cast, or else of the
  // column.
  [[nodiscard]] catalog::Oid declared(const Parameter& given, catalog::Oid own) const {
    if (given.type != oid::kUndeclared) return given.type;
    switch (source_.read_as) {
      case ReadAs::kInteger:
        return oid::kInt8;
      case ReadAs::kNumeric:
        return oid::kNumeric;
      case ReadAs::kText:
        return oid::kText;
      case ReadAs::kDate:
        return oid::kDate;
      case ReadAs::kPlain:
      case ReadAs::kOwn:
        break;
    }
    return own;
  }

  // What the length tells, where no type was declared.
  static std::optional<std::int64_t> integer_of(const Parameter& given) {
    const std::string_view bytes = *given.bytes;
    if (bytes.size() != length_of(given.type, bytes)) return std::nullopt;
    return big_endian(bytes);
  }

  const ValueSource& source_;
  const ValueType type_;
  const Use use_;
};

const Parameter* find_parameter(const ValueSource& source, const Values& values) {
  const bool bound = values.parameters != nullptr && source.index < values.parameters->size();
  return bound ? &(*values.parameters)[source.index] : nullptr;
}

// The element type of an array parameter; absent: not one that is read here.
std::optional<catalog::Oid> element_type(catalog::Oid array) {
  switch (array) {
    case oid::kInt2Array:
      return oid::kInt2;
    case oid::kInt4Array:
      return oid::kInt4;
    case oid::kInt8Array:
      return oid::kInt8;
    case oid::kNumericArray:
      return oid::kNumeric;
    case oid::kBpcharArray:
      return oid::kBpchar;
    case oid::kBoolArray:
      return oid::kBool;
    case oid::kUuidArray:
      return oid::kUuid;
    case oid::kDateArray:
      return oid::kDate;
    case oid::kTimestampArray:
      return oid::kTimestamp;
    case oid::kTimestamptzArray:
      return oid::kTimestamptz;
    case oid::kTextArray:
    case oid::kVarcharArray:
      return oid::kText;
    case oid::kUndeclared:
    case oid::kUnknown:
      return oid::kUndeclared;
    default:
      return std::nullopt;
  }
}

struct GivenArray {
  std::optional<ArrayElements> read;  // absent: not understood
  bool null = false;
  bool binary = false;
  catalog::Oid type = 0;  // of its elements
};

Result<GivenArray> read_array(const ValueSource& source, const Values& values) {
  GivenArray out;
  if (source.kind == ValueSource::Kind::kConstant) {
    const auto text = parser::constant_value(values.text, values.constant(source.index));
    if (!text) return text.error();
    out.read = read_array_text(*text);
    return out;
  }
  const Parameter* given = find_parameter(source, values);
  if (given == nullptr) return parameter_not_bound(source.index + 1);
  out.null = !given->bytes;
  const auto element = element_type(given->type);
  if (out.null || !element) return out;
  out.binary = given->binary;
  out.read = out.binary ? read_array_binary(*given->bytes) : read_array_text(*given->bytes);
  out.type = out.binary && out.read && *element == oid::kUndeclared ? out.read->type : *element;
  return out;
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

Decoded decode(const ValueSource& source, ValueType type, const Values& values, Use use) {
  const Decoder decoder(source, type, use);
  switch (source.kind) {
    case ValueSource::Kind::kNull:
      return decoder.null();
    case ValueSource::Kind::kTrue:
      return decoder.boolean(!source.negated);
    case ValueSource::Kind::kFalse:
      return decoder.boolean(source.negated);
    case ValueSource::Kind::kConstant:
      return decoder.constant(values.text, values.constant(source.index));
    case ValueSource::Kind::kParameter:
      break;
  }
  const Parameter* given = find_parameter(source, values);
  if (given == nullptr) return parameter_not_bound(source.index + 1);
  return decoder.parameter(*given, source.index + 1);
}

Result<std::optional<std::vector<Value>>> decode_array(const ValueSource& source, ValueType type,
                                                       const Values& values) {
  const auto array = read_array(source, values);
  if (!array) return array.error();
  std::vector<Value> out;
  if (array->null) return std::optional(std::move(out));
  if (!array->read) return std::optional<std::vector<Value>>();
  const Decoder decoder(source, type, Use::kEqual);
  for (const auto& element : array->read->elements) {
    if (!element) continue;
    auto value = decoder.parameter(
        {.bytes = *element, .binary = array->binary, .type = array->type}, source.index + 1);
    if (!value) return value.error();
    if (!*value) return std::optional<std::vector<Value>>();
    out.push_back(std::move(**value));
  }
  return std::optional(std::move(out));
}

std::optional<std::int64_t> quick_integer(const ValueSource& source, ValueType type,
                                          const Values& values) {
  if (!rules::is_integer_type(type) || source.array) return std::nullopt;
  if (source.kind == ValueSource::Kind::kConstant) {
    const parser::Constant& constant = values.constant(source.index);
    if (constant.kind != ConstantClass::kInt4 || constant.length > kSmallDigits)
      return std::nullopt;
    return small_integer({values.text.data() + constant.offset, constant.length}, source.negated);
  }
  if (source.kind != ValueSource::Kind::kParameter || source.negated) return std::nullopt;
  const Parameter* given = find_parameter(source, values);
  if (given == nullptr || !given->bytes) return std::nullopt;
  const bool open = given->type == oid::kUndeclared && source.read_as <= ReadAs::kInteger;
  if (!open && !is_integer(given->type)) return std::nullopt;
  const std::string_view bytes = *given->bytes;
  if (given->binary)
    return bytes.size() == length_of(given->type, bytes) ? big_endian(bytes) : std::nullopt;
  const bool plain = !bytes.empty() && bytes.size() < kSmallDigits &&
                     std::ranges::all_of(bytes, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return std::nullopt;
  return small_integer(bytes, false);
}

Result<std::optional<std::uint64_t>> row_count_of(const ValueSource& source, const Values& values,
                                                  bool offset) {
  auto value = decode(source, ValueType::kInt8, values, Use::kAssign);
  if (!value && value.error().sqlstate == "0A000") return row_count_not_integer(offset);
  if (!value) return value.error();
  return count_of(**value, offset);
}

}  // namespace tessera::plan
