#pragma once
// INTERVAL: the target's name ends in the start of the interval that the value stands in.

#include "rules/algorithm.h"
#include "rules/algorithms/date_pattern.h"

namespace tessera::rules {

class IntervalAlgorithm final : public Algorithm {
 public:
  // Reads datetime-pattern, datetime-lower, datetime-upper, sharding-suffix-pattern,
  // datetime-interval-amount and datetime-interval-unit. Without an upper end the intervals go on
  // to the year 2100, or to 200,000 of them.
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);

  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                           ValueType type) const override;
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override;
  [[nodiscard]] std::string residue(std::string_view target) const override;

 private:
  struct Interval {
    Moment start;
    std::string suffix;
  };
  using Place = std::vector<Interval>::const_iterator;

  explicit IntervalAlgorithm(DatePattern pattern) : pattern_(std::move(pattern)) {}
  [[nodiscard]] std::optional<AlgorithmFault> fill(const Properties& properties);
  [[nodiscard]] std::optional<AlgorithmFault> add_intervals(const Step& step,
                                                            const std::optional<Moment>& last);
  // What the value is to the resolution of datetime-pattern. Errors: 22007.
  [[nodiscard]] Result<Moment> moment_in(const Value& value, ValueType type) const;
  // The interval that `moment` stands in; end(): none.
  [[nodiscard]] Place find(const Moment& moment) const;

  DatePattern pattern_;
  std::vector<Interval> intervals_;  // ascending, without gaps
  Moment end_;                       // of the last one
  std::string shape_;
};

}  // namespace tessera::rules
