#include "rules/algorithms/other_inline.h"

#include <algorithm>
#include <array>

#include "rules/algorithms/properties.h"
#include "rules/errors.h"
#include "rules/rule_set.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kExpression = "algorithm-expression";
constexpr std::string_view kColumns = "sharding-columns";

bool same_names(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

Result<std::uint32_t> find_named(const Targets& targets, const InlineExpression& expression,
                                 std::span<const InlineArgument> arguments) {
  // Kept per thread so that a long name costs no allocation for every value.
  thread_local std::string name;
  name.clear();
  const Status computed = expression.append_to(name, arguments);
  if (!computed) return computed.error();
  const std::uint32_t found = targets.find(name);
  if (found == Targets::kNone) return no_such_target(name);
  return found;
}

}  // namespace

BuiltAlgorithm<ComplexAlgorithm> ComplexInlineAlgorithm::make(
    const Properties& properties, const std::vector<std::string>& columns) {
  PropertyReader reader("COMPLEX_INLINE", properties);
  const std::string_view text = reader.required(kExpression);
  std::vector<std::string> named = split(fold(reader.optional(kColumns).value_or("")), ',');
  const bool ranges_allowed = reader.boolean("allow-range-query-with-inline-sharding");
  if (const auto& fault = reader.finish()) return *fault;
  const bool unnamed = named.size() == 1 && named.front().empty();
  if (!unnamed && !same_names(named, columns)) {
    return AlgorithmFault{
        bad_property("COMPLEX_INLINE", kColumns, "must be the strategy's shardingColumns"),
        std::string(kColumns)};
  }
  auto expression = InlineExpression::compile(text, columns);
  if (!expression) return AlgorithmFault{expression.error(), std::string(kExpression)};
  return std::make_shared<const ComplexInlineAlgorithm>(std::move(*expression), ranges_allowed);
}

Result<std::uint32_t> ComplexInlineAlgorithm::pick(const Targets& targets,
                                                   std::span<const TypedValue> values) const {
  std::array<InlineArgument, kComplexColumnsMax> arguments;
  for (std::size_t n = 0; n < values.size(); ++n) {
    arguments[n] = {values[n].value, values[n].type};
  }
  return find_named(targets, expression_, std::span(arguments.data(), values.size()));
}

Result<std::vector<std::uint32_t>> ComplexInlineAlgorithm::pick_partly(
    const Targets& targets, std::span<const Constraint> constraints) const {
  if (ranges_allowed_) return all_targets(targets);
  const bool range =
      std::any_of(constraints.begin(), constraints.end(),
                  [](const Constraint& each) { return each.kind == Constraint::Kind::kRange; });
  return range ? range_not_allowed() : columns_missing();
}

std::string ComplexInlineAlgorithm::shape() const {
  return "COMPLEX_INLINE " + expression_.shape();
}

std::string ComplexInlineAlgorithm::residue(std::string_view target) const {
  const std::string name = fold(target);
  const std::string prefix = fold(expression_.prefix());
  return name.starts_with(prefix) ? name.substr(prefix.size()) : "\x01" + name;
}

BuiltAlgorithm<HintAlgorithm> HintInlineAlgorithm::make(const Properties& properties) {
  PropertyReader reader("HINT_INLINE", properties);
  const std::string_view text = reader.optional(kExpression).value_or("${value}");
  if (const auto& fault = reader.finish()) return *fault;
  auto expression = InlineExpression::compile(text, "value");
  if (!expression) return AlgorithmFault{expression.error(), std::string(kExpression)};
  return std::make_shared<const HintInlineAlgorithm>(std::move(*expression));
}

Result<std::uint32_t> HintInlineAlgorithm::pick(const Targets& targets, const Value& value) const {
  const std::array<InlineArgument, 1> argument{InlineArgument{&value, ValueType::kUnknown}};
  return find_named(targets, expression_, argument);
}

}  // namespace tessera::rules
