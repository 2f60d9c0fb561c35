#include "rules/algorithms/java_hash.h"

#include <optional>
#include <vector>

#include "rules/algorithms/uuid_text.h"
#include "rules/constraint.h"
#include "rules/errors.h"
#include "rules/java.h"

namespace tessera::rules {
namespace {

// A number's magnitude in words of 32 bits, the lowest first.
using Words = std::vector<std::uint32_t>;

void append_digit(Words& words, std::uint32_t digit) {
  std::uint64_t carry = digit;
  for (std::uint32_t& word : words) {
    carry += std::uint64_t{word} * 10;
    word = static_cast<std::uint32_t>(carry);
    carry >>= 32U;
  }
  if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
}

// Of an unscaled BigInteger and a scale, which BigDecimal is.
std::optional<std::int32_t> hash_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Words words;
  std::uint32_t scale = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    append_digit(words, static_cast<std::uint32_t>(c - '0'));
    if (point) ++scale;
  }
  std::uint32_t hash = 0;
  for (auto word = words.rbegin(); word != words.rend(); ++word) hash = hash * 31 + *word;
  if (negative) hash = 0 - hash;
  return static_cast<std::int32_t>(hash * 31 + scale);
}

Result<std::int32_t> hash_numeric(const Value& value) {
  Value storage;
  const auto plain = normalize(value, ValueType::kNumeric, storage);
  if (!plain) return plain.error();
  const std::string& text = std::get<std::string>(**plain);
  const auto hash = hash_decimal(text);
  if (!hash) return invalid_text("numeric", text);
  return *hash;
}

Result<std::int32_t> hash_boolean(const std::string& text) {
  if (text == "t" || text == "true") return 1231;
  if (text == "f" || text == "false") return 1237;
  return invalid_text("boolean", text);
}

Result<std::int32_t> hash_uuid(const std::string& text) {
  const auto bytes = read_uuid(text);
  if (!bytes) return invalid_text("uuid", text);
  std::uint32_t hash = 0;
  for (std::size_t n = 0; n < bytes->size(); n += 4) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) word = word << 8U | (*bytes)[n + k];
    hash ^= word;
  }
  return static_cast<std::int32_t>(hash);
}

// Most keys are ASCII, which is its own UTF-16.
std::int32_t hash_string(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return java::hash_text(text);
    hash = hash * 31 + byte;
  }
  return static_cast<std::int32_t>(hash);
}

// An Integer, a Long, or the digits of either.
std::int32_t hash_integer(std::int64_t number, ValueType type) {
  if (type == ValueType::kText || type == ValueType::kBpchar) {
    return java::hash_text(std::to_string(number));
  }
  const bool is_int = type != ValueType::kInt8 && number == java::narrow(number);
  return is_int ? java::narrow(number) : java::hash_long(number);
}

}  // namespace

Result<std::int32_t> java_hash(const Value& value, ValueType type) {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && (type == ValueType::kText || type == ValueType::kUnknown)) {
    return hash_string(*text);
  }
  switch (type) {
    case ValueType::kNumeric:
      return hash_numeric(value);
    case ValueType::kBool:
      return hash_boolean(text == nullptr ? "" : *text);
    case ValueType::kUuid:
      return hash_uuid(text == nullptr ? "" : *text);
    case ValueType::kDate:
    case ValueType::kTime:
    case ValueType::kTimestamp:
    case ValueType::kTimestamptz:
    case ValueType::kFloat4:
    case ValueType::kFloat8:
      return type_not_routable("HASH_MOD", type_name(type));
    default:
      return text != nullptr ? hash_string(*text)
                             : hash_integer(std::get<std::int64_t>(value), type);
  }
}

}  // namespace tessera::rules
