#include "rules/inline_syntax.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "rules/errors.h"

namespace tessera::rules {
namespace {

constexpr int kDepthMax = 32;

using Kind = InlineNode::Kind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }

std::string_view trim_front(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_back(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A method of a value, or a static one of a Java class: `arguments` counts the value itself.
struct Method {
  std::string_view name;
  std::size_t arguments;
  Operation operation;
};

constexpr std::array kMethods{
    Method{"intdiv", 2, Operation::kIntdiv},    Method{"mod", 2, Operation::kRemainder},
    Method{"abs", 1, Operation::kAbs},          Method{"hashCode", 1, Operation::kHashCode},
    Method{"intValue", 1, Operation::kNarrow},  Method{"longValue", 1, Operation::kToLong},
    Method{"toInteger", 1, Operation::kNarrow}, Method{"toLong", 1, Operation::kToLong},
    Method{"toString", 1, Operation::kToText},
};

constexpr std::array kStatics{
    Method{"Math.abs", 1, Operation::kAbs},
    Method{"Math.floorMod", 2, Operation::kFloorMod},
    Method{"Math.floorDiv", 2, Operation::kFloorDiv},
    Method{"Integer.valueOf", 1, Operation::kToInteger},
    Method{"Integer.parseInt", 1, Operation::kToInteger},
    Method{"Long.valueOf", 1, Operation::kToLong},
    Method{"Long.parseLong", 1, Operation::kToLong},
    Method{"String.valueOf", 1, Operation::kToText},
};

template <class Table>
const Method* find_method(const Table& table, std::string_view name) {
  for (const Method& method : table) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

InlineNode integer_node(std::int64_t number, bool wide) {
  InlineNode node;
  node.kind = Kind::kInteger;
  node.number = number;
  node.wide = wide;
  return node;
}

InlineNode operation_node(Operation operation, InlineNode left) {
  InlineNode node;
  node.kind = Kind::kOperation;
  node.operation = operation;
  node.children.push_back(std::move(left));
  return node;
}

InlineNode operation_node(Operation operation, InlineNode left, InlineNode right) {
  InlineNode node = operation_node(operation, std::move(left));
  node.children.push_back(std::move(right));
  return node;
}

// Recursive descent. The first failure is kept and moves the cursor to the end, so that every
// function may go on as if nothing had happened and the callers test once.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  InlineTemplate parse_template(char stop);
  std::vector<InlineTemplate> parse_list();
  [[nodiscard]] std::optional<Error>& error() { return error_; }

 private:
  // Counts nesting; the text of a configuration never nests deeply, a hostile one may.
  struct Level {
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDepthMax) parser_.refuse(parser_.rest(), "nests too deeply");
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    Parser& parser_;
  };

  void fail(std::string_view part, std::string_view why);
  void refuse(std::string_view part, std::string_view why);

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const {
    return at_end() ? std::string_view{} : text_.substr(at_);
  }
  void skip_space() {
    while (!at_end() && is_space(peek())) ++at_;
  }
  bool accept(std::string_view token);
  void expect(std::string_view token);
  std::string_view word();

  bool open_placeholder();
  InlineNode expression();
  InlineNode binary_or();
  InlineNode binary_xor();
  InlineNode binary_and();
  InlineNode shift();
  std::optional<Operation> shift_operator();
  InlineNode additive();
  InlineNode multiplicative();
  InlineNode unary();
  InlineNode postfix();
  InlineNode primary();
  InlineNode integer(bool negative);
  InlineNode name();
  InlineNode static_member(std::string_view class_name);
  InlineNode call(const Method& method, std::optional<InlineNode> receiver);
  InlineNode list();
  InlineNode single_quoted();
  InlineNode double_quoted();
  char escaped();

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<Error> error_;
};

void Parser::fail(std::string_view part, std::string_view why) {
  if (!error_) error_ = inline_syntax_error(text_, part, why);
  at_ = text_.size();
}

void Parser::refuse(std::string_view part, std::string_view why) {
  if (!error_) error_ = inline_not_supported(text_, part, why);
  at_ = text_.size();
}

bool Parser::accept(std::string_view token) {
  skip_space();
  if (!rest().starts_with(token)) return false;
  at_ += token.size();
  return true;
}

void Parser::expect(std::string_view token) {
  if (accept(token)) return;
  const std::string why = "stands where \"" + std::string(token) + "\" was expected";
  if (at_end()) {
    fail("the end", why);
  } else {
    refuse(rest(), why);
  }
}

std::string_view Parser::word() {
  const std::size_t start = at_;
  while (is_word(peek())) ++at_;
  return text_.substr(start, at_ - start);
}

bool Parser::open_placeholder() {
  if (rest().starts_with("${")) {
    at_ += 2;
    return true;
  }
  if (rest().starts_with("$->{")) {
    at_ += 4;
    return true;
  }
  return false;
}

// Up to `stop`, which is left standing, or to the end ('\0').
InlineTemplate Parser::parse_template(char stop) {
  const Level level(*this);
  InlineTemplate result;
  result.literals.emplace_back();
  while (!at_end() && (stop == '\0' || peek() != stop)) {
    if (open_placeholder()) {
      result.placeholders.push_back(expression());
      expect("}");
      result.literals.emplace_back();
    } else if (peek() == '$') {
      refuse(rest(), "starts with a \"$\" that opens no placeholder");
    } else if (peek() == '\\' && stop == '"') {
      result.literals.back() += escaped();
    } else if (peek() == '\\' || peek() == '"') {
      refuse(rest(), "starts with a quote or backslash outside of a placeholder");
    } else {
      result.literals.back() += text_[at_++];
    }
  }
  return result;
}

void trim_ends(InlineTemplate& piece) {
  piece.literals.front() = std::string(trim_front(piece.literals.front()));
  piece.literals.back() = std::string(trim_back(piece.literals.back()));
}

std::vector<InlineTemplate> Parser::parse_list() {
  std::vector<InlineTemplate> pieces;
  do {
    pieces.push_back(parse_template(','));
    trim_ends(pieces.back());
    if (pieces.back().placeholders.empty() && pieces.back().literals.front().empty()) {
      fail("an empty piece", "names nothing");
    }
  } while (accept(","));
  return pieces;
}

InlineNode Parser::expression() {
  const Level level(*this);
  return binary_or();
}

InlineNode Parser::binary_or() {
  InlineNode left = binary_xor();
  while (accept("|")) {
    if (peek() == '|') refuse("||", "is a logical operator");
    left = operation_node(Operation::kOr, std::move(left), binary_xor());
  }
  return left;
}

InlineNode Parser::binary_xor() {
  InlineNode left = binary_and();
  while (accept("^")) left = operation_node(Operation::kXor, std::move(left), binary_and());
  return left;
}

InlineNode Parser::binary_and() {
  InlineNode left = shift();
  while (accept("&")) {
    if (peek() == '&') refuse("&&", "is a logical operator");
    left = operation_node(Operation::kAnd, std::move(left), shift());
  }
  return left;
}

std::optional<Operation> Parser::shift_operator() {
  if (accept("<<")) return Operation::kShiftLeft;
  if (accept(">>>")) return Operation::kShiftRightUnsigned;
  if (accept(">>")) return Operation::kShiftRight;
  return std::nullopt;
}

// Ranges bind like shifts in Groovy: weaker than + and stronger than &.
InlineNode Parser::shift() {
  InlineNode left = additive();
  while (!error_) {
    if (const auto operation = shift_operator()) {
      left = operation_node(*operation, std::move(left), additive());
      continue;
    }
    if (!accept("..")) break;
    const Kind kind = accept("<") ? Kind::kExclusiveRange : Kind::kRange;
    left = operation_node(Operation::kAdd, std::move(left), additive());
    left.kind = kind;
  }
  return left;
}

InlineNode Parser::additive() {
  InlineNode left = multiplicative();
  while (!error_) {
    skip_space();
    if (rest().starts_with("->")) break;
    if (rest().starts_with("++") || rest().starts_with("--")) {
      refuse(rest().substr(0, 2), "changes a variable");
    } else if (accept("+")) {
      left = operation_node(Operation::kAdd, std::move(left), multiplicative());
    } else if (accept("-")) {
      left = operation_node(Operation::kSubtract, std::move(left), multiplicative());
    } else {
      break;
    }
  }
  return left;
}

InlineNode Parser::multiplicative() {
  InlineNode left = unary();
  while (!error_) {
    skip_space();
    if (rest().starts_with("**")) {
      refuse("**", "is no operator of the subset");
    } else if (rest().starts_with("/")) {
      refuse("/", "gives decimals in Groovy; write a.intdiv(b)");
    } else if (accept("*")) {
      left = operation_node(Operation::kMultiply, std::move(left), unary());
    } else if (accept("%")) {
      left = operation_node(Operation::kRemainder, std::move(left), unary());
      const InlineNode& divisor = left.children.back();
      if (divisor.kind == Kind::kInteger && divisor.number == 0) fail("% 0", "divides by zero");
    } else {
      break;
    }
  }
  return left;
}

InlineNode Parser::unary() {
  const Level level(*this);
  skip_space();
  if (rest().starts_with("--") || rest().starts_with("++")) {
    refuse(rest().substr(0, 2), "changes a variable");
  }
  if (accept("-")) {
    skip_space();
    // -2147483648 is an int although 2147483648 is a long.
    if (is_digit(peek())) return integer(true);
    return operation_node(Operation::kNegate, unary());
  }
  if (accept("+")) return unary();
  if (accept("~")) return operation_node(Operation::kComplement, unary());
  if (peek() == '!') refuse("!", "is a logical operator");
  return postfix();
}

InlineNode Parser::postfix() {
  InlineNode node = primary();
  while (!error_) {
    skip_space();
    if (peek() == '.' && is_word_start(peek(1))) {
      ++at_;
      const std::string_view method_name = word();
      const Method* method = find_method(kMethods, method_name);
      if (method == nullptr) {
        refuse(method_name, "is no method of the subset");
        break;
      }
      node = call(*method, std::move(node));
    } else if (peek() == '[') {
      refuse(rest(), "takes a part of a value");
    } else {
      break;
    }
  }
  return node;
}

InlineNode Parser::primary() {
  const Level level(*this);
  skip_space();
  const char c = peek();
  if (is_digit(c)) return integer(false);
  if (is_word_start(c)) return name();
  if (c == '[') return list();
  if (c == '\'') return single_quoted();
  if (c == '"') return double_quoted();
  if (accept("(")) {
    InlineNode node = expression();
    expect(")");
    return node;
  }
  if (at_end()) {
    fail("the end", "stands where a value was expected");
  } else {
    refuse(rest(), "stands where a value was expected");
  }
  return {};
}

InlineNode Parser::integer(bool negative) {
  const std::size_t start = at_;
  const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  if (hex) at_ += 2;
  const std::size_t digits_at = at_;
  while (hex ? is_word(peek()) && peek() != 'L' : is_digit(peek())) ++at_;
  const std::string_view digits = text_.substr(digits_at, at_ - digits_at);
  if (!hex && digits.size() > 1 && digits.front() == '0') {
    refuse(digits, "is an octal number in Groovy");
    return {};
  }
  std::uint64_t magnitude = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, hex ? 16 : 10);
  const std::uint64_t limit = std::uint64_t{1} << 63;
  if (failure != std::errc{} || end != digits.data() + digits.size() ||
      magnitude > limit - (negative ? 0 : 1)) {
    refuse(text_.substr(start, at_ - start), "is no number that fits a Java long");
    return {};
  }
  const bool suffixed = peek() == 'L' || peek() == 'l';
  if (suffixed) ++at_;
  if (is_word(peek()) || (peek() == '.' && is_digit(peek(1)))) {
    refuse(text_.substr(start), "is no integer");
    return {};
  }
  const auto number = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  const bool fits_int = number >= std::numeric_limits<std::int32_t>::min() &&
                        number <= std::numeric_limits<std::int32_t>::max();
  return integer_node(number, suffixed || !fits_int);
}

InlineNode Parser::name() {
  const std::string_view first = word();
  InlineNode node;
  if (first == "null") return node;
  if (first == "Math" || first == "Integer" || first == "Long" || first == "String") {
    return static_member(first);
  }
  skip_space();
  if (peek() == '(') {
    refuse(first, "is no function of the subset");
    return node;
  }
  node.kind = Kind::kColumn;
  node.text = first;
  return node;
}

InlineNode Parser::static_member(std::string_view class_name) {
  expect(".");
  skip_space();
  const std::string full = std::string(class_name) + "." + std::string(word());
  if (full == "Integer.MAX_VALUE") {
    return integer_node(std::numeric_limits<std::int32_t>::max(), false);
  }
  if (full == "Long.MAX_VALUE") {
    return integer_node(std::numeric_limits<std::int64_t>::max(), true);
  }
  const Method* method = find_method(kStatics, full);
  if (method != nullptr) return call(*method, std::nullopt);
  refuse(full, "is no function of the subset");
  return {};
}

InlineNode Parser::call(const Method& method, std::optional<InlineNode> receiver) {
  InlineNode node;
  node.kind = Kind::kOperation;
  node.operation = method.operation;
  if (receiver) node.children.push_back(std::move(*receiver));
  expect("(");
  while (node.children.size() < method.arguments && !error_) {
    if (node.children.size() > (receiver ? 1U : 0U)) expect(",");
    node.children.push_back(expression());
  }
  expect(")");
  return node;
}

InlineNode Parser::list() {
  InlineNode node;
  node.kind = Kind::kList;
  expect("[");
  if (accept("]")) return node;
  do {
    node.children.push_back(expression());
  } while (accept(","));
  expect("]");
  return node;
}

char Parser::escaped() {
  const char c = peek(1);
  if (c != '\\' && c != '\'' && c != '"' && c != '$') {
    refuse(rest().substr(0, 2), "is no escape of the subset");
    return '\0';
  }
  at_ += 2;
  return c;
}

InlineNode Parser::single_quoted() {
  InlineNode node;
  node.kind = Kind::kText;
  const std::size_t start = at_++;
  while (!at_end() && peek() != '\'') {
    node.text += peek() == '\\' ? escaped() : text_[at_++];
  }
  if (at_end()) fail(text_.substr(start), "is a quoted text without its end");
  ++at_;
  return node;
}

InlineNode Parser::double_quoted() {
  InlineNode node;
  node.kind = Kind::kTemplate;
  const std::size_t start = at_++;
  node.templates.push_back(parse_template('"'));
  if (at_end()) fail(text_.substr(start), "is a quoted text without its end");
  ++at_;
  return node;
}

// `<TYPE>` before an expression names its language. Ours is Groovy's arithmetic.
Result<std::string_view> without_language(std::string_view text) {
  text = trim_front(trim_back(text));
  if (!text.starts_with("<")) return text;
  const std::size_t end = text.find('>');
  const std::string_view language = text.substr(0, end == text.npos ? end : end + 1);
  if (language == "<GROOVY>") return text.substr(language.size());
  return inline_not_supported(text, language, "is no expression language of the subset");
}

}  // namespace

Result<std::vector<InlineTemplate>> parse_inline_list(std::string_view text) {
  const auto body = without_language(text);
  if (!body) return body.error();
  Parser parser(*body);
  std::vector<InlineTemplate> pieces = parser.parse_list();
  if (parser.error()) return *parser.error();
  return pieces;
}

Result<InlineTemplate> parse_inline(std::string_view text) {
  const auto body = without_language(text);
  if (!body) return body.error();
  Parser parser(*body);
  InlineTemplate whole = parser.parse_template('\0');
  if (parser.error()) return *parser.error();
  return whole;
}

}  // namespace tessera::rules
