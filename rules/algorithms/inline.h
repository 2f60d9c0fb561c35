#pragma once
// INLINE: the target's name is an expression of the value.

#include "rules/algorithm.h"
#include "rules/inline_expression.h"

namespace tessera::rules {

class InlineAlgorithm final : public Algorithm {
 public:
  InlineAlgorithm(InlineExpression expression, bool ranges_allowed)
      : expression_(std::move(expression)), ranges_allowed_(ranges_allowed) {}

  // Reads the properties algorithm-expression and allow-range-query-with-inline-sharding.
  [[nodiscard]] static AlgorithmResult make(const Properties& properties, std::string_view column);

  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                           ValueType type) const override;
  [[nodiscard]] std::uint32_t quick_pick(const Targets& targets, std::int64_t value) const override;
  [[nodiscard]] std::int64_t modulus() const override { return expression_.modulus(); }
  // Every target: the expression of a range is not known.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override { return "INLINE " + expression_.shape(); }
  [[nodiscard]] std::string residue(std::string_view target) const override;

 private:
  InlineExpression expression_;
  bool ranges_allowed_;
};

}  // namespace tessera::rules
