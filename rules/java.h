#pragma once
// The few operations of Java whose exact results ShardingSphere's placement of rows rests on.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::rules::java {

// Conversions to unsigned and back wrap as Java's int and long do.
[[nodiscard]] constexpr std::int32_t narrow(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value)));
}
[[nodiscard]] constexpr std::int64_t wrap(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// Long.hashCode(); Integer's is the number itself.
[[nodiscard]] constexpr std::int32_t hash_long(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return narrow(wrap(bits ^ (bits >> 32U)));
}

struct CodePoint {
  std::uint32_t number;
  std::size_t length;  // in bytes
};

// The first of `text`, which is not empty. A byte that is no UTF-8 counts as U+FFFD.
[[nodiscard]] CodePoint decode_utf8(std::string_view text);

// String.hashCode(): over UTF-16 code units. Bytes that are no UTF-8 count as U+FFFD.
[[nodiscard]] std::int32_t hash_text(std::string_view utf8);

}  // namespace tessera::rules::java
