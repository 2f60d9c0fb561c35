#pragma once
// A decimal number's integer part, as far as routing and LIMIT need it.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::plan {

struct IntegerPart {
  std::int64_t floor = 0;     // the largest integer that is not above the number, within 64 bits
  bool exact = true;          // the number is that integer
  bool out_of_range = false;  // floor was cut to the range of 64 bits
};

// `text` is digits with an optional sign, point and exponent, as PostgreSQL's numeric reads them
// (1.5, .5, 1e3). Absent: it is no such number (NaN, Infinity, letters).
[[nodiscard]] std::optional<IntegerPart> integer_part(std::string_view text, bool negated = false);

}  // namespace tessera::plan
