#include "rules/inline_program.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "rules/errors.h"
#include "rules/integer_text.h"
#include "rules/java.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

// Small, because it is prepared for every value.
constexpr std::size_t kStackMax = 16;

constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

using Kind = Term::Kind;

bool fits_int(std::int64_t number) { return number >= kIntMin && number <= kIntMax; }
bool is_number(const Term& term) { return term.kind == Kind::kInt || term.kind == Kind::kLong; }
bool is_unary(Operation operation) { return operation >= Operation::kNegate; }

// Some operations read text; arithmetic does not.
bool takes_text(Operation operation) { return operation >= Operation::kHashCode; }

Term make_int(std::int64_t number) { return {Kind::kInt, java::narrow(number)}; }
Term make_long(std::int64_t number) { return {Kind::kLong, number}; }

struct Digits {
  std::array<char, 24> bytes;
  std::string_view view;
  explicit Digits(std::int64_t number) : bytes{} {
    const auto end = std::to_chars(bytes.data(), bytes.data() + bytes.size(), number).ptr;
    view = {bytes.data(), static_cast<std::size_t>(end - bytes.data())};
  }
};

Result<std::int64_t> read_text(const Term& term) {
  if (term.kind == Kind::kDigits) return term.number;
  std::int64_t number = 0;
  switch (read_integer(term.text, number)) {
    case IntegerText::kInteger:
      return number;
    case IntegerText::kOutOfRange:
      return integer_out_of_range(term.text, "bigint");
    case IntegerText::kInvalid:
      break;
  }
  return not_an_integer(term.text);
}

// The operand of arithmetic. Text in arithmetic means something else in Groovy ('4' + 2 is '42'),
// so only text whose type nobody knows is taken for the number that it holds.
Result<Term> as_number(const Term& term) {
  if (is_number(term)) return term;
  if (term.kind != Kind::kUntyped) {
    return not_an_integer(term.kind == Kind::kDigits ? Digits(term.number).view : term.text);
  }
  const auto number = read_text(term);
  if (!number) return number.error();
  return fits_int(*number) ? make_int(*number) : make_long(*number);
}

Result<Term> to_integer(const Term& term) {
  if (is_number(term) && fits_int(term.number)) return make_int(term.number);
  if (is_number(term)) return integer_out_of_range(Digits(term.number).view, "integer");
  const auto number = read_text(term);
  if (!number) return number.error();
  if (!fits_int(*number)) return integer_out_of_range(Digits(*number).view, "integer");
  return make_int(*number);
}

Result<Term> to_long(const Term& term) {
  if (is_number(term)) return make_long(term.number);
  const auto number = read_text(term);
  if (!number) return number.error();
  return make_long(*number);
}

Term to_text(const Term& term) {
  if (!is_number(term)) return term;
  return {Kind::kDigits, term.number};
}

std::int64_t absolute(std::int64_t number) {
  return number < 0 ? java::wrap(0 - static_cast<std::uint64_t>(number)) : number;
}

Result<Term> operate(Operation operation, const Term& operand) {
  if (operation == Operation::kHashCode) return make_int(hash_term(operand));
  if (operation == Operation::kToText) return to_text(operand);
  if (operation == Operation::kToInteger) return to_integer(operand);
  if (operation == Operation::kToLong) return to_long(operand);
  if (operation == Operation::kNarrow) {
    return is_number(operand) ? Result<Term>(make_int(operand.number)) : to_integer(operand);
  }
  const auto term = as_number(operand);
  if (!term) return term.error();
  std::int64_t number = term->number;
  if (operation == Operation::kNegate) number = java::wrap(0 - static_cast<std::uint64_t>(number));
  if (operation == Operation::kComplement) number = ~number;
  if (operation == Operation::kAbs) number = absolute(number);
  return term->kind == Kind::kInt ? make_int(number) : make_long(number);
}

// Java's quotient wraps for the one case that overflows.
std::int64_t quotient(std::int64_t a, std::int64_t b) {
  return b == -1 ? java::wrap(0 - static_cast<std::uint64_t>(a)) : a / b;
}

