#pragma once
// PostgreSQL's external forms of arrays and numerics, as far as routing reads them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::plan {

// The elements of an array in order, those of inner arrays too, as = ANY sees them.
struct ArrayElements {
  std::vector<std::optional<std::string>> elements;  // absent: NULL
  std::uint32_t type = 0;  // the elements' OID where the array itself tells it (binary); else 0
};

// {1,"two",NULL}. Absent: it is no array, or one with bounds of its own ([0:1]={...}).
[[nodiscard]] std::optional<ArrayElements> read_array_text(std::string_view text);
// array_send()'s form. Absent: it is none.
[[nodiscard]] std::optional<ArrayElements> read_array_binary(std::string_view bytes);

// numeric_send()'s form as digits that integer_part() reads. Absent: it is none, or not finite.
[[nodiscard]] std::optional<std::string> numeric_digits(std::string_view bytes);

// A big-endian integer of 2, 4 or 8 bytes; absent: another length.
[[nodiscard]] std::optional<std::int64_t> big_endian(std::string_view bytes);

}  // namespace tessera::plan
