#pragma once
// MOD and HASH_MOD: the target is the one whose name ends in a remainder, which is never negative.

#include "rules/algorithm.h"

namespace tessera::rules {

// What both share: names that end in 0 … count - 1.
class SuffixAlgorithm : public Algorithm {
 public:
  explicit SuffixAlgorithm(std::uint32_t count) : count_(count) {}
  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                           ValueType type) const final;
  [[nodiscard]] std::string residue(std::string_view target) const final;
  [[nodiscard]] std::optional<std::uint32_t> table_count() const final { return count_; }

 protected:
  [[nodiscard]] virtual Result<std::uint32_t> remainder(const Value& value,
                                                        ValueType type) const = 0;
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  std::uint32_t count_;
};

// The value modulo sharding-count, of any number of digits.
class ModAlgorithm final : public SuffixAlgorithm {
 public:
  using SuffixAlgorithm::SuffixAlgorithm;
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> remainder(const Value& value, ValueType type) const override;
};

// abs((long) value.hashCode()) modulo sharding-count.
class HashModAlgorithm final : public SuffixAlgorithm {
 public:
  HashModAlgorithm(std::uint32_t count, bool normalize)
      : SuffixAlgorithm(count), normalize_(normalize) {}
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  // Every target: hashing scatters a range.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> remainder(const Value& value, ValueType type) const override;

  bool normalize_;  // a long that fits an int hashes as an int
};

}  // namespace tessera::rules
