#include "rules/inline_expression.h"

#include <algorithm>
#include <unordered_set>

#include "rules/errors.h"
#include "rules/inline_languages.h"
#include "rules/inline_program.h"
#include "rules/inline_syntax.h"

namespace tessera::rules {
namespace {

using Names = std::vector<std::string>;

constexpr std::size_t kNamesMax = 65'536;
constexpr std::size_t kNameBytesMax = 1U << 22U;  // of one expansion, all names together

// Values of the placeholders of one node list.
class Expander {
 public:
  explicit Expander(std::string_view whole) : whole_(whole) {}

  Result<Names> expand(InlineTemplate piece);

 private:
  Result<Names> values(InlineNode node);
  Status claim(std::size_t names, std::size_t bytes);

  std::string_view whole_;
  std::size_t bytes_ = 0;
};

// Bounds the work that a few characters can ask for.
Status Expander::claim(std::size_t names, std::size_t bytes) {
  bytes_ += bytes;
  if (names <= kNamesMax && bytes_ <= kNameBytesMax) return {};
  return inline_too_many_names();
}

Result<Names> Expander::expand(InlineTemplate piece) {
  Names names{piece.literals.front()};
  for (std::size_t n = 0; n < piece.placeholders.size(); ++n) {
    const auto filled = values(std::move(piece.placeholders[n]));
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

// A list in a list stands for its elements.
void append_names(Names& names, const java::JavaValue& value) {
  if (const auto* list = std::get_if<java::ListPtr>(&value)) {
    for (const java::JavaValue& element : (*list)->elements) append_names(names, element);
  } else {
    names.push_back(java::is_null(value) ? "" : java::text_of(value));
  }
}

// Each once: ShardingSphere makes a set of them.
Result<Names> Expander::values(InlineNode node) {
  const auto program = InlineProgram::compile(std::move(node), {}, whole_);
  if (!program) return program.error();
  const auto value = program->run({});
  if (!value) return value.error();
  Names all;
  append_names(all, *value);
  Names names;
  std::unordered_set<std::string> known;
  for (std::string& name : all) {
    if (known.insert(name).second) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> expand_literal(std::string_view whole, std::string_view body) {
  Names names;
  for (std::size_t at = 0; at <= body.size();) {
    const std::size_t end = std::min(body.find(',', at), body.size());
    std::string_view name = body.substr(at, end - at);
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!name.empty() && is_space(name.front())) name.remove_prefix(1);
    while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
    if (name.empty()) {
      const std::size_t place = whole.size() - body.size() + at;
      return inline_syntax_error({whole, place}, "an empty piece", "names nothing");
    }
    names.emplace_back(name);
    if (names.size() > kNamesMax) return inline_too_many_names();
    at = end + 1;
  }
  return names;
}

Result<std::vector<std::string>> expand_inline(std::string_view text) {
  const InlineLanguage language = language_of(text);
  if (language.name == "LITERAL") return expand_literal(text, language.body);
  if (language.name == "INTERVAL") return expand_interval(text, language.body);
  auto pieces = parse_inline_list(text);
  if (!pieces) return pieces.error();
  Expander expander(text);
  Names all;
  for (InlineTemplate& piece : *pieces) {
    auto names = expander.expand(std::move(piece));
    if (!names) return names.error();
    all.insert(all.end(), names->begin(), names->end());
    if (all.size() > kNamesMax) return inline_too_many_names();
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
  for (InlineNode& node : parsed->placeholders) {
    auto program = InlineProgram::compile(std::move(node), variables, text);
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
  out += literals_.front();
  for (std::size_t n = 0; n < programs_.size(); ++n) {
    const auto value = programs_[n]->run(arguments);
    if (!value) return value.error();
    java::append_text(out, *value);
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
