#pragma once
// Takes quotes and Unicode escapes out of strings and identifiers; Unicode becomes UTF-8.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace tessera::parser {

// The value of a hexadecimal digit, -1 for another character.
[[nodiscard]] int hex_digit(char c);
// Exactly `digits` hexadecimal digits at text[place].
[[nodiscard]] std::optional<char32_t> hex_number(std::string_view text, std::size_t place,
                                                 std::size_t digits);

[[nodiscard]] constexpr bool is_high_surrogate(char32_t c) { return c >= 0xD800 && c < 0xDC00; }
[[nodiscard]] constexpr bool is_low_surrogate(char32_t c) { return c >= 0xDC00 && c < 0xE000; }
[[nodiscard]] constexpr bool is_character(char32_t c) { return c > 0 && c <= 0x10FFFF; }
[[nodiscard]] constexpr char32_t join_surrogates(char32_t high, char32_t low) {
  return ((high & 0x3FFU) << 10U) + 0x10000 + (low & 0x3FFU);
}

void append_utf8(char32_t c, std::string& out);
// `value` if it is UTF-8 without a zero byte. Errors: 22021.
[[nodiscard]] Result<std::string> verified_utf8(std::string value);

// What stands between the quotes of a token, of all its lines, doubled quotes made one.
struct Quoted {
  std::string body;
  char escape;  // of a U& token: what UESCAPE says, or a backslash
};
[[nodiscard]] Quoted unquote(std::string_view token);
// The place just past the quote that opens the next line of a continued string, or npos.
// `after_close` is past the quote that closed the one before.
[[nodiscard]] std::size_t next_segment(std::string_view token, std::size_t after_close);

// Decodes the \XXXX and \+XXXXXX of a U& token's body. Errors: 42601 (without a position).
[[nodiscard]] Result<std::string> decode_unicode_escapes(const Quoted& quoted);

}  // namespace tessera::parser
