#include "rules/inline_expression.h"

#include <fmt/format.h>

#include <array>

#include "rules/errors.h"
#include "rules/inline_program.h"
#include "rules/inline_syntax.h"

namespace tessera::rules {
namespace {

using Names = std::vector<std::string>;
using Kind = InlineNode::Kind;

constexpr std::size_t kNamesMax = 65'536;
constexpr std::size_t kNameBytesMax = 1U << 22U;  // of one expansion, all names together

// Values of the placeholders of one node list.
class Expander {
 public:
  explicit Expander(std::string_view whole) : whole_(whole) {}

  Result<Names> expand(const InlineTemplate& piece);

 private:
  Result<Names> values(const InlineNode& node);
  Result<Names> values_of_list(const InlineNode& node);
  Result<Names> values_of_range(const InlineNode& node);
  Result<Term> compute(const InlineNode& node);
  Status claim(std::size_t names, std::size_t bytes);

  std::string_view whole_;
  std::size_t bytes_ = 0;
};

// Bounds the work that a few characters can ask for.
Status Expander::claim(std::size_t names, std::size_t bytes) {
  bytes_ += bytes;
  if (names <= kNamesMax && bytes_ <= kNameBytesMax) return {};
  return Error{.sqlstate = "54000",
               .message = fmt::format("inline expression gives more than {} names", kNamesMax)};
}

Result<Names> Expander::expand(const InlineTemplate& piece) {
  Names names{piece.literals.front()};
  for (std::size_t n = 0; n < piece.placeholders.size(); ++n) {
    const auto filled = values(piece.placeholders[n]);
    if (!filled) return filled.error();
    const Status claimed = claim(names.size() * filled->size(), 0);
    if (!claimed) return claimed.error();
    Names longer;
    for (const std::string& name : names) {
      for (const std::string& value : *filled) {
        longer.push_back(name + value + piece.literals[n + 1]);
        const Status more = claim(longer.size(), longer.back().size());
        if (!more) return more.error();
      }
    }
    names = std::move(longer);
  }
  return names;
}

Result<Names> Expander::values(const InlineNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return Names{""};
    case Kind::kText:
      return Names{node.text};
    case Kind::kTemplate:
      return expand(node.templates.front());
    case Kind::kList:
      return values_of_list(node);
    case Kind::kRange:
    case Kind::kExclusiveRange:
      return values_of_range(node);
    default:
      break;
  }
  const auto term = compute(node);
  if (!term) return term.error();
  Names one(1);
  append_term(one.front(), *term);
  return one;
}

Result<Names> Expander::values_of_list(const InlineNode& node) {
  Names all;
  for (const InlineNode& child : node.children) {
    auto some = values(child);
    if (!some) return some.error();
    const Status claimed = claim(all.size() + some->size(), some->size());
    if (!claimed) return claimed.error();
    all.insert(all.end(), std::make_move_iterator(some->begin()),
               std::make_move_iterator(some->end()));
  }
  return all;
}

// 3..0 counts down, as in Groovy.
Result<Names> Expander::values_of_range(const InlineNode& node) {
  const auto first = compute(node.children[0]);
  if (!first) return first.error();
  const auto last = compute(node.children[1]);
  if (!last) return last.error();
  if (first->kind != Term::Kind::kInt || last->kind != Term::Kind::kInt) {
    return inline_not_supported(whole_, "..", "needs ints on both sides");
  }
  const std::int64_t step = first->number <= last->number ? 1 : -1;
  std::int64_t count = (last->number - first->number) * step + 1;
  if (node.kind == Kind::kExclusiveRange) --count;
  const Status claimed = claim(static_cast<std::size_t>(count), static_cast<std::size_t>(count));
  if (!claimed) return claimed.error();
  Names numbers;
  for (std::int64_t n = 0; n < count; ++n) {
    numbers.push_back(std::to_string(first->number + n * step));
  }
  return numbers;
}

Result<Term> Expander::compute(const InlineNode& node) {
  const auto program = InlineProgram::compile(node, {}, whole_);
  if (!program) return program.error();
  return program->run({});
}

}  // namespace

Result<std::vector<std::string>> expand_inline(std::string_view text) {
  const auto pieces = parse_inline_list(text);
  if (!pieces) return pieces.error();
  Expander expander(text);
  Names all;
  for (const InlineTemplate& piece : *pieces) {
    auto names = expander.expand(piece);
    if (!names) return names.error();
    all.insert(all.end(), names->begin(), names->end());
  }
  return all;
}

Result<InlineExpression> InlineExpression::compile(std::string_view text, std::string_view column) {
  const std::string variable(column);
  return compile(text, {&variable, 1});
}

Result<InlineExpression> InlineExpression::compile(std::string_view text,
                                                   std::span<const std::string> variables) {
  auto parsed = parse_inline(text);
  if (!parsed) return parsed.error();
  InlineExpression expression;
  expression.literals_ = std::move(parsed->literals);
  for (const InlineNode& node : parsed->placeholders) {
    auto program = InlineProgram::compile(node, variables, text);
    if (!program) return program.error();
    expression.programs_.push_back(std::make_shared<const InlineProgram>(std::move(*program)));
  }
  return expression;
}

Status InlineExpression::append_to(std::string& out, const Value& value, ValueType type) const {
  const InlineArgument argument{&value, type};
  return append_to(out, {&argument, 1});
}

Status InlineExpression::append_to(std::string& out,
                                   std::span<const InlineArgument> arguments) const {
  std::array<Term, InlineProgram::kVariablesMax> terms;
  for (std::size_t n = 0; n < arguments.size(); ++n) {
    terms[n] = term_of(*arguments[n].value, arguments[n].type);
  }
  out += literals_.front();
  for (std::size_t n = 0; n < programs_.size(); ++n) {
    const auto term = programs_[n]->run({terms.data(), arguments.size()});
    if (!term) return term.error();
    append_term(out, *term);
    out += literals_[n + 1];
  }
  return {};
}

Result<std::string> InlineExpression::run(std::span<const InlineArgument> arguments) const {
  std::string out;
  const Status computed = append_to(out, arguments);
  if (!computed) return computed.error();
  return out;
}

std::optional<std::int64_t> InlineExpression::quick_number(std::int64_t value) const {
  if (programs_.size() != 1 || !literals_[1].empty()) return std::nullopt;
  return programs_.front()->run_remainder(value);
}

std::int64_t InlineExpression::modulus() const {
  if (programs_.size() != 1 || !literals_[1].empty()) return 0;
  return programs_.front()->modulus();
}

std::string InlineExpression::shape() const {
  std::string text;
  for (std::size_t n = 0; n < programs_.size(); ++n) {
    text += "${" + programs_[n]->canonical() + "}" + literals_[n + 1];
  }
  return text;
}

}  // namespace tessera::rules