std::int64_t divide(Operation operation, std::int64_t a, std::int64_t b) {
  const std::int64_t truncated = quotient(a, b);
  const std::int64_t remainder = b == -1 ? 0 : a % b;
  const bool lower = remainder != 0 && (remainder < 0) != (b < 0);
  switch (operation) {
    case Operation::kRemainder:
      return remainder;
    case Operation::kFloorMod:
      return lower ? remainder + b : remainder;
    case Operation::kFloorDiv:
      return lower ? truncated - 1 : truncated;
    default:
      return truncated;
  }
}

bool divides(Operation operation) {
  return operation == Operation::kRemainder || operation == Operation::kIntdiv ||
         operation == Operation::kFloorMod || operation == Operation::kFloorDiv;
}

// A shift has the type of its left operand, and Java takes the distance modulo the width.
Term shift(Operation operation, const Term& left, std::int64_t distance) {
  const bool is_int = left.kind == Kind::kInt;
  const auto by = static_cast<unsigned>(distance) & (is_int ? 31U : 63U);
  const auto bits = static_cast<std::uint64_t>(left.number);
  if (operation == Operation::kShiftRight) return {left.kind, left.number >> by};
  if (operation == Operation::kShiftLeft) {
    return is_int ? make_int(java::wrap(bits << by)) : make_long(java::wrap(bits << by));
  }
  return is_int ? make_int(static_cast<std::uint32_t>(bits) >> by)
                : make_long(java::wrap(bits >> by));
}

std::uint64_t combine(Operation operation, std::uint64_t a, std::uint64_t b) {
  switch (operation) {
    case Operation::kAdd:
      return a + b;
    case Operation::kSubtract:
      return a - b;
    case Operation::kMultiply:
      return a * b;
    case Operation::kAnd:
      return a & b;
    case Operation::kOr:
      return a | b;
    default:
      return a ^ b;
  }
}

Result<Term> operate(Operation operation, const Term& a, const Term& b) {
  const auto left = as_number(a);
  if (!left) return left.error();
  const auto right = as_number(b);
  if (!right) return right.error();
  if (operation >= Operation::kShiftLeft && operation <= Operation::kShiftRightUnsigned) {
    return shift(operation, *left, right->number);
  }
  if (divides(operation) && right->number == 0) return division_by_zero();
  const std::int64_t number =
      divides(operation) ? divide(operation, left->number, right->number)
                         : java::wrap(combine(operation, static_cast<std::uint64_t>(left->number),
                                              static_cast<std::uint64_t>(right->number)));
  const bool is_int = left->kind == Kind::kInt && right->kind == Kind::kInt;
  return is_int ? make_int(number) : make_long(number);
}

}  // namespace

Term term_of(const Value& value, ValueType type) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return {type == ValueType::kText ? Kind::kText : Kind::kUntyped, 0, *text};
  }
  const std::int64_t number = std::get<std::int64_t>(value);
  if (type == ValueType::kText) return {Kind::kDigits, number};
  if (type == ValueType::kInt8 || !fits_int(number)) return make_long(number);
  return make_int(number);
}

void append_term(std::string& out, const Term& term) {
  if (term.kind == Kind::kText || term.kind == Kind::kUntyped) {
    out += term.text;
  } else {
    out += Digits(term.number).view;
  }
}

std::int32_t hash_term(const Term& term) {
  switch (term.kind) {
    case Kind::kInt:
      return java::narrow(term.number);
    case Kind::kLong:
      return java::hash_long(term.number);
    case Kind::kDigits:
      return java::hash_text(Digits(term.number).view);
    default:
      return java::hash_text(term.text);
  }
}

class InlineProgram::Compiler {
 public:
  Compiler(std::span<const std::string> variables, std::string_view whole)
      : variables_(variables), whole_(whole) {}

  Status compile(const InlineNode& node) {
    switch (node.kind) {
      case InlineNode::Kind::kInteger:
        return push({node.wide ? Instruction::Kind::kPushLong : Instruction::Kind::kPushInt,
                     Operation::kAdd, node.number});
      case InlineNode::Kind::kColumn:
        return push_column(node);
      case InlineNode::Kind::kOperation:
        return compile_operation(node);
      case InlineNode::Kind::kRange:
      case InlineNode::Kind::kExclusiveRange:
        return refuse("..", "is a range, which only node lists have");
      case InlineNode::Kind::kList:
        return refuse("[…]", "is a list, which only node lists have");
      case InlineNode::Kind::kNull:
        return refuse("null", "is no number");
      default:
        return refuse("quoted text", "is no number");
    }
  }

