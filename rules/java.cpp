#include "rules/java.h"

namespace tessera::rules::java {
namespace {

constexpr CodePoint kBroken{0xFFFD, 1};

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t n) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[n]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return kBroken;
  std::uint32_t code_point = first & (0xFFU >> (length + 1));
  for (std::size_t n = 1; n < length; ++n) {
    if ((byte(n) & 0xC0U) != 0x80U) return kBroken;
    code_point = code_point << 6U | (byte(n) & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  const bool overlong =
      (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  return surrogate || overlong || code_point > 0x10FFFF ? kBroken : CodePoint{code_point, length};
}

std::int32_t hash_text(std::string_view utf8) {
  std::uint32_t hash = 0;
  while (!utf8.empty()) {
    if (static_cast<unsigned char>(utf8.front()) < 0x80) {  // nearly all text
      hash = hash * 31 + static_cast<unsigned char>(utf8.front());
      utf8.remove_prefix(1);
      continue;
    }
    const CodePoint next = decode_utf8(utf8);
    utf8.remove_prefix(next.length);
    if (next.number < 0x10000) {
      hash = hash * 31 + next.number;
      continue;
    }
    const std::uint32_t offset = next.number - 0x10000;
    hash = hash * 31 + (0xD800U + (offset >> 10U));
    hash = hash * 31 + (0xDC00U + (offset & 0x3FFU));
  }
  return static_cast<std::int32_t>(hash);
}

}  // namespace tessera::rules::java
