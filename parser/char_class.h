#pragma once
// What each byte can be in a token, as tables.

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::parser {

enum CharClass : std::uint8_t {
  kSpaceChar = 1,
  kLetterChar = 2,  // starts an identifier
  kDigitChar = 4,
  kWordChar = 8,  // goes on in an identifier
  kOperatorChar = 16,
  kPunctuationChar = 32,
};

constexpr std::uint8_t classify(int c) {
  constexpr std::string_view kOperators = "~!@#^&|`?+-*/%<>=";
  constexpr std::string_view kPunctuation = "()[],.;:";
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') return kSpaceChar;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return kLetterChar | kWordChar;
  if (c == '_' || c >= 0x80) return kLetterChar | kWordChar;
  if (c >= '0' && c <= '9') return kDigitChar | kWordChar;
  if (c == '$') return kWordChar;
  if (kOperators.find(static_cast<char>(c)) != std::string_view::npos) return kOperatorChar;
  if (kPunctuation.find(static_cast<char>(c)) != std::string_view::npos) return kPunctuationChar;
  return 0;
}

inline constexpr auto kCharClass = [] {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) table[static_cast<std::size_t>(c)] = classify(c);
  return table;
}();

// ASCII upper case to lower case; PostgreSQL folds no other letter in a multi-byte encoding.
inline constexpr auto kFold = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[static_cast<std::size_t>(c)] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return table;
}();

// The folded byte of those that go on in an identifier, 0 for the others.
inline constexpr auto kFoldedWord = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 256; ++c) {
    table[c] = (kCharClass[c] & kWordChar) != 0 ? kFold[c] : '\0';
  }
  return table;
}();

constexpr bool is_char(char c, std::uint8_t classes) {
  return (kCharClass[static_cast<unsigned char>(c)] & classes) != 0;
}

// The byte of a shape that stands for the further items of a folded list. No token begins with it.
inline constexpr char kMoreItems = '\x10';
constexpr char fold(char c) { return kFold[static_cast<unsigned char>(c)]; }

}  // namespace tessera::parser
