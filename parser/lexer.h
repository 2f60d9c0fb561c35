#pragma once
// The Lexer: PostgreSQL 15's lexical rules, one token at a time, without memory of its own.
//
// scan() hashes its tokens, tokenize() lists them; there is no other lexer in the house, so token
// ordinals mean the same everywhere.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "parser/char_class.h"
#include "parser/shape.h"

namespace tessera::parser {

struct Lexeme {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  TokenKind kind = TokenKind::kEnd;
  ConstantClass constant = ConstantClass::kInt4;  // of kConstant
};

class Lexer {
 public:
  // Reads text[from, to). `text` outlives the lexer.
  Lexer(std::string_view text, std::uint32_t from, std::uint32_t to, ScanOptions options);

  // Reads the next token, kEnd at the end. False: the text breaks a lexical rule, see error().
  [[nodiscard]] bool next(Lexeme& out);
  // Nine of ten tokens are words or stand behind one space: where the next token begins, if it is
  // an unquoted identifier and nothing that only begins like one; 0 and nothing read otherwise (the
  // first token of a text is left to next()). Whoever reads on to the identifier's end says it.
  [[nodiscard]] std::uint32_t plain_word();
  void end_word(std::uint32_t end) { place_ = end; }
  // Long lists are made of ( , ) and of short numbers and strings: reads one of these, if nothing
  // that stands behind it can make it another token. False: nothing has been read, ask next().
  [[nodiscard]] bool plain_item(Lexeme& out);
  [[nodiscard]] Error error() const;
  // Where reading goes on, and to read from there once more.
  [[nodiscard]] std::uint32_t place() const { return place_; }
  void back_to(std::uint32_t place) { place_ = place; }

  // N'...' is the keyword NCHAR before a plain string, in one word with it.
  [[nodiscard]] bool is_national_prefix(const Lexeme& word) const {
    return word.end - word.begin == 1 && (text_[word.begin] | 0x20) == 'n' && at(word.end) == '\'';
  }

 private:
  enum class Fault : std::uint8_t {
    kNone,
    kString,
    kBitString,
    kHexString,
    kDollarString,
    kIdentifier,
    kEmptyIdentifier,
    kComment,
    kNumberJunk,
    kParameterJunk,
    kLongOperator,
    kUnsafeUnicode,
    kUescapeOperand,
    kUescapeCharacter,
  };

  [[nodiscard]] char at(std::uint32_t place) const { return place < to_ ? text_[place] : '\0'; }
  bool token(Lexeme& out, char c);
  bool skip_space();
  std::uint32_t line_end(std::uint32_t place) const;
  std::uint32_t word_end(std::uint32_t place) const;
  bool skip_comment();
  bool word(Lexeme& out);
  bool number(Lexeme& out);
  bool dollar(Lexeme& out);
  bool dollar_string(Lexeme& out);
  bool operators(Lexeme& out);
  bool punctuation(Lexeme& out);
  bool finish(Lexeme& out, TokenKind kind, std::uint32_t end) {
    out.kind = kind;
    out.end = end;
    place_ = end;
    return true;
  }
  bool quoted_identifier(Lexeme& out, std::uint32_t quote);
  bool quoted_string(Lexeme& out, std::uint32_t quote, ConstantClass kind);
  bool segment_end(std::uint32_t& place, bool escapes) const;
  bool continues(std::uint32_t& place) const;
  bool uescape(Lexeme& out);
  bool fail(Fault fault, std::uint32_t begin, std::uint32_t end);
  [[nodiscard]] ConstantClass integer_class(std::uint32_t begin, std::uint32_t end) const;

  const std::string_view text_;
  const std::uint32_t to_;
  const bool standard_strings_;
  std::uint32_t place_;
  Fault fault_ = Fault::kNone;
  std::uint32_t fault_begin_ = 0;
  std::uint32_t fault_end_ = 0;
};

inline std::uint32_t Lexer::plain_word() {
  std::uint32_t place = place_;
  while (place < to_ && is_char(text_[place], kSpaceChar)) ++place;
  if (!is_char(at(place), kLetterChar)) return 0;
  const char following = at(place + 1);
  return following == '\'' || following == '&' ? 0 : place;
}

inline bool Lexer::plain_item(Lexeme& out) {
  std::uint32_t place = place_;
  while (place < to_ && is_char(text_[place], kSpaceChar)) ++place;
  const char c = at(place);
  out.begin = place;
  if (c == ',' || c == '(' || c == ')') return finish(out, TokenKind::kPunctuation, place + 1);
  if (is_char(c, kDigitChar)) {
    std::uint32_t end = place + 1;
    while (is_char(at(end), kDigitChar)) ++end;
    constexpr std::uint32_t kAlwaysInt4 = 9;
    out.constant = ConstantClass::kInt4;
    if (at(end) == '.' && is_char(at(end + 1), kDigitChar)) {
      ++end;
      while (is_char(at(end), kDigitChar)) ++end;
      out.constant = ConstantClass::kNumeric;
    } else if (end - place > kAlwaysInt4 || at(end) == '.') {
      return false;
    }
    return !is_char(at(end), kWordChar) && finish(out, TokenKind::kConstant, end);
  }
  if (c != '\'' || !standard_strings_) return false;
  std::uint32_t end = place + 1;
  while (end < to_ && text_[end] != '\'') ++end;
  // What follows at once is no second quote, and no space before a string that goes on.
  const char following = at(end + 1);
  if (end >= to_ || (following != ',' && following != ')')) return false;
  out.constant = ConstantClass::kString;
  return finish(out, TokenKind::kConstant, end + 1);
}

// A 42601 as PostgreSQL's scanner words it: `what` at or near text[begin, end).
[[nodiscard]] Error syntax_error(std::string_view text, const char* what, std::uint32_t begin,
                                 std::uint32_t end);

}  // namespace tessera::parser
