#pragma once
// MOD and HASH_MOD: the target is the one whose name ends in a remainder, which is never negative.

#include "rules/algorithm.h"

namespace tessera::rules {

// What all algorithms share whose targets' names end in 0 … count - 1.
class SuffixAlgorithm : public Algorithm {
 public:
  explicit SuffixAlgorithm(std::uint32_t count) : count_(count) {}
  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                           ValueType type) const final;
  // Every target, unless the algorithm keeps some order.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string residue(std::string_view target) const final;
  [[nodiscard]] std::optional<std::uint32_t> table_count() const final { return count_; }

 protected:
  [[nodiscard]] virtual Result<std::uint32_t> suffix(const Value& value, ValueType type) const = 0;
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  std::uint32_t count_;
};

// Which characters of a value's text count.
struct Cut {
  std::uint32_t start = 0;  // so many at its start do not
  std::uint32_t stop = 0;   // nor at its end
};

// The value modulo sharding-count, of any number of digits.
class ModAlgorithm final : public SuffixAlgorithm {
 public:
  ModAlgorithm(std::uint32_t count, Cut cut) : SuffixAlgorithm(count), cut_(cut) {}
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  [[nodiscard]] std::uint32_t quick_pick(const Targets& targets, std::int64_t value) const override;
  [[nodiscard]] std::int64_t modulus() const override { return is_cut() ? 0 : count(); }
  // What is cut keeps no order.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;
  [[nodiscard]] Result<std::uint32_t> cut_suffix(const Value& value) const;
  [[nodiscard]] bool is_cut() const { return cut_.start != 0 || cut_.stop != 0; }

  Cut cut_;
};

// abs((long) value.hashCode()) modulo sharding-count.
class HashModAlgorithm final : public SuffixAlgorithm {
 public:
  HashModAlgorithm(std::uint32_t count, bool normalize)
      : SuffixAlgorithm(count), normalize_(normalize) {}
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  // For what both an int and a long have as their hash.
  [[nodiscard]] std::uint32_t quick_pick(const Targets& targets, std::int64_t value) const override;
  [[nodiscard]] bool two_widths() const override { return !normalize_; }
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;

  bool normalize_;  // a long that fits an int hashes as an int
};

// The value as a Java long: an integer, text that is one, or a number without its fraction.
// Errors: 22P02, 22003.
[[nodiscard]] Result<std::int64_t> long_of(const Value& value, ValueType type);

}  // namespace tessera::rules
