#include "rules/java_text.h"

#include <cstdint>

#include "rules/java.h"

namespace tessera::rules::java {
namespace {

bool is_high(char16_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(char16_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_code_point(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0U | point >> 6U);
  } else if (point < 0x10000) {
    put(0xE0U | point >> 12U);
    put(0x80U | (point >> 6U & 0x3FU));
  } else {
    put(0xF0U | point >> 18U);
    put(0x80U | (point >> 12U & 0x3FU));
    put(0x80U | (point >> 6U & 0x3FU));
  }
  put(0x80U | (point & 0x3FU));
}

bool within(char16_t unit, char16_t first, char16_t last) { return unit >= first && unit <= last; }

// Letters whose other case is 32 further: Latin, Latin-1, Greek and Cyrillic.
bool is_plain_capital(char16_t unit) {
  return within(unit, u'A', u'Z') || (within(unit, 0xC0, 0xDE) && unit != 0xD7) ||
         (within(unit, 0x391, 0x3AB) && unit != 0x3A2 && unit != 0x3A3) ||
         within(unit, 0x410, 0x42F);
}

bool is_plain_small(char16_t unit) {
  return unit >= 32 && is_plain_capital(static_cast<char16_t>(unit - 32));
}

// Nothing here has two cases: signs, and scripts without capitals.
bool is_caseless(char16_t unit) {
  return unit < 0xAA || unit == 0xAB || within(unit, 0xAC, 0xB4) || within(unit, 0xB6, 0xB9) ||
         within(unit, 0xBB, 0xBF) || unit == 0xD7 || unit == 0xF7 || within(unit, 0x2000, 0x206F) ||
         within(unit, 0x3000, 0x9FFF) || within(unit, 0xAC00, 0xD7A3);
}

}  // namespace

std::u16string utf16(std::string_view utf8) {
  std::u16string units;
  units.reserve(utf8.size());
  while (!utf8.empty()) {
    const CodePoint next = decode_utf8(utf8);
    utf8.remove_prefix(next.length);
    if (next.number < 0x10000) {
      units += static_cast<char16_t>(next.number);
      continue;
    }
    const std::uint32_t offset = next.number - 0x10000;
    units += static_cast<char16_t>(0xD800U + (offset >> 10U));
    units += static_cast<char16_t>(0xDC00U + (offset & 0x3FFU));
  }
  return units;
}

void append_utf8(std::string& out, std::u16string_view units) {
  for (std::size_t n = 0; n < units.size(); ++n) {
    const char16_t unit = units[n];
    if (is_high(unit) && n + 1 < units.size() && is_low(units[n + 1])) {
      const std::uint32_t high = unit - 0xD800U;
      const std::uint32_t low = units[++n] - 0xDC00U;
      append_code_point(out, 0x10000 + (high << 10U | low));
    } else {
      append_code_point(out, is_high(unit) || is_low(unit) ? u'?' : unit);
    }
  }
}

std::string utf8(std::u16string_view units) {
  std::string text;
  append_utf8(text, units);
  return text;
}

std::u16string from_ascii(std::string_view text) { return {text.begin(), text.end()}; }

std::u16string_view trim(std::u16string_view text) {
  while (!text.empty() && text.front() <= u' ') text.remove_prefix(1);
  while (!text.empty() && text.back() <= u' ') text.remove_suffix(1);
  return text;
}

bool to_lower(std::u16string& text) {
  for (char16_t& unit : text) {
    if (is_plain_capital(unit)) {
      unit = static_cast<char16_t>(unit + 32);
    } else if (within(unit, 0x400, 0x40F)) {
      unit = static_cast<char16_t>(unit + 80);
    } else if (!is_plain_small(unit) && !within(unit, 0x450, 0x45F) && unit != 0xDF &&
               !is_caseless(unit)) {
      return false;
    }
  }
  return true;
}

bool to_upper(std::u16string& text) {
  for (char16_t& unit : text) {
    if (is_plain_small(unit)) {
      unit = static_cast<char16_t>(unit - 32);
    } else if (within(unit, 0x450, 0x45F)) {
      unit = static_cast<char16_t>(unit - 80);
    } else if (!is_plain_capital(unit) && !within(unit, 0x400, 0x40F) && !is_caseless(unit)) {
      return false;
    }
  }
  return true;
}

}  // namespace tessera::rules::java
