#include <algorithm>

#include "parser/lexer.h"
#include "parser/quoted.h"
#include "parser/shape.h"

namespace tessera::parser {
namespace {

bool is_number(ConstantClass kind) { return kind <= ConstantClass::kNumeric; }

std::string dollar_value(std::string_view token) {
  const std::size_t delimiter = token.find('$', 1) + 1;
  return std::string(token.substr(delimiter, token.size() - 2 * delimiter));
}

// Decodes E'...' escapes of one constant.
class EscapeString {
 public:
  EscapeString(std::string_view text, const Constant& constant)
      : text_(text), begin_(constant.offset), end_(constant.offset + constant.length) {}

  Result<std::string> value() {
    place_ = text_.find('\'', begin_) + 1;
    while (place_ < end_) {
      const char c = text_[place_];
      if (c == '\\') {
        const Status decoded = escape();
        if (!decoded) return decoded.error();
        continue;
      }
      if (surrogate_ != 0) return pair_error(place_, place_ + 1);
      ++place_;
      if (c != '\'') {
        value_ += c;
      } else if (place_ < end_ && text_[place_] == '\'') {
        value_ += c;
        ++place_;
      } else {
        const std::size_t next = next_segment(text_.substr(0, end_), place_);
        place_ = std::min(next, end_);
      }
    }
    if (verify_) return verified_utf8(std::move(value_));
    return std::move(value_);
  }

 private:
  Status escape() {
    const char c = text_[place_ + 1];
    if (c == 'u') return unicode(4);
    if (c == 'U') return unicode(8);
    if (surrogate_ != 0) return pair_error(place_, place_ + 2);
    place_ += 2;
    switch (c) {
      case 'b':
        return add('\b');
      case 'f':
        return add('\f');
      case 'n':
        return add('\n');
      case 'r':
        return add('\r');
      case 't':
        return add('\t');
      case 'x':
        return byte(c, 16, 2);
      default:
        break;
    }
    if (c < '0' || c > '7') return add(c);
    --place_;
    return byte(c, 8, 3);
  }

  Status add(char c) {
    value_ += c;
    return {};
  }

  // Up to `digits_max` digits in `base`; \x without one is the letter itself.
  Status byte(char otherwise, unsigned base, int digits_max) {
    unsigned code = 0;
    int digits = 0;
    for (; digits < digits_max && place_ < end_; ++digits, ++place_) {
      const int digit = hex_digit(text_[place_]);
      if (digit < 0 || static_cast<unsigned>(digit) >= base) break;
      code = code * base + static_cast<unsigned>(digit);
    }
    if (digits == 0) return add(otherwise);
    const char c = static_cast<char>(code & 0xFFU);
    verify_ = verify_ || c == '\0' || (code & 0x80U) != 0;
    return add(c);
  }

  Status unicode(std::size_t digits) {
    const std::size_t begin = place_;
    const auto code = hex_number(text_.substr(0, end_), begin + 2, digits);
    if (!code) {
      Error error{.sqlstate = "22025",
                  .message = "invalid Unicode escape",
                  .hint = "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."};
      error.position = syntax_error(text_, "", static_cast<std::uint32_t>(begin),
                                    static_cast<std::uint32_t>(begin))
                           .position;
      return error;
    }
    place_ = begin + 2 + digits;
    if (is_high_surrogate(surrogate_) != is_low_surrogate(*code)) return pair_error(begin, place_);
    if (is_high_surrogate(*code)) {
      surrogate_ = *code;
      return {};
    }
    const char32_t character = surrogate_ != 0 ? join_surrogates(surrogate_, *code) : *code;
    surrogate_ = 0;
    if (!is_character(character)) {
      return syntax_error(text_, "invalid Unicode escape value", static_cast<std::uint32_t>(begin),
                          static_cast<std::uint32_t>(place_));
    }
    append_utf8(character, value_);
    return {};
  }

  Error pair_error(std::size_t begin, std::size_t end) const {
    return syntax_error(text_, "invalid Unicode surrogate pair", static_cast<std::uint32_t>(begin),
                        static_cast<std::uint32_t>(end));
  }

  const std::string_view text_;
  const std::size_t begin_;
  const std::size_t end_;
  std::size_t place_ = 0;
  char32_t surrogate_ = 0;
  bool verify_ = false;
  std::string value_;
};

Result<std::string> unicode_value(std::string_view text, const Constant& constant) {
  const std::string_view token = text.substr(constant.offset, constant.length);
  Result<std::string> value = decode_unicode_escapes(unquote(token));
  if (value) return value;
  Error error = value.error();
  error.position = syntax_error(text, "", constant.offset, constant.offset).position;
  return error;
}

}  // namespace

Result<std::string> constant_value(std::string_view text, const Constant& constant) {
  const std::string_view token = text.substr(constant.offset, constant.length);
  if (is_number(constant.kind)) return std::string(token);
  switch (constant.kind) {
    case ConstantClass::kEscapeString:
      return EscapeString(text, constant).value();
    case ConstantClass::kUnicodeString:
      return unicode_value(text, constant);
    case ConstantClass::kDollarString:
      return dollar_value(token);
    default:
      return unquote(token).body;
  }
}

std::string quote_literal(std::string_view value) {
  std::string out;
  out.reserve(value.size() + 3);
  // Standard-conforming or not, E'' reads a doubled backslash as one.
  if (value.find('\\') != std::string_view::npos) out += 'E';
  out += '\'';
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
  return out;
}

}  // namespace tessera::parser
