#pragma once
// UUID: a random uuid as 32 hexadecimal digits.

#include <array>
#include <cstdint>
#include <string>

namespace tessera::rules {

// `random` decides all bits but the six that say that it is random (version 4).
[[nodiscard]] std::string uuid_key(std::array<std::uint8_t, 16> random);

}  // namespace tessera::rules
