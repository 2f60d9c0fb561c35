#include "rules/inline_program.h"

#include <fmt/format.h>

#include <array>

#include "rules/errors.h"
#include "rules/inline_methods.h"
#include "rules/java_number.h"
#include "rules/java_text.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

using java::JavaValue;
using java::Operator;
using Kind = InlineNode::Kind;
using Closure = InlineMethod::Closure;

// Variables have the first slots, the parameters of closures those behind them.
constexpr std::size_t kFirstLocal = InlineProgram::kVariablesMax;

// Gives every name its meaning, or refuses it.
class Resolver {
 public:
  Resolver(std::span<const std::string> variables, std::string_view whole)
      : variables_(variables), whole_(whole) {}

  Status resolve(InlineNode& node);

 private:
  [[nodiscard]] Error refuse(const InlineNode& node, std::string_view part,
                             std::string_view why) const {
    return inline_not_supported({whole_, node.at}, part, why);
  }
  Status resolve_variable(InlineNode& node);
  Status resolve_call(InlineNode& node);
  Status resolve_closure(InlineNode& node);

  std::span<const std::string> variables_;
  std::string_view whole_;
  std::vector<std::string_view> locals_;
};

Status Resolver::resolve(InlineNode& node) {
  if (node.kind == Kind::kVariable) return resolve_variable(node);
  if (node.kind == Kind::kCall || node.kind == Kind::kStaticCall) {
    const Status found = resolve_call(node);
    if (!found) return found;
  }
  for (InlineNode& child : node.children) {
    const bool awaited = node.method != nullptr && node.method->closure != Closure::kNone;
    if (child.kind == Kind::kClosure && !awaited) {
      return refuse(child, "{…}", "is a closure, which only collect() and its like take");
    }
    const Status resolved = child.kind == Kind::kClosure ? resolve_closure(child) : resolve(child);
    if (!resolved) return resolved;
  }
  node.hashes_column = node.kind == Kind::kCall && node.name == "hashCode" &&
                       node.children[0].kind == Kind::kVariable &&
                       node.children[0].slot < kFirstLocal;
  return {};
}

Status Resolver::resolve_variable(InlineNode& node) {
  for (std::size_t n = locals_.size(); n-- > 0;) {
    if (locals_[n] != node.name) continue;
    node.slot = kFirstLocal + n;
    return {};
  }
  for (std::size_t n = 0; n < variables_.size(); ++n) {
    if (fold(node.name) != fold(variables_[n])) continue;
    node.slot = n;
    return {};
  }
  if (variables_.empty()) {
    return refuse(node, node.name, "is a variable, which a node list cannot have");
  }
  const std::string why =
      variables_.size() > 1
          ? "is none of the sharding columns"
          : fmt::format("is not the sharding column (\"{}\"), which is the only variable",
                        variables_[0]);
  return refuse(node, node.name, why);
}

Status Resolver::resolve_call(InlineNode& node) {
  const bool is_method = node.kind == Kind::kCall;
  node.method = is_method ? find_inline_method(node.name) : find_inline_function(node.name);
  if (node.method == nullptr) {
    return refuse(node, node.name,
                  is_method ? "is no method of the subset" : "is no function of the subset");
  }
  const std::size_t given = node.children.size() - (is_method ? 1 : 0);
  if (given < node.method->least || given > node.method->most) {
    const std::string why =
        node.method->least == node.method->most
            ? fmt::format("takes {} arguments, not {}", node.method->least, given)
            : fmt::format("takes {} to {} arguments, not {}", node.method->least, node.method->most,
                          given);
    return refuse(node, node.name, why);
  }
  if (node.method->closure != Closure::kNone && node.children[1].kind != Kind::kClosure) {
    return refuse(node, node.name, "takes a closure, as in collect{ it + 1 }");
  }
  return {};
}

