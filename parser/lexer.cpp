#include "parser/lexer.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "parser/char_class.h"

namespace tessera::parser {
namespace {

constexpr std::uint32_t kNameMax = 63;
constexpr std::string_view kMathOperators = "+-*/<>=";

constexpr bool is_newline(char c) { return c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return is_char(c, kDigitChar); }

// In the order of Lexer::Fault.
constexpr const char* kFaultTexts[] = {
    "",
    "unterminated quoted string",
    "unterminated bit string literal",
    "unterminated hexadecimal string literal",
    "unterminated dollar-quoted string",
    "unterminated quoted identifier",
    "zero-length delimited identifier",
    "unterminated /* comment",
    "trailing junk after numeric literal",
    "trailing junk after parameter",
    "operator too long",
    "unsafe use of string constant with Unicode escapes",
    "UESCAPE must be followed by a simple string literal",
    "invalid Unicode escape character",
};

std::uint32_t character_position(std::string_view text, std::uint32_t byte) {
  const auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const std::string_view before = text.substr(0, byte);
  return static_cast<std::uint32_t>(std::ranges::count_if(before, is_lead)) + 1;
}

}  // namespace

Error syntax_error(std::string_view text, const char* what, std::uint32_t begin,
                   std::uint32_t end) {
  std::string message = what;
  if (begin >= text.size()) {
    message += " at end of input";
  } else {
    message += " at or near \"";
    message += text.substr(begin, end - begin);
    message += '"';
  }
  return Error{.sqlstate = "42601",
               .message = std::move(message),
               .position = character_position(text, begin)};
}

Lexer::Lexer(std::string_view text, std::uint32_t from, std::uint32_t to, ScanOptions options)
    : text_(text), to_(to), standard_strings_(options.standard_conforming_strings), place_(from) {}

Error Lexer::error() const {
  const char* what = kFaultTexts[static_cast<std::size_t>(fault_)];
  Error error = syntax_error(text_, what, fault_begin_, fault_end_);
  if (fault_ == Fault::kUnsafeUnicode) {
    error.sqlstate = "0A000";
    error.message = what;
    error.detail =
        "String constants with Unicode escapes cannot be used when standard_conforming_strings is "
        "off.";
  }
  return error;
}

bool Lexer::fail(Fault fault, std::uint32_t begin, std::uint32_t end) {
  fault_ = fault;
  fault_begin_ = begin;
  fault_end_ = std::min(end, to_);
  return false;
}

bool Lexer::next(Lexeme& out) {
  std::uint32_t place = place_;
  while (place < to_ && is_char(text_[place], kSpaceChar)) ++place;
  place_ = place;
  const char c = at(place);
  if (c == '-' || c == '/') {
    if (!skip_space()) return false;
  }
  out.begin = place_;
  return place_ < to_ ? token(out, text_[place_]) : finish(out, TokenKind::kEnd, to_);
}

bool Lexer::token(Lexeme& out, char c) {
  const std::uint8_t classes = kCharClass[static_cast<unsigned char>(c)];
  if ((classes & kLetterChar) != 0) return word(out);
  if ((classes & kPunctuationChar) != 0) return punctuation(out);
  if ((classes & kDigitChar) != 0) return number(out);
  if ((classes & kOperatorChar) != 0) return operators(out);
  switch (c) {
    case '\'':
      return quoted_string(
          out, place_, standard_strings_ ? ConstantClass::kString : ConstantClass::kEscapeString);
    case '"':
      return quoted_identifier(out, place_);
    case '$':
      return dollar(out);
    default:
      // No token begins so; PostgreSQL's grammar is the one that refuses it.
      return finish(out, TokenKind::kPunctuation, place_ + 1);
  }
}

bool Lexer::skip_space() {
  while (place_ < to_) {
    const char c = text_[place_];
    if (is_char(c, kSpaceChar)) {
      ++place_;
    } else if (c == '-' && at(place_ + 1) == '-') {
      place_ = line_end(place_);
    } else if (c == '/' && at(place_ + 1) == '*') {
      if (!skip_comment()) return false;
    } else {
      return true;
    }
  }
  return true;
}

std::uint32_t Lexer::line_end(std::uint32_t place) const {
  while (place < to_ && !is_newline(text_[place])) ++place;
  return place;
}

std::uint32_t Lexer::word_end(std::uint32_t place) const {
  while (place < to_ && is_char(text_[place], kWordChar)) ++place;
  return place;
}

bool Lexer::skip_comment() {
  const std::uint32_t begin = place_;
  std::uint32_t depth = 0;
  while (place_ + 1 < to_) {
    const char c = text_[place_];
    const char following = text_[place_ + 1];
    if (c == '/' && following == '*') {
      ++depth;
      place_ += 2;
    } else if (c == '*' && following == '/') {
      place_ += 2;
      if (--depth == 0) return true;
    } else {
      ++place_;
    }
  }
  return fail(Fault::kComment, begin, to_);
}

bool Lexer::word(Lexeme& out) {
  const std::uint32_t begin = place_;
  const char quote = at(begin + 1);
  if (quote == '\'') {
    switch (fold(text_[begin])) {
      case 'e':
        return quoted_string(out, begin + 1, ConstantClass::kEscapeString);
      case 'b':
        return quoted_string(out, begin + 1, ConstantClass::kBitString);
      case 'x':
        return quoted_string(out, begin + 1, ConstantClass::kHexString);
      default:
        break;
    }
  } else if (quote == '&' && fold(text_[begin]) == 'u') {
    if (at(begin + 2) == '"') return quoted_identifier(out, begin + 2);
    if (at(begin + 2) == '\'') {
      if (!standard_strings_) return fail(Fault::kUnsafeUnicode, begin, begin + 3);
      return quoted_string(out, begin + 2, ConstantClass::kUnicodeString);
    }
  }
  return finish(out, TokenKind::kIdentifier, word_end(begin + 1));
}

ConstantClass Lexer::integer_class(std::uint32_t begin, std::uint32_t end) const {
  while (begin + 1 < end && text_[begin] == '0') ++begin;
  const std::string_view digits = text_.substr(begin, end - begin);
  if (digits.size() < 10) return ConstantClass::kInt4;
  if (digits.size() == 10) {
    const int order = digits.compare("2147483648");
    if (order < 0) return ConstantClass::kInt4;
    return order == 0 ? ConstantClass::kInt4Edge : ConstantClass::kInt8;
  }
  if (digits.size() < 19) return ConstantClass::kInt8;
  if (digits.size() > 19) return ConstantClass::kNumeric;
  const int order = digits.compare("9223372036854775808");
  if (order < 0) return ConstantClass::kInt8;
  return order == 0 ? ConstantClass::kInt8Edge : ConstantClass::kNumeric;
}

bool Lexer::number(Lexeme& out) {
  const std::uint32_t begin = place_;
  std::uint32_t end = begin;
  while (is_digit(at(end))) ++end;
  bool integer = true;
  // 1..2 is 1, two points and 2, not 1. and .2
  if (at(end) == '.' && (end == begin || at(end + 1) != '.')) {
    integer = false;
    ++end;
    while (is_digit(at(end))) ++end;
  }
  if (fold(at(end)) == 'e') {
    const bool is_signed = at(end + 1) == '+' || at(end + 1) == '-';
    std::uint32_t exponent = end + (is_signed ? 2 : 1);
    if (is_digit(at(exponent))) {
      while (is_digit(at(exponent))) ++exponent;
      integer = false;
      end = exponent;
    } else if (is_signed) {
      return fail(Fault::kNumberJunk, begin, exponent);
    }
  }
  if (is_char(at(end), kLetterChar)) return fail(Fault::kNumberJunk, begin, word_end(end));
  out.constant = integer ? integer_class(begin, end) : ConstantClass::kNumeric;
  return finish(out, TokenKind::kConstant, end);
}

bool Lexer::dollar(Lexeme& out) {
  const std::uint32_t begin = place_;
  std::uint32_t end = begin + 1;
  if (!is_digit(at(end))) return dollar_string(out);
  while (is_digit(at(end))) ++end;
  if (is_char(at(end), kLetterChar)) return fail(Fault::kParameterJunk, begin, word_end(end));
  return finish(out, TokenKind::kParameter, end);
}

bool Lexer::dollar_string(Lexeme& out) {
  const std::uint32_t begin = place_;
  std::uint32_t end = begin + 1;
  while (is_char(at(end), kLetterChar | kDigitChar)) ++end;
  if (at(end) != '$') return finish(out, TokenKind::kPunctuation, begin + 1);
  const std::string_view body = text_.substr(0, to_);
  const std::size_t close = body.find(body.substr(begin, end + 1 - begin), end + 1);
  if (close == std::string_view::npos) return fail(Fault::kDollarString, begin, to_);
  out.constant = ConstantClass::kDollarString;
  return finish(out, TokenKind::kConstant, static_cast<std::uint32_t>(close) + end + 1 - begin);
}

bool Lexer::operators(Lexeme& out) {
  const std::uint32_t begin = place_;
  std::uint32_t end = begin + 1;
  while (end < to_ && is_char(text_[end], kOperatorChar)) {
    const char c = text_[end];
    const char following = at(end + 1);
    if ((c == '-' && following == '-') || (c == '/' && following == '*')) break;
    ++end;
  }
  // "a=-1" is = and -: an operator ends in + or - only if it has a character no SQL operator has.
  const auto is_math = [](char c) { return kMathOperators.find(c) != std::string_view::npos; };
  if (std::ranges::all_of(text_.substr(begin, end - begin), is_math)) {
    while (end - begin > 1 && (text_[end - 1] == '+' || text_[end - 1] == '-')) --end;
  }
  if (end - begin > kNameMax) return fail(Fault::kLongOperator, begin, end);
  // => names an argument, it is no operator.
  const bool arrow = text_.substr(begin, end - begin) == "=>";
  return finish(out, arrow ? TokenKind::kPunctuation : TokenKind::kOperator, end);
}

bool Lexer::punctuation(Lexeme& out) {
  const char c = text_[place_];
  const char following = at(place_ + 1);
  if (c == '.' && is_digit(following)) return number(out);
  const bool two =
      (c == ':' && (following == ':' || following == '=')) || (c == '.' && following == '.');
  return finish(out, TokenKind::kPunctuation, place_ + (two ? 2 : 1));
}

bool Lexer::quoted_identifier(Lexeme& out, std::uint32_t quote) {
  std::uint32_t end = quote;
  if (!segment_end(end, false)) return fail(Fault::kIdentifier, out.begin, to_);
  if (end - quote == 2) return fail(Fault::kEmptyIdentifier, out.begin, end);
  finish(out, TokenKind::kQuotedIdentifier, end);
  return quote == out.begin || uescape(out);
}

bool Lexer::quoted_string(Lexeme& out, std::uint32_t quote, ConstantClass kind) {
  std::uint32_t end = quote;
  do {
    if (segment_end(end, kind == ConstantClass::kEscapeString)) continue;
    const Fault fault = kind == ConstantClass::kBitString   ? Fault::kBitString
                        : kind == ConstantClass::kHexString ? Fault::kHexString
                                                            : Fault::kString;
    return fail(fault, out.begin, to_);
  } while (continues(end));
  out.constant = kind;
  finish(out, TokenKind::kConstant, end);
  return kind != ConstantClass::kUnicodeString || uescape(out);
}

// Moves `place` from an opening quote past its closing one; a doubled quote does not close.
bool Lexer::segment_end(std::uint32_t& place, bool escapes) const {
  const char quote = text_[place];
  ++place;
  while (place < to_) {
    if (!escapes) {
      const void* found = std::memchr(text_.data() + place, quote, to_ - place);
      if (found == nullptr) return false;
      place = static_cast<std::uint32_t>(static_cast<const char*>(found) - text_.data());
    }
    const char c = text_[place];
    if (c == quote) {
      if (at(place + 1) != quote) {
        ++place;
        return true;
      }
      ++place;
    } else if (c == '\\' && escapes) {
      ++place;
    }
    ++place;
  }
  return false;
}

// A string goes on at the next quote if only white space with a line break stands between. Moves
// `place` there.
bool Lexer::continues(std::uint32_t& place) const {
  bool new_line = false;
  for (std::uint32_t ahead = place; ahead < to_; ++ahead) {
    const char c = text_[ahead];
    if (is_newline(c)) {
      new_line = true;
    } else if (c == '-' && at(ahead + 1) == '-') {
      ahead = line_end(ahead);
      new_line = true;
    } else if (c == '\'' && new_line) {
      place = ahead;
      return true;
    } else if (!is_char(c, kSpaceChar)) {
      return false;
    }
  }
  return false;
}

// Takes UESCAPE 'c' into a U& token: without it the token's text does not say what it means.
bool Lexer::uescape(Lexeme& out) {
  constexpr std::string_view kUescape = "uescape";
  const std::uint32_t after = place_;
  const bool readable = skip_space();
  const std::string_view ahead = text_.substr(place_, std::min(to_ - place_, 7U));
  if (!readable || !std::ranges::equal(ahead, kUescape, {}, fold) ||
      is_char(at(place_ + 7), kWordChar)) {
    place_ = after;
    fault_ = Fault::kNone;
    return true;
  }
  place_ += 7;
  if (!skip_space()) return false;
  Lexeme escape{.begin = place_};
  if (at(place_) != '\'') return fail(Fault::kUescapeOperand, place_, word_end(place_ + 1));
  if (!quoted_string(escape, place_, ConstantClass::kString)) return false;
  const char c = at(escape.begin + 1);
  const bool hex = is_digit(c) || (fold(c) >= 'a' && fold(c) <= 'f');
  if (escape.end - escape.begin != 3 || hex || is_char(c, kSpaceChar) ||
      std::string_view("+'\"").find(c) != std::string_view::npos) {
    return fail(Fault::kUescapeCharacter, escape.begin, escape.end);
  }
  return finish(out, out.kind, escape.end);
}

}  // namespace tessera::parser
