#pragma once
// Text → integer as PostgreSQL's integer types read it.

#include <cstdint>
#include <string_view>

namespace tessera::rules {

enum class IntegerText : std::uint8_t { kInteger, kInvalid, kOutOfRange };

// Space around the number and a sign are allowed, nothing else. `number` is set for kInteger only;
// kOutOfRange means more than 64 bits.
[[nodiscard]] IntegerText read_integer(std::string_view text, std::int64_t& number);

}  // namespace tessera::rules
