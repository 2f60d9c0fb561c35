#include "rules/algorithms/pg_hash.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "rules/algorithms/date_time.h"
#include "rules/algorithms/uuid_text.h"
#include "rules/constraint.h"
#include "rules/errors.h"

namespace tessera::rules {
namespace {

// Bob Jenkins's hash of 2006 ("lookup3"), which is in the public domain.
struct Jenkins {
  std::uint32_t a;
  std::uint32_t b;
  std::uint32_t c;

  Jenkins(std::size_t length, std::uint64_t seed) {
    a = b = c = 0x9e37'79b9U + static_cast<std::uint32_t>(length) + 3'923'095U;
    if (seed == 0) return;
    a += static_cast<std::uint32_t>(seed >> 32U);
    b += static_cast<std::uint32_t>(seed);
    mix();
  }

  static std::uint32_t rotate(std::uint32_t x, unsigned by) { return x << by | x >> (32U - by); }

  static void step(std::uint32_t& x, std::uint32_t& y, std::uint32_t& z, unsigned by) {
    x -= z;
    x ^= rotate(z, by);
    z += y;
  }

  void mix() {
    step(a, b, c, 4);
    step(b, c, a, 6);
    step(c, a, b, 8);
    step(a, b, c, 16);
    step(b, c, a, 19);
    step(c, a, b, 4);
  }

  static void last(std::uint32_t& x, std::uint32_t y, unsigned by) {
    x ^= y;
    x -= rotate(y, by);
  }

  std::uint64_t finish() {
    last(c, b, 14);
    last(a, c, 11);
    last(b, a, 25);
    last(c, b, 16);
    last(a, c, 4);
    last(b, a, 14);
    last(c, b, 24);
    return std::uint64_t{b} << 32U | c;
  }
};

constexpr std::uint64_t kPartitionSeed = 0x7A5B'2236'7996'DCFDU;

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t n = 0; n < 4; ++n) word |= std::uint32_t{bytes[at + n]} << (8U * n);
  return word;
}

std::uint64_t hash_word(std::uint32_t word) {
  Jenkins state(sizeof word, kPartitionSeed);
  state.a += word;
  return state.finish();
}

// The same for a number whatever the width of its integer type.
std::uint64_t hash_integer(std::int64_t number) {
  const auto low = static_cast<std::uint32_t>(number);
  const auto high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(number) >> 32U);
  return hash_word(low ^ (number >= 0 ? high : ~high));
}

std::uint64_t hash_text(std::string_view text) {
  return pg_hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                       kPartitionSeed);
}

constexpr std::int64_t kEpochDays = 10'957;  // 2000-01-01, from where PostgreSQL counts
constexpr std::int64_t kDaySeconds = 86'400;

