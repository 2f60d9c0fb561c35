#include "rules/inline_parser.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "rules/errors.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using java::Operator;
using Kind = InlineNode::Kind;

constexpr int kDepthMax = 64;
constexpr std::uint16_t kTreeDepthMax = 200;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }

constexpr std::array<std::string_view, 11> kTypes{"int",        "Integer", "long",   "Long",
                                                  "String",     "double",  "Double", "BigDecimal",
                                                  "BigInteger", "boolean", "Boolean"};

// Names before a dot that are classes, whose static methods may be called.
constexpr std::array<std::string_view, 8> kClasses{"Math", "Integer", "Long",   "String",
                                                   "UUID", "Objects", "Double", "Boolean"};

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_type(std::string_view word) { return is_among(kTypes, word); }

}  // namespace

// An operator between two operands. One that is longer stands before those that it begins with.
struct InlineParser::Infix {
  std::string_view spelling;
  int precedence;
  Kind kind;
  Operator operation;
  bool is_word = false;
  std::string_view refusal = {};
};

namespace {

constexpr int kLowest = 1;
constexpr int kPower = 12;

}  // namespace

InlineParser::InlineParser(std::string_view text, std::size_t start)
    : text_(text),
      at_(start),
      constant_(text.find("${", start) == text.npos && text.find("$->{", start) == text.npos) {}

void InlineParser::enter() {
  if (++depth_ > kDepthMax) stop_at(inline_too_deep(text_));
}

void InlineParser::stop_at(Error error) {
  if (!error_) error_ = std::move(error);
  at_ = text_.size();
}

void InlineParser::fail(std::string_view part, std::string_view why) {
  stop_at(inline_syntax_error({text_, at_}, part, why));
}

void InlineParser::refuse(std::string_view part, std::string_view why) {
  stop_at(inline_not_supported({text_, at_}, part, why));
}

void InlineParser::refuse_here(std::string_view part, std::string_view why) {
  at_ = part.empty() ? at_ : static_cast<std::size_t>(part.data() - text_.data());
  refuse(part, why);
}

void InlineParser::skip_space() {
  while (!at_end() && is_space(peek())) ++at_;
}

bool InlineParser::accept(std::string_view token) {
  skip_space();
  if (!rest().starts_with(token)) return false;
  at_ += token.size();
  return true;
}

void InlineParser::expect(std::string_view token) {
  if (accept(token)) return;
  const std::string why = "stands where \"" + std::string(token) + "\" was expected";
  if (at_end()) {
    fail("the end", why);
  } else {
    refuse(rest(), why);
  }
}