Status Resolver::resolve_closure(InlineNode& node) {
  if (locals_.size() == InlineProgram::kClosuresMax) return inline_too_deep(whole_);
  node.slot = kFirstLocal + locals_.size();
  locals_.push_back(node.name);
  const Status resolved = resolve(node.children.front());
  locals_.pop_back();
  return resolved;
}

// What an evaluation may cost: a step for each node, each element and each few characters made.
constexpr std::uint32_t kStepsMax = 2'000'000;
constexpr std::size_t kCharactersPerStep = 16;

class Evaluation {
 public:
  explicit Evaluation(std::span<const InlineArgument> arguments) : arguments_(arguments) {}

  Result<JavaValue> evaluate(const InlineNode& node);

 private:
  Result<JavaValue> compute(const InlineNode& node);
  [[nodiscard]] JavaValue variable(const InlineNode& node) const;
  Result<JavaValue> operation(const InlineNode& node);
  Result<JavaValue> logical(const InlineNode& node);
  Result<JavaValue> choice(const InlineNode& node);
  Result<JavaValue> text(const InlineNode& node);
  Result<JavaValue> list(const InlineNode& node);
  Result<JavaValue> two(const InlineNode& node);
  Result<JavaValue> call(const InlineNode& node);
  template <std::size_t kArguments>
  Result<JavaValue> call_with(const InlineNode& node);
  Result<JavaValue> call_closure(const InlineNode& node, const JavaValue& receiver);
  Status weigh(const JavaValue& value);

  std::span<const InlineArgument> arguments_;
  std::vector<JavaValue> locals_;  // as many as closures have been entered
  std::uint32_t steps_ = 0;
};

// Adds to `sum` how much text and how many elements a value has, its elements' included. It stops
// where that is too much.
void add_weight(std::size_t& sum, const JavaValue& value) {
  if (const auto* text = std::get_if<java::Text>(&value)) {
    sum += text->units.size() / kCharactersPerStep;
  }
  const auto* list = std::get_if<java::ListPtr>(&value);
  if (list == nullptr) return;
  for (const JavaValue& element : (*list)->elements) {
    if (++sum > kInlineElementsMax) return;
    add_weight(sum, element);
  }
}

Result<JavaValue> Evaluation::evaluate(const InlineNode& node) {
  if (++steps_ > kStepsMax) return inline_too_much();
  if (node.kind == Kind::kConstant) return node.constant;
  // Variables are weighed each time: what is done with them costs as much as they hold.
  auto value = node.kind == Kind::kVariable ? variable(node) : compute(node);
  if (!value) return value;
  const Status weighed = weigh(*value);
  if (!weighed) return weighed.error();
  return value;
}

Status Evaluation::weigh(const JavaValue& value) {
  const bool large =
      std::holds_alternative<java::Text>(value) || std::holds_alternative<java::ListPtr>(value);
  if (!large) return {};
  std::size_t size = 0;
  add_weight(size, value);
  steps_ += static_cast<std::uint32_t>(std::min<std::size_t>(size, kStepsMax));
  if (size > kInlineElementsMax || steps_ > kStepsMax) return inline_too_much();
  return {};
}

Result<JavaValue> Evaluation::compute(const InlineNode& node) {
  switch (node.kind) {
    case Kind::kOperation:
      return operation(node);
    case Kind::kAnd:
    case Kind::kOr:
      return logical(node);
    case Kind::kConditional:
    case Kind::kElvis:
      return choice(node);
    case Kind::kTemplate:
      return text(node);
    case Kind::kList:
      return list(node);
    case Kind::kRange:
    case Kind::kIndex:
      return two(node);
    case Kind::kCall:
    case Kind::kStaticCall:
      return call(node);
    default:
      return JavaValue();
  }
}

JavaValue Evaluation::variable(const InlineNode& node) const {
  if (node.slot >= kFirstLocal) return locals_[node.slot - kFirstLocal];
  const InlineArgument& argument = arguments_[node.slot];
  return java::value_of(*argument.value, argument.type);
}

