#pragma once
// Base64 of RFC 4648 with padding and without line breaks.

#include <optional>
#include <string>
#include <string_view>

namespace tessera::wire {

[[nodiscard]] std::string base64(std::string_view bytes);
// Absent: not base64. Padding is required, white space is not allowed.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace tessera::wire
