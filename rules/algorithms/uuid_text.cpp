#include "rules/algorithms/uuid_text.h"

namespace tessera::rules {
namespace {

std::optional<std::uint8_t> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<std::array<std::uint8_t, 16>> read_uuid(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const auto digit = digit_of(c);
    if (!digit || digits == 32) return std::nullopt;
    bytes[digits / 2] = static_cast<std::uint8_t>(bytes[digits / 2] << 4U | *digit);
    ++digits;
  }
  if (digits != 32) return std::nullopt;
  return bytes;
}

}  // namespace tessera::rules