// Most operands are columns and constants; those are not copied.
Result<JavaValue> Evaluation::operation(const InlineNode& node) {
  const auto left = evaluate(node.children[0]);
  if (!left) return left;
  if (node.children.size() == 1) return java::operate(node.operation, *left);
  if (node.children[1].kind == Kind::kConstant) {
    return java::operate(node.operation, *left, node.children[1].constant);
  }
  const auto right = evaluate(node.children[1]);
  if (!right) return right;
  return java::operate(node.operation, *left, *right);
}

Result<JavaValue> Evaluation::logical(const InlineNode& node) {
  const auto left = evaluate(node.children[0]);
  if (!left) return left;
  if (java::is_true(*left) == (node.kind == Kind::kOr)) return JavaValue(node.kind == Kind::kOr);
  const auto right = evaluate(node.children[1]);
  if (!right) return right;
  return JavaValue(java::is_true(*right));
}

Result<JavaValue> Evaluation::choice(const InlineNode& node) {
  auto condition = evaluate(node.children[0]);
  if (!condition) return condition;
  const bool yes = java::is_true(*condition);
  if (node.kind == Kind::kElvis) return yes ? condition : evaluate(node.children[1]);
  return evaluate(node.children[yes ? 1 : 2]);
}

Result<JavaValue> Evaluation::text(const InlineNode& node) {
  std::u16string units = node.literals.front();
  for (std::size_t n = 0; n < node.children.size(); ++n) {
    const auto value = evaluate(node.children[n]);
    if (!value) return value;
    units += java::units_of(*value);
    units += node.literals[n + 1];
    if (units.size() > kInlineTextMax) return inline_too_much();
  }
  return java::make(std::move(units));
}

Result<JavaValue> Evaluation::list(const InlineNode& node) {
  std::vector<JavaValue> elements;
  for (const InlineNode& child : node.children) {
    auto value = evaluate(child);
    if (!value) return value;
    elements.push_back(std::move(*value));
  }
  return java::make_list(std::move(elements));
}

Result<JavaValue> Evaluation::two(const InlineNode& node) {
  const auto first = evaluate(node.children[0]);
  if (!first) return first;
  const auto second = evaluate(node.children[1]);
  if (!second) return second;
  if (node.kind == Kind::kRange) return inline_range(*first, *second, node.exclusive);
  if (java::is_null(*first)) return null_in_expression("[…]");
  return inline_part(*first, *second);
}

// Which methods null has.
bool takes_null(std::string_view method) {
  return method == "toString" || method == "equals" || method.starts_with("as ") ||
         method.starts_with("(");
}

Result<JavaValue> Evaluation::call(const InlineNode& node) {
  // The one call that is made for every route, of text that need not be copied for it.
  if (node.hashes_column) {
    const InlineArgument& argument = arguments_[node.children.front().slot];
    const auto hash = java::hash_of(*argument.value, argument.type);
    if (!hash) return hash.error();
    return JavaValue(*hash);
  }
  // Few calls have more arguments than one.
  return node.children.size() <= 2 ? call_with<2>(node) : call_with<16>(node);
}

template <std::size_t kArguments>
Result<JavaValue> Evaluation::call_with(const InlineNode& node) {
  const InlineMethod& method = *node.method;
  std::array<JavaValue, kArguments> values;
  std::size_t count = 0;
  for (const InlineNode& child : node.children) {
    if (child.kind == Kind::kClosure) continue;
    auto value = evaluate(child);
    if (!value) return value;
    values[count++] = std::move(*value);
    const bool is_receiver = node.kind == Kind::kCall && count == 1;
    if (!is_receiver || !java::is_null(values[0])) continue;
    if (node.safe) return JavaValue(Null{});
    if (!takes_null(method.name)) return null_in_expression(method.name);
  }
  if (method.closure != Closure::kNone) return call_closure(node, values[0]);
  return method.call({values.data(), count});
}

