#pragma once
// VOLUME_RANGE, BOUNDARY_RANGE and AUTO_INTERVAL: targets that follow each other as values do.

#include "rules/algorithms/date_time.h"
#include "rules/algorithms/mod.h"

namespace tessera::rules {

// Suffixes grow with the values, so a range is the targets between those of its bounds.
class OrderedAlgorithm : public SuffixAlgorithm {
 public:
  using SuffixAlgorithm::SuffixAlgorithm;
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const final;
};

// Target 0 is below the first boundary; each boundary begins the next target.
class RangeAlgorithm final : public OrderedAlgorithm {
 public:
  // `boundaries` ascend.
  explicit RangeAlgorithm(std::vector<std::int64_t> boundaries);
  // range-lower, range-upper, sharding-volume.
  [[nodiscard]] static AlgorithmResult make_volume(const Properties& properties);
  // sharding-ranges: "1, 5, 10".
  [[nodiscard]] static AlgorithmResult make_boundary(const Properties& properties);
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;
  std::vector<std::int64_t> boundaries_;
};

// Target 0 ends at datetime-lower, each of the next takes sharding-seconds, the last one the rest.
class AutoIntervalAlgorithm final : public OrderedAlgorithm {
 public:
  AutoIntervalAlgorithm(std::uint32_t count, Moment lower, std::int64_t seconds)
      : OrderedAlgorithm(count), lower_(lower), seconds_(seconds) {}
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;

  Moment lower_;
  std::int64_t seconds_;
};

}  // namespace tessera::rules
