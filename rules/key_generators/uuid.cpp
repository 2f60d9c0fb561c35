#include "rules/key_generators/uuid.h"

#include <fmt/format.h>

namespace tessera::rules {

std::string uuid_key(std::array<std::uint8_t, 16> random) {
  random[6] = static_cast<std::uint8_t>((random[6] & 0x0FU) | 0x40U);
  random[8] = static_cast<std::uint8_t>((random[8] & 0x3FU) | 0x80U);
  std::string text;
  for (const std::uint8_t byte : random) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace tessera::rules
