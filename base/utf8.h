#pragma once
// Text in UTF-8.

#include <cstdint>
#include <string_view>

namespace tessera {

// Positions in error messages count characters.
[[nodiscard]] inline std::uint32_t characters(std::string_view utf8) {
  std::uint32_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

}  // namespace tessera