  std::vector<Instruction> take() { return std::move(instructions_); }

 private:
  [[nodiscard]] Error refuse(std::string_view part, std::string_view why) const {
    return inline_not_supported(whole_, part, why);
  }

  Status push(Instruction instruction) {
    if (++depth_ > kStackMax) return refuse(whole_, "nests too deeply");
    instructions_.push_back(instruction);
    return {};
  }

  Status push_column(const InlineNode& node) {
    if (variables_.empty()) {
      return refuse(node.text, "is a variable, which a node list cannot have");
    }
    for (std::size_t n = 0; n < variables_.size(); ++n) {
      if (fold(node.text) != fold(variables_[n])) continue;
      return push({Instruction::Kind::kPushColumn, Operation::kAdd, static_cast<std::int64_t>(n)});
    }
    const std::string why =
        variables_.size() > 1
            ? "is none of the sharding columns"
            : fmt::format("is not the sharding column (\"{}\"), which is the only variable",
                          variables_[0]);
    return refuse(node.text, why);
  }

  Status compile_operation(const InlineNode& node) {
    for (const InlineNode& child : node.children) {
      const Status compiled = compile(child);
      if (!compiled) return compiled.error();
      const bool is_text =
          child.kind == InlineNode::Kind::kOperation && child.operation == Operation::kToText;
      if (is_text && !takes_text(node.operation)) return refuse("toString()", "is no number");
    }
    depth_ -= node.children.size() - 1;
    instructions_.push_back({Instruction::Kind::kOperate, node.operation, 0});
    return {};
  }

  std::span<const std::string> variables_;
  std::string_view whole_;
  std::size_t depth_ = 0;
  std::vector<Instruction> instructions_;
};

Result<InlineProgram> InlineProgram::compile(const InlineNode& node,
                                             std::span<const std::string> variables,
                                             std::string_view whole) {
  Compiler compiler(variables, whole);
  if (variables.size() > kVariablesMax) {
    return inline_not_supported(whole, whole, "has too many variables");
  }
  const Status compiled = compiler.compile(node);
  if (!compiled) return compiled.error();
  InlineProgram program;
  program.instructions_ = compiler.take();
  const auto& steps = program.instructions_;
  if (steps.size() == 3 && steps[0].kind == Instruction::Kind::kPushColumn &&
      steps[1].kind != Instruction::Kind::kPushColumn &&
      steps[2].operation == Operation::kRemainder)
    program.modulus_ = steps[1].number;
  return program;
}

Result<Term> InlineProgram::run(std::span<const Term> arguments) const {
  std::array<Term, kStackMax> stack;  // the compiler has counted that it suffices
  std::size_t top = 0;
  for (const Instruction& instruction : instructions_) {
    switch (instruction.kind) {
      case Instruction::Kind::kPushInt:
        stack[top++] = make_int(instruction.number);
        continue;
      case Instruction::Kind::kPushLong:
        stack[top++] = make_long(instruction.number);
        continue;
      case Instruction::Kind::kPushColumn:
        stack[top++] = arguments[static_cast<std::size_t>(instruction.number)];
        continue;
      case Instruction::Kind::kOperate:
        break;
    }
    const bool unary = is_unary(instruction.operation);
    const auto result = unary ? operate(instruction.operation, stack[top - 1])
                              : operate(instruction.operation, stack[top - 2], stack[top - 1]);
    if (!result) return result.error();
    if (!unary) --top;
    stack[top - 1] = *result;
  }
  return stack[0];
}

// The remainder is the same whether it is computed as an int or a long.
std::optional<std::int64_t> InlineProgram::run_remainder(std::int64_t column) const {
  if (modulus_ == 0) return std::nullopt;
  return divide(Operation::kRemainder, column, modulus_);
}

std::string InlineProgram::canonical() const {
  std::string text;
  for (const Instruction& instruction : instructions_) {
    text += fmt::format("{}.{}.{};", static_cast<int>(instruction.kind),
                        static_cast<int>(instruction.operation), instruction.number);
  }
  return text;
}

}  // namespace tessera::rules
