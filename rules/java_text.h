#pragma once
// Text as Java holds it: UTF-16 code units, by which length(), substring() and hashCode() count.

#include <string>
#include <string_view>

namespace tessera::rules::java {

// Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::u16string utf16(std::string_view utf8);

// A surrogate without its other half becomes '?', as when Java writes it.
void append_utf8(std::string& out, std::u16string_view units);
[[nodiscard]] std::string utf8(std::u16string_view units);

// For text that is known to be ASCII.
[[nodiscard]] std::u16string from_ascii(std::string_view text);

// String.trim(): all of U+0000 to U+0020 at both ends.
[[nodiscard]] std::u16string_view trim(std::u16string_view text);

// toLowerCase() and toUpperCase() of ASCII, Latin-1, basic Greek and Cyrillic; false: `text` has a
// letter of which they do not know.
[[nodiscard]] bool to_lower(std::u16string& text);
[[nodiscard]] bool to_upper(std::u16string& text);

}  // namespace tessera::rules::java
