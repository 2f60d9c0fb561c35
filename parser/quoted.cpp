#include "parser/quoted.h"

#include <array>
#include <cstdio>

#include "parser/char_class.h"

namespace tessera::parser {
namespace {

Error unicode_error(const char* message, const char* hint = "") {
  return Error{.sqlstate = "42601", .message = message, .hint = hint};
}

// The length of the UTF-8 character at text[place], 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t place) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return place + i < text.size() ? static_cast<unsigned char>(text[place + i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    const bool valid = follows(1) && follows(2) && !(lead == 0xE0 && byte(1) < 0xA0) &&
                       !(lead == 0xED && byte(1) > 0x9F);
    return valid ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    const bool valid = follows(1) && follows(2) && follows(3) &&
                       !(lead == 0xF0 && byte(1) < 0x90) && !(lead == 0xF4 && byte(1) > 0x8F);
    return valid ? 4 : 0;
  }
  return 0;
}

Error encoding_error(char byte) {
  std::array<char, 8> hex{};
  std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned>(byte) & 0xFFU);
  return Error{
      .sqlstate = "22021",
      .message = std::string("invalid byte sequence for encoding \"UTF8\": ") + hex.data()};
}

}  // namespace

int hex_digit(char c) {
  const char lower = fold(c);
  if (lower >= '0' && lower <= '9') return lower - '0';
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return -1;
}

std::optional<char32_t> hex_number(std::string_view text, std::size_t place, std::size_t digits) {
  if (place + digits > text.size()) return std::nullopt;
  char32_t number = 0;
  for (const char c : text.substr(place, digits)) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    number = number * 16 + static_cast<char32_t>(digit);
  }
  return number;
}

void append_utf8(char32_t c, std::string& out) {
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0U | (c >> 6U));
    add(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    add(0xE0U | (c >> 12U));
    add(0x80U | ((c >> 6U) & 0x3FU));
    add(0x80U | (c & 0x3FU));
  } else {
    add(0xF0U | (c >> 18U));
    add(0x80U | ((c >> 12U) & 0x3FU));
    add(0x80U | ((c >> 6U) & 0x3FU));
    add(0x80U | (c & 0x3FU));
  }
}

Result<std::string> verified_utf8(std::string value) {
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t length = utf8_length(value, i);
    if (length == 0) return encoding_error(value[i]);
    i += length;
  }
  return value;
}

std::size_t next_segment(std::string_view token, std::size_t after_close) {
  for (std::size_t i = after_close; i < token.size(); ++i) {
    if (token[i] == '-') i = token.find_first_of("\r\n", i);
    if (i >= token.size()) break;
    if (token[i] == '\'') return i + 1;
    if (!is_char(token[i], kSpaceChar)) break;  // UESCAPE
  }
  return std::string_view::npos;
}

Quoted unquote(std::string_view token) {
  Quoted quoted{.body = {}, .escape = '\\'};
  std::size_t i = token.find_first_of("'\"");
  const char quote = token[i++];
  while (i < token.size()) {
    const char c = token[i++];
    if (c != quote) {
      quoted.body += c;
    } else if (i < token.size() && token[i] == quote) {
      quoted.body += c;
      ++i;
    } else {
      const std::size_t next = quote == '\'' ? next_segment(token, i) : std::string_view::npos;
      // After the last line only UESCAPE 'c' can follow.
      if (next == std::string_view::npos && i < token.size()) quoted.escape = token.end()[-2];
      i = next;
    }
  }
  return quoted;
}

Result<std::string> decode_unicode_escapes(const Quoted& quoted) {
  const std::string& body = quoted.body;
  const char escape = quoted.escape;
  constexpr const char* kHint = "Unicode escapes must be \\XXXX or \\+XXXXXX.";
  std::string out;
  char32_t surrogate = 0;
  for (std::size_t i = 0; i < body.size();) {
    if (body[i] != escape || (i + 1 < body.size() && body[i + 1] == escape)) {
      if (surrogate != 0) return unicode_error("invalid Unicode surrogate pair");
      out += body[i];
      i += body[i] == escape ? 2 : 1;
      continue;
    }
    const bool wide = i + 1 < body.size() && body[i + 1] == '+';
    const std::size_t digits = wide ? 6 : 4;
    const std::size_t begin = i + (wide ? 2 : 1);
    const auto code = hex_number(body, begin, digits);
    if (!code) return unicode_error("invalid Unicode escape", kHint);
    if (!is_character(*code)) return unicode_error("invalid Unicode escape value");
    if (is_high_surrogate(surrogate) != is_low_surrogate(*code)) {
      return unicode_error("invalid Unicode surrogate pair");
    }
    i = begin + digits;
    if (is_high_surrogate(*code)) {
      surrogate = *code;
      continue;
    }
    append_utf8(surrogate != 0 ? join_surrogates(surrogate, *code) : *code, out);
    surrogate = 0;
  }
  if (surrogate != 0) return unicode_error("invalid Unicode surrogate pair");
  return out;
}

}  // namespace tessera::parser
