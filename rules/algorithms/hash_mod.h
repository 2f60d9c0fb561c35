#pragma once
// PG_HASH_MOD and XXHASH_MOD: remainders of hashes that ShardingSphere does not have.

#include "rules/algorithms/mod.h"

namespace tessera::rules {

// The remainder of PARTITION BY HASH: rows stay where PostgreSQL's own partitions had them.
class PgHashModAlgorithm final : public SuffixAlgorithm {
 public:
  using SuffixAlgorithm::SuffixAlgorithm;
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;
};

// The same for PARTITION BY HASH of several columns, in the strategy's order.
class PgHashModComplex final : public ComplexAlgorithm {
 public:
  explicit PgHashModComplex(std::uint32_t count) : count_(count) {}
  [[nodiscard]] static BuiltAlgorithm<ComplexAlgorithm> make(const Properties& properties);
  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets,
                                           std::span<const TypedValue> values) const override;
  // Every target.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_partly(
      const Targets& targets, std::span<const Constraint> constraints) const override;
  [[nodiscard]] std::string shape() const override;
  [[nodiscard]] std::string residue(std::string_view target) const override;

 private:
  std::uint32_t count_;
};

// XXH3 (64 bits) of an integer's 8 bytes, the lowest first, or of the text. Fast, and the same for
// all integer types.
class XxhashModAlgorithm final : public SuffixAlgorithm {
 public:
  using SuffixAlgorithm::SuffixAlgorithm;
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);
  [[nodiscard]] std::uint32_t quick_pick(const Targets& targets, std::int64_t value) const override;
  [[nodiscard]] std::string shape() const override;

 private:
  [[nodiscard]] Result<std::uint32_t> suffix(const Value& value, ValueType type) const override;
};

}  // namespace tessera::rules
