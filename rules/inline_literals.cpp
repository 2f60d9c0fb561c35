// Numbers and quoted text of inline expressions.

#include <limits>

#include "rules/errors.h"
#include "rules/inline_parser.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using Kind = InlineNode::Kind;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// The class that holds it: Integer, Long or BigInteger.
java::JavaValue smallest(const java::BigInteger& number) {
  if (!java::fits_long(number)) return java::make(number);
  const std::int64_t low = java::low_bits(number);
  if (low >= std::numeric_limits<std::int32_t>::min() &&
      low <= std::numeric_limits<std::int32_t>::max()) {
    return static_cast<std::int32_t>(low);
  }
  return low;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_suffix(char c) {
  return c == 'L' || c == 'l' || c == 'G' || c == 'g' || c == 'I' || c == 'i';
}

}  // namespace

InlineNode InlineParser::number() {
  const std::size_t start = at_;
  int base = 10;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) base = 16;
  if (peek() == '0' && (peek(1) == 'b' || peek(1) == 'B')) base = 2;
  if (base == 10 && peek() == '0' && (digit_of(peek(1)) < 10 || peek(1) == '_')) base = 8;
  if (base != 10) at_ += base == 8 ? 1 : 2;
  std::string digits;
  const auto take_digits = [&](int below) {
    while (digit_of(peek()) < below || (peek() == '_' && !digits.empty())) {
      if (peek() != '_') digits += peek();
      ++at_;
    }
  };
  take_digits(base == 16 ? 16 : 10);
  bool decimal = false;
  if (base == 10 && peek() == '.' && digit_of(peek(1)) < 10) {
    decimal = true;
    digits += text_[at_++];
    take_digits(10);
  }
  const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 2 : 1;
  if (base == 10 && (peek() == 'e' || peek() == 'E') && digit_of(peek(sign)) < 10) {
    decimal = true;
    digits += text_.substr(at_, sign);
    at_ += sign;
    take_digits(10);
  }
  InlineNode made;
  made.at = start;
  if (!decimal && digits.size() <= static_cast<std::size_t>(java::kDigitsMax)) {
    made = integer(digits, base);
    made.at = start;
  } else if (const auto number = java::read_decimal(digits)) {
    made.constant = java::make(*number);
    const bool real = peek() == 'd' || peek() == 'D' || peek() == 'f' || peek() == 'F';
    if (real) made.constant = java::double_of(made.constant);
    if (real || peek() == 'g' || peek() == 'G') ++at_;
  } else {
    refuse_here(text_.substr(start, at_ - start), "is a number that is too large");
  }
  if (is_word(peek())) refuse_here(text_.substr(start), "is no number of the subset");
  return made;
}

InlineNode InlineParser::integer(std::string_view digits, int base) {
  InlineNode made;
  made.bare = !is_suffix(peek());
  java::BigInteger number = 0;
  bool valid = !digits.empty();
  for (const char c : digits) {
    valid = valid && digit_of(c) < base;
    number = number * base + digit_of(c);
  }
  if (!valid) {
    fail(digits.empty() ? rest() : digits, "is no number");
    return made;
  }
  made.constant = smallest(number);
  if (made.bare) return made;
  const char suffix = text_[at_++];
  if (suffix == 'G' || suffix == 'g') {
    made.constant = java::make(number);
  } else if (!java::fits_long(number)) {
    refuse(digits, "does not fit a Java long");
  } else if (suffix == 'L' || suffix == 'l') {
    made.constant = java::low_bits(number);
  } else if (!std::holds_alternative<std::int32_t>(made.constant)) {
    refuse(digits, "does not fit a Java int");
  }
  return made;
}

std::u16string InlineParser::escaped() {
  const char c = peek(1);
  at_ += 2;
  switch (c) {
    case '\\':
    case '\'':
    case '"':
    case '$':
      return {static_cast<char16_t>(c)};
    case 'n':
      return u"\n";
    case 't':
      return u"\t";
    case 'r':
      return u"\r";
    case 'b':
      return u"\b";
    case 'f':
      return u"\f";
    default:
      break;
  }
  char16_t unit = 0;
  for (std::size_t n = 0; n < 4 && c == 'u'; ++n) {
    const int digit = digit_of(peek(n));
    if (digit > 15) return at_ -= 2, refuse(rest().substr(0, 2), "is no escape"), u"";
    unit = static_cast<char16_t>(unit * 16 + digit);
  }
  if (c != 'u') return at_ -= 2, refuse(rest().substr(0, 2), "is no escape of the subset"), u"";
  at_ += 4;
  return {unit};
}

InlineNode InlineParser::single_quoted() {
  InlineNode made = node(Kind::kConstant);
  const std::size_t start = at_++;
  if (rest().starts_with("''")) refuse(rest().substr(0, 2), "opens a text of many lines");
  std::u16string units;
  std::size_t from = at_;
  while (!at_end() && peek() != '\'') {
    if (peek() != '\\') {
      ++at_;
      continue;
    }
    units += java::utf16(text_.substr(from, at_ - from));
    units += escaped();
    from = at_;
  }
  if (at_end()) {
    at_ = start;
    fail(text_.substr(start), "is a quoted text without its end");
    return made;
  }
  units += java::utf16(text_.substr(from, at_ - from));
  made.constant = java::make(std::move(units));
  ++at_;
  return made;
}

InlineNode InlineParser::double_quoted() {
  InlineNode made = node(Kind::kTemplate);
  const std::size_t start = at_++;
  if (rest().starts_with("\"\"")) refuse(rest().substr(0, 2), "opens a text of many lines");
  InlineTemplate parsed = parse_template('"');
  if (at_end()) {
    at_ = start;
    fail(text_.substr(start), "is a quoted text without its end");
    return made;
  }
  ++at_;
  for (const std::string& literal : parsed.literals) made.literals.push_back(java::utf16(literal));
  for (InlineNode& child : parsed.placeholders) adopt(made, std::move(child));
  if (!made.children.empty()) return made;
  made.kind = Kind::kConstant;
  made.constant = java::make(std::move(made.literals.front()));
  return made;
}

}  // namespace tessera::rules