Result<std::uint64_t> hash_moment(const std::string& text, ValueType type) {
  const auto moment = read_iso(text);
  if (!moment) return date_time_expected(text);
  const std::int64_t seconds = moment->seconds - kEpochDays * kDaySeconds;
  if (type == ValueType::kDate) {
    const std::int64_t days = seconds / kDaySeconds - (seconds % kDaySeconds < 0 ? 1 : 0);
    return hash_word(static_cast<std::uint32_t>(days));
  }
  return hash_integer(seconds * 1'000'000 + moment->nanos / 1'000);
}

// Digits of base 10,000 around the decimal point, without zeros at the ends, and the place of the
// first of them.
struct NumericDigits {
  std::vector<std::uint16_t> digits;
  int weight = 0;
};

std::optional<NumericDigits> numeric_digits(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string whole(text.substr(0, point));
  std::string fraction(point < text.size() ? text.substr(point + 1) : "");
  whole.insert(0, (4 - whole.size() % 4) % 4, '0');
  fraction.append((4 - fraction.size() % 4) % 4, '0');
  NumericDigits made;
  made.weight = static_cast<int>(whole.size() / 4) - 1;
  const std::string all = whole + fraction;
  for (std::size_t at = 0; at < all.size(); at += 4) {
    std::uint32_t digit = 0;
    for (std::size_t n = at; n < at + 4; ++n) {
      if (all[n] < '0' || all[n] > '9') return std::nullopt;
      digit = digit * 10 + static_cast<std::uint32_t>(all[n] - '0');
    }
    made.digits.push_back(static_cast<std::uint16_t>(digit));
  }
  while (!made.digits.empty() && made.digits.back() == 0) made.digits.pop_back();
  const auto first = std::find_if(made.digits.begin(), made.digits.end(),
                                  [](std::uint16_t digit) { return digit != 0; });
  made.weight -= static_cast<int>(first - made.digits.begin());
  made.digits.erase(made.digits.begin(), first);
  return made;
}

Result<std::uint64_t> hash_numeric(const Value& value) {
  Value storage;
  const auto plain = normalize(value, ValueType::kNumeric, storage);
  if (!plain) return plain.error();
  const std::string& text = std::get<std::string>(**plain);
  const auto number = numeric_digits(text);
  if (!number) return invalid_text("numeric", text);
  if (number->digits.empty()) return kPartitionSeed - 1;
  std::vector<std::uint8_t> bytes;
  for (const std::uint16_t digit : number->digits) {
    bytes.push_back(static_cast<std::uint8_t>(digit));
    bytes.push_back(static_cast<std::uint8_t>(digit >> 8U));
  }
  const auto weight = static_cast<std::uint64_t>(static_cast<std::int64_t>(number->weight));
  return pg_hash_bytes(bytes, kPartitionSeed) ^ weight;
}

std::string_view without_spaces(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Result<std::uint64_t> hash_uuid(const std::string& text) {
  const auto bytes = read_uuid(text);
  if (!bytes) return invalid_text("uuid", text);
  return pg_hash_bytes(*bytes, kPartitionSeed);
}

}  // namespace

std::uint64_t pg_hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  Jenkins state(bytes.size(), seed);
  while (bytes.size() >= 12) {
    state.a += word_at(bytes, 0);
    state.b += word_at(bytes, 4);
    state.c += word_at(bytes, 8);
    state.mix();
    bytes = bytes.subspan(12);
  }
  // The lowest byte of c stands for the length, which the start has taken in.
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::uint32_t byte = bytes[n];
    if (n < 4) {
      state.a += byte << (8U * n);
    } else if (n < 8) {
      state.b += byte << (8U * (n - 4));
    } else {
      state.c += byte << (8U * (n - 7));
    }
  }
  return state.finish();
}

Result<std::uint64_t> pg_hash(const Value& value, ValueType type) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return type == ValueType::kText ? hash_text(std::to_string(*number)) : hash_integer(*number);
  }
  const std::string& text = std::get<std::string>(value);
  switch (type) {
    case ValueType::kText:
    case ValueType::kUnknown:
      return hash_text(text);
    case ValueType::kBpchar:
      return hash_text(without_spaces(text));
    case ValueType::kUuid:
      return hash_uuid(text);
    case ValueType::kBool:
      return hash_word(text == "t" || text == "true" ? 1 : 0);
    case ValueType::kNumeric:
      return hash_numeric(value);
    case ValueType::kDate:
    case ValueType::kTimestamp:
    case ValueType::kTimestamptz:
      return hash_moment(text, type);
    default:
      return type_not_routable("PG_HASH_MOD", type_name(type));
  }
}

Result<std::uint64_t> pg_row_hash(std::span<const TypedValue> columns) {
  std::uint64_t row = 0;
  for (const TypedValue& column : columns) {
    const auto hash = pg_hash(*column.value, column.type);
    if (!hash) return hash.error();
    row ^= *hash + 0x49a0'f4dd'15e5'a8e3U + (row << 54U) + (row >> 7U);
  }
  return row;
}

}  // namespace tessera::rules