Result<JavaValue> Evaluation::call_closure(const InlineNode& node, const JavaValue& receiver) {
  const auto elements = inline_elements(receiver, node.name);
  if (!elements) return elements.error();
  const InlineNode& closure = node.children[1];
  locals_.resize(InlineProgram::kClosuresMax);
  const Closure what = node.method->closure;
  std::vector<JavaValue> results;
  for (const JavaValue& element : *elements) {
    locals_[closure.slot - kFirstLocal] = element;
    auto result = evaluate(closure.children.front());
    if (!result) return result;
    const bool yes = java::is_true(*result);
    if (what == Closure::kCollect) results.push_back(std::move(*result));
    if (what == Closure::kFindAll && yes) results.push_back(element);
    if (what == Closure::kFind && yes) return element;
    if (what == Closure::kAny && yes) return JavaValue(true);
    if (what == Closure::kEvery && !yes) return JavaValue(false);
  }
  if (what == Closure::kEach) return receiver;
  if (what == Closure::kFind) return JavaValue(Null{});
  if (what == Closure::kAny || what == Closure::kEvery) return JavaValue(what == Closure::kEvery);
  return java::make_list(std::move(results));
}

void append_canonical(std::string& out, const InlineNode& node) {
  out +=
      fmt::format("({}.{}.{}.{}{}", static_cast<int>(node.kind), static_cast<int>(node.operation),
                  node.slot, node.safe ? "s" : "", node.exclusive ? "x" : "");
  if (node.method != nullptr) out += node.method->name;
  if (node.kind == Kind::kConstant) {
    const std::string text = java::text_of(node.constant);
    out += fmt::format("{}:{}:{}", java::class_name(node.constant), text.size(), text);
  }
  for (const std::u16string& literal : node.literals) {
    out += fmt::format("{}:{}", literal.size(), java::utf8(literal));
  }
  for (const InlineNode& child : node.children) append_canonical(out, child);
  out += ')';
}

// The number of "column % number"; 0: it is something else.
std::int64_t modulus_of(const InlineNode& node) {
  if (node.kind != Kind::kOperation || node.operation != Operator::kRemainder) return 0;
  const InlineNode& divisor = node.children[1];
  if (node.children[0].kind != Kind::kVariable || divisor.kind != Kind::kConstant) return 0;
  const bool whole = std::holds_alternative<std::int32_t>(divisor.constant) ||
                     std::holds_alternative<std::int64_t>(divisor.constant);
  return whole ? java::long_value(divisor.constant) : 0;
}

}  // namespace

Result<InlineProgram> InlineProgram::compile(InlineNode node,
                                             std::span<const std::string> variables,
                                             std::string_view whole) {
  if (variables.size() > kVariablesMax) {
    return inline_not_supported({whole, 0}, whole, "has too many variables");
  }
  Resolver resolver(variables, whole);
  if (node.kind == Kind::kClosure) {
    return inline_not_supported({whole, node.at}, "{…}", "is a closure, which is no value");
  }
  const Status resolved = resolver.resolve(node);
  if (!resolved) return resolved.error();
  InlineProgram program;
  program.root_ = std::move(node);
  if (variables.size() == 1) program.modulus_ = modulus_of(program.root_);
  return program;
}

Result<JavaValue> InlineProgram::run(std::span<const InlineArgument> arguments) const {
  return Evaluation(arguments).evaluate(root_);
}

// The remainder is the same whether it is computed as an int or a long.
std::optional<std::int64_t> InlineProgram::run_remainder(std::int64_t column) const {
  if (modulus_ == 0) return std::nullopt;
  return modulus_ == -1 ? 0 : column % modulus_;
}

std::string InlineProgram::canonical() const {
  std::string text;
  append_canonical(text, root_);
  return text;
}

}  // namespace tessera::rules
