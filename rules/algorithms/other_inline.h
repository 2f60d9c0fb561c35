#pragma once
// COMPLEX_INLINE and HINT_INLINE: the target's name is an expression of several columns, or of the
// hint's `value`.

#include "rules/algorithm.h"
#include "rules/inline_expression.h"

namespace tessera::rules {

class ComplexInlineAlgorithm final : public ComplexAlgorithm {
 public:
  ComplexInlineAlgorithm(InlineExpression expression, bool ranges_allowed)
      : expression_(std::move(expression)), ranges_allowed_(ranges_allowed) {}

  // Reads algorithm-expression, sharding-columns (must be the strategy's, if it is there) and
  // allow-range-query-with-inline-sharding.
  [[nodiscard]] static BuiltAlgorithm<ComplexAlgorithm> make(
      const Properties& properties, const std::vector<std::string>& columns);

  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets,
                                           std::span<const TypedValue> values) const override;
  // Every target, if ranges are allowed.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_partly(
      const Targets& targets, std::span<const Constraint> constraints) const override;
  [[nodiscard]] std::string shape() const override;
  [[nodiscard]] std::string residue(std::string_view target) const override;

 private:
  InlineExpression expression_;
  bool ranges_allowed_;
};

class HintInlineAlgorithm final : public HintAlgorithm {
 public:
  explicit HintInlineAlgorithm(InlineExpression expression) : expression_(std::move(expression)) {}
  // Reads algorithm-expression (${value} if it is not there).
  [[nodiscard]] static BuiltAlgorithm<HintAlgorithm> make(const Properties& properties);
  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets,
                                           const Value& value) const override;

 private:
  InlineExpression expression_;
};

}  // namespace tessera::rules
