#include "rules/algorithms/inline.h"

#include "rules/algorithms/properties.h"
#include "rules/errors.h"

namespace tessera::rules {

AlgorithmResult InlineAlgorithm::make(const Properties& properties, std::string_view column) {
  constexpr std::string_view kExpression = "algorithm-expression";
  constexpr std::string_view kRanges = "allow-range-query-with-inline-sharding";
  PropertyReader reader("INLINE", properties);
  const std::string_view text = reader.required(kExpression);
  const bool ranges_allowed = reader.boolean(kRanges);
  if (const auto& fault = reader.finish()) return *fault;

  auto expression = InlineExpression::compile(text, column);
  if (!expression) return AlgorithmFault{expression.error(), std::string(kExpression)};
  return std::make_shared<const InlineAlgorithm>(std::move(*expression), ranges_allowed);
}

std::uint32_t InlineAlgorithm::quick_pick(const Targets& targets, std::int64_t value) const {
  const auto number = expression_.quick_number(value);
  if (!number || *number < 0) return Targets::kNone;
  return targets.find_numbered(expression_.prefix(), static_cast<std::uint64_t>(*number));
}

Result<std::uint32_t> InlineAlgorithm::pick(const Targets& targets, const Value& value,
                                            ValueType type) const {
  // Kept per thread so that a long name costs no allocation for every value.
  thread_local std::string name;
  name.clear();
  const Status computed = expression_.append_to(name, value, type);
  if (!computed) return computed.error();
  const std::uint32_t found = targets.find(name);
  if (found == Targets::kNone) return no_such_target(name);
  return found;
}

Result<std::vector<std::uint32_t>> InlineAlgorithm::pick_range(
    const Targets& targets, const std::optional<Value>& /*lower*/,
    const std::optional<Value>& /*upper*/, ValueType /*type*/) const {
  if (!ranges_allowed_) return range_not_allowed();
  return all_targets(targets);
}

std::string InlineAlgorithm::residue(std::string_view target) const {
  const std::string name = fold(target);
  const std::string prefix = fold(expression_.prefix());
  // A name that the expression can never give equals nothing but itself.
  return name.starts_with(prefix) ? name.substr(prefix.size()) : "\x01" + name;
}

}  // namespace tessera::rules
