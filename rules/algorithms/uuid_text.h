#pragma once
// Text of a uuid → its bytes.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::rules {

// 32 hexadecimal digits in any case, hyphens anywhere between them.
[[nodiscard]] std::optional<std::array<std::uint8_t, 16>> read_uuid(std::string_view text);

}  // namespace tessera::rules