std::string_view InlineParser::peek_word() const {
  std::size_t end = at_;
  if (!is_word_start(peek())) return {};
  while (end < text_.size() && is_word(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

std::string_view InlineParser::word() {
  const std::string_view found = peek_word();
  at_ += found.size();
  return found;
}

InlineNode InlineParser::node(Kind kind) const {
  InlineNode made;
  made.kind = kind;
  made.at = at_;
  return made;
}

void InlineParser::adopt(InlineNode& parent, InlineNode child) {
  parent.depth = std::max<std::uint16_t>(parent.depth, child.depth + 1);
  parent.children.push_back(std::move(child));
  if (parent.depth > kTreeDepthMax) stop_at(inline_too_deep(text_));
}

InlineNode InlineParser::join(InlineNode parent, InlineNode left, InlineNode right) {
  parent.at = left.at;
  adopt(parent, std::move(left));
  adopt(parent, std::move(right));
  return parent;
}

bool InlineParser::opens_placeholder() const {
  return rest().starts_with("${") || rest().starts_with("$->{");
}

InlineNode InlineParser::placeholder() {
  at_ += peek(1) == '{' ? 2 : 4;
  InlineNode filled = expression();
  expect("}");
  return filled;
}

// "$name", as Groovy reads it in double quotes.
InlineNode InlineParser::dollar_name() {
  ++at_;
  InlineNode variable = node(Kind::kVariable);
  variable.name = word();
  if (peek() == '.' && is_word_start(peek(1))) refuse(rest(), "takes a property; write ${…}");
  return variable;
}

// Up to `stop`, which is left standing, or to the end ('\0').
InlineTemplate InlineParser::parse_template(char stop) {
  const Level level(*this);
  InlineTemplate result;
  result.literals.emplace_back();
  while (!at_end() && (stop == '\0' || peek() != stop)) {
    const bool dollar = peek() == '$' && !constant_;
    if (dollar && (opens_placeholder() || is_word_start(peek(1)))) {
      result.placeholders.push_back(opens_placeholder() ? placeholder() : dollar_name());
      result.literals.emplace_back();
    } else if (dollar) {
      refuse(rest(), "starts with a \"$\" that opens no placeholder");
    } else if (peek() == '\\' && stop == '"') {
      java::append_utf8(result.literals.back(), escaped());
    } else if ((peek() == '\\' || peek() == '"') && !constant_) {
      refuse(rest(), "starts with a quote or backslash outside of a placeholder");
    } else {
      result.literals.back() += text_[at_++];
    }
  }
  return result;
}

InlineNode InlineParser::expression() {
  const Level level(*this);
  InlineNode condition = binary(kLowest);
  if (accept("?:")) {
    InlineNode elvis = node(Kind::kElvis);
    return join(std::move(elvis), std::move(condition), expression());
  }
  skip_space();
  if (peek() != '?' || error_) return condition;
  ++at_;
  InlineNode conditional = node(Kind::kConditional);
  InlineNode first = expression();
  expect(":");
  conditional = join(std::move(conditional), std::move(condition), std::move(first));
  adopt(conditional, expression());
  return conditional;
}

const InlineParser::Infix* InlineParser::infix() {
  static constexpr std::string_view kAssigns = "changes a variable";
  static constexpr std::string_view kMatches = "is no operator of the subset";
  static constexpr std::array kInfixes{
      Infix{"->", 0, Kind::kOperation, Operator::kAdd},
      Infix{"++", 0, Kind::kOperation, Operator::kAdd, false, kAssigns},
      Infix{"--", 0, Kind::kOperation, Operator::kAdd, false, kAssigns},
      Infix{"===", 0, Kind::kOperation, Operator::kAdd, false, kMatches},
      Infix{"!==", 0, Kind::kOperation, Operator::kAdd, false, kMatches},
      Infix{"==~", 0, Kind::kOperation, Operator::kAdd, false, kMatches},
      Infix{"=~", 0, Kind::kOperation, Operator::kAdd, false, kMatches},
      Infix{"||", 1, Kind::kOr, Operator::kOr},
      Infix{"&&", 2, Kind::kAnd, Operator::kAnd},
      Infix{"|", 3, Kind::kOperation, Operator::kOr},
      Infix{"^", 4, Kind::kOperation, Operator::kXor},
      Infix{"&", 5, Kind::kOperation, Operator::kAnd},
      Infix{"<=>", 6, Kind::kOperation, Operator::kCompare},
      Infix{"==", 6, Kind::kOperation, Operator::kEqual},
      Infix{"!=", 6, Kind::kOperation, Operator::kNotEqual},
      Infix{"=", 0, Kind::kOperation, Operator::kAdd, false, kAssigns},
      Infix{"<<", 8, Kind::kOperation, Operator::kShiftLeft},
      Infix{">>>", 8, Kind::kOperation, Operator::kShiftRightUnsigned},
      Infix{">>", 8, Kind::kOperation, Operator::kShiftRight},
      Infix{"<=", 7, Kind::kOperation, Operator::kLessOrEqual},
      Infix{">=", 7, Kind::kOperation, Operator::kGreaterOrEqual},
      Infix{"<", 7, Kind::kOperation, Operator::kLess},
      Infix{">", 7, Kind::kOperation, Operator::kGreater},
      Infix{"in", 7, Kind::kOperation, Operator::kIn, true},
      Infix{"!in", 7, Kind::kOperation, Operator::kNotIn, true},
      Infix{"as", 7, Kind::kCall, Operator::kAdd, true},
      Infix{"instanceof", 0, Kind::kCall, Operator::kAdd, true, kMatches},
      Infix{"..", 8, Kind::kRange, Operator::kAdd},
      Infix{"+", 9, Kind::kOperation, Operator::kAdd},
      Infix{"-", 9, Kind::kOperation, Operator::kSubtract},
      Infix{"**", 12, Kind::kOperation, Operator::kPower},
      Infix{"*", 10, Kind::kOperation, Operator::kMultiply},
      Infix{"/", 10, Kind::kOperation, Operator::kDivide},
      Infix{"%", 10, Kind::kOperation, Operator::kRemainder},
  };
  skip_space();
  for (const Infix& found : kInfixes) {
    if (!rest().starts_with(found.spelling)) continue;
    if (found.is_word && is_word(peek(found.spelling.size()))) continue;
    if (!found.refusal.empty()) refuse(found.spelling, found.refusal);
    return found.precedence == 0 ? nullptr : &found;
  }
  return nullptr;
}

// Precedence climbing. An `as` may be followed by an operator that binds more tightly than itself,
// which then takes all that stands before it, as in Groovy.
InlineNode InlineParser::binary(int least) {
  InlineNode left = unary();
  while (!error_) {
    const Infix* found = infix();
    if (found == nullptr || found->precedence < least) break;
    at_ += found->spelling.size();
    left = apply(*found, std::move(left));
  }
  return left;
}

InlineNode InlineParser::apply(const Infix& infix, InlineNode left) {
  if (infix.kind == Kind::kCall) {
    skip_space();
    const std::string_view type = word();
    if (!is_type(type)) refuse_here(type, "is no type of the subset");
    return conversion("as ", type, std::move(left));
  }
  InlineNode made = node(infix.kind);
  made.operation = infix.operation;
  if (infix.kind == Kind::kRange) {
    made.exclusive = peek() == '<';
    if (made.exclusive) ++at_;
  }
  InlineNode right = binary(infix.precedence + 1);
  const bool divides =
      infix.operation == Operator::kRemainder || infix.operation == Operator::kDivide;
  const auto* divisor = std::get_if<std::int32_t>(&right.constant);
  if (divides && right.kind == Kind::kConstant && divisor != nullptr && *divisor == 0 && !error_) {
    at_ = made.at - 1;
    fail(rest(), "divides by zero");
  }
  return join(std::move(made), std::move(left), std::move(right));
}

InlineNode InlineParser::unary() {
  const Level level(*this);
  skip_space();
  if (rest().starts_with("--") || rest().starts_with("++")) {
    refuse(rest().substr(0, 2), "changes a variable");
  }
  InlineNode made = node(Kind::kOperation);
  if (accept("-")) return negated(binary(kPower));
  if (accept("+")) {
    made.operation = Operator::kPlus;
    adopt(made, binary(kPower));
    return made;
  }
  if (accept("~") || accept("!")) {
    made.operation = text_[at_ - 1] == '~' ? Operator::kComplement : Operator::kNot;
    adopt(made, unary());
    return made;
  }
  if (const auto type = cast_type()) return conversion("(", *type, unary());
  return postfix();
}

// -2147483648 is an int although 2147483648 is a long.
InlineNode InlineParser::negated(InlineNode operand) {
  InlineNode made = node(Kind::kOperation);
  made.operation = Operator::kNegate;
  made.at = operand.at;
  if (operand.kind == Kind::kConstant && operand.bare) {
    operand.bare = false;
    if (const auto* number = std::get_if<std::int64_t>(&operand.constant)) {
      if (*number == std::int64_t{1} << 31) {
        operand.constant = static_cast<std::int32_t>(-*number);
        return operand;
      }
    }
    if (const auto* number = std::get_if<java::BigIntegerPtr>(&operand.constant)) {
      if (java::fits_long(-**number)) {
        operand.constant = java::low_bits(-**number);
        return operand;
      }
    }
    if (const auto* number = std::get_if<std::int32_t>(&operand.constant)) {
      operand.constant = -*number;
      return operand;
    }
  }
  adopt(made, std::move(operand));
  return made;
}

// "(int)", which is taken, or nothing.
std::optional<std::string_view> InlineParser::cast_type() {
  if (peek() != '(') return std::nullopt;
  const std::size_t start = at_++;
  skip_space();
  const std::string_view type = word();
  skip_space();
  if (is_type(type) && peek() == ')') {
    ++at_;
    return type;
  }
  at_ = start;
  return std::nullopt;
}

InlineNode InlineParser::conversion(std::string_view prefix, std::string_view type,
                                    InlineNode operand) {
  InlineNode made = node(Kind::kCall);
  made.at = operand.at;
  std::string target(type);
  if (type == "int") target = "Integer";
  if (type == "long" || type == "double" || type == "boolean") {
    target.front() = static_cast<char>(target.front() - 'a' + 'A');
  }
  made.name = std::string(prefix) + target + (prefix == "(" ? ")" : "");
  adopt(made, std::move(operand));
  return made;
}

InlineNode InlineParser::postfix() {
  InlineNode made = primary();
  while (!error_) {
    skip_space();
    if (peek() == '.' && is_word_start(peek(1))) {
      ++at_;
      made = method_call(std::move(made), false);
    } else if (peek() == '?' && peek(1) == '.' && is_word_start(peek(2))) {
      at_ += 2;
      made = method_call(std::move(made), true);
    } else if (peek() == '[') {
      made = index(std::move(made));
    } else {
      break;
    }
  }
  return made;
}

InlineNode InlineParser::method_call(InlineNode receiver, bool safe) {
  InlineNode call = node(Kind::kCall);
  call.name = word();
  call.safe = safe;
  adopt(call, std::move(receiver));
  skip_space();
  if (peek() != '(' && peek() != '{') {
    at_ = call.at;
    refuse(call.name, "is a property; only methods can be called, with parentheses");
  }
  arguments(call);
  return call;
}

InlineNode InlineParser::index(InlineNode receiver) {
  InlineNode made = node(Kind::kIndex);
  ++at_;
  InlineNode position = expression();
  expect("]");
  return join(std::move(made), std::move(receiver), std::move(position));
}

// "(a, b)", "(a) { closure }" or "{ closure }".
void InlineParser::arguments(InlineNode& call) {
  if (accept("(") && !accept(")")) {
    do {
      adopt(call, argument());
    } while (accept(","));
    expect(")");
  }
  skip_space();
  if (peek() == '{') adopt(call, closure());
}

// Where "name ->" or "(name) ->" ends that begins at `from`, maybe with a type before the name;
// 0: something else stands there.
std::size_t InlineParser::parameter_end(std::size_t from, std::string_view& name) const {
  std::size_t at = from;
  const auto skip = [&] {
    while (at < text_.size() && is_space(text_[at])) ++at;
  };
  skip();
  const bool parentheses = at < text_.size() && text_[at] == '(';
  if (parentheses) ++at;
  for (int words = 0; words < 2; ++words) {
    skip();
    const std::size_t start = at;
    while (at < text_.size() && is_word(text_[at])) ++at;
    if (at > start && is_word_start(text_[start])) name = text_.substr(start, at - start);
  }
  skip();
  if (parentheses && (at >= text_.size() || text_[at++] != ')')) return 0;
  skip();
  return !name.empty() && text_.substr(at).starts_with("->") ? at + 2 : 0;
}

InlineNode InlineParser::argument() {
  skip_space();
  if (peek() == '{') return closure();
  std::string_view parameter;
  const std::size_t end = parameter_end(at_, parameter);
  if (end == 0) return expression();
  at_ = end;
  return closure_body(parameter);
}

InlineNode InlineParser::closure() {
  expect("{");
  std::string_view parameter;
  const std::size_t end = parameter_end(at_, parameter);
  if (end != 0) at_ = end;
  InlineNode made = closure_body(end == 0 ? "it" : parameter);
  expect("}");
  return made;
}

InlineNode InlineParser::closure_body(std::string_view parameter) {
  InlineNode made = node(Kind::kClosure);
  made.name = parameter;
  skip_space();
  if (peek_word() == "return") word();
  adopt(made, expression());
  return made;
}

InlineNode InlineParser::primary() {
  skip_space();
  const char c = peek();
  if (is_digit(c)) return number();
  if (is_word_start(c)) return name();
  if (c == '[') return list();
  if (c == '\'') return single_quoted();
  if (c == '"') return double_quoted();
  if (accept("(")) {
    InlineNode inner = expression();
    inner.bare = false;
    expect(")");
    return inner;
  }
  if (at_end()) {
    fail("the end", "stands where a value was expected");
  } else {
    refuse(rest(), "stands where a value was expected");
  }
  return {};
}

InlineNode InlineParser::name() {
  InlineNode made = node(Kind::kConstant);
  std::string_view first = word();
  if (first == "null") return made;
  if (first == "true" || first == "false") {
    made.constant = first == "true";
    return made;
  }
  if (first == "java" && (rest().starts_with(".lang.") || rest().starts_with(".util."))) {
    at_ += 6;
    first = word();
  }
  skip_space();
  if (peek() == '.' && is_among(kClasses, first)) return static_member(first);
  if (peek() == '(') {
    made.kind = Kind::kStaticCall;
    made.name = first;
    arguments(made);
    return made;
  }
  if (first == "new") refuse_here(first, "makes an object");
  made.kind = Kind::kVariable;
  made.name = first;
  return made;
}

InlineNode InlineParser::static_member(std::string_view class_name) {
  InlineNode made = node(Kind::kStaticCall);
  const std::size_t start = at_ - class_name.size();
  ++at_;
  skip_space();
  made.at = start;
  made.name = std::string(class_name) + "." + std::string(word());
  skip_space();
  if (peek() == '(') {
    arguments(made);
    return made;
  }
  made.kind = Kind::kConstant;
  if (made.name == "Integer.MAX_VALUE") {
    made.constant = std::numeric_limits<std::int32_t>::max();
  } else if (made.name == "Integer.MIN_VALUE") {
    made.constant = std::numeric_limits<std::int32_t>::min();
  } else if (made.name == "Long.MAX_VALUE") {
    made.constant = std::numeric_limits<std::int64_t>::max();
  } else if (made.name == "Long.MIN_VALUE") {
    made.constant = std::numeric_limits<std::int64_t>::min();
  } else {
    at_ = start;
    refuse(made.name, "is no constant of the subset");
  }
  return made;
}

InlineNode InlineParser::list() {
  InlineNode made = node(Kind::kList);
  expect("[");
  if (accept("]")) return made;
  do {
    skip_space();
    if (peek() == ']' && !made.children.empty()) break;
    adopt(made, expression());
  } while (accept(","));
  skip_space();
  if (peek() == ':') refuse(rest(), "belongs to a map");
  expect("]");
  return made;
}

}  // namespace tessera::rules
