#include "rules/algorithms/hash_mod.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>

#include "rules/algorithms/pg_hash.h"
#include "rules/algorithms/properties.h"
#include "rules/errors.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kCount = "sharding-count";

std::uint64_t xxhash(std::int64_t number) {
  std::array<unsigned char, 8> bytes;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    bytes[n] = static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> (8U * n));
  }
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

AlgorithmResult PgHashModAlgorithm::make(const Properties& properties) {
  PropertyReader reader("PG_HASH_MOD", properties);
  const std::uint32_t count = reader.count(kCount);
  if (const auto& fault = reader.finish()) return *fault;
  return std::make_shared<const PgHashModAlgorithm>(count);
}

Result<std::uint32_t> PgHashModAlgorithm::suffix(const Value& value, ValueType type) const {
  const std::array<TypedValue, 1> column{TypedValue{&value, type}};
  const auto hash = pg_row_hash(column);
  if (!hash) return hash.error();
  return static_cast<std::uint32_t>(*hash % count());
}

std::string PgHashModAlgorithm::shape() const { return fmt::format("PG_HASH_MOD {}", count()); }

BuiltAlgorithm<ComplexAlgorithm> PgHashModComplex::make(const Properties& properties) {
  PropertyReader reader("PG_HASH_MOD", properties);
  const std::uint32_t count = reader.count(kCount);
  if (const auto& fault = reader.finish()) return *fault;
  return std::make_shared<const PgHashModComplex>(count);
}

Result<std::uint32_t> PgHashModComplex::pick(const Targets& targets,
                                             std::span<const TypedValue> values) const {
  const auto hash = pg_row_hash(values);
  if (!hash) return hash.error();
  const std::uint64_t suffix = *hash % count_;
  const std::uint32_t found = targets.find_suffix(suffix);
  if (found == Targets::kNone) return no_such_suffix(suffix);
  return found;
}

Result<std::vector<std::uint32_t>> PgHashModComplex::pick_partly(
    const Targets& targets, std::span<const Constraint> /*constraints*/) const {
  return all_targets(targets);
}

std::string PgHashModComplex::shape() const { return fmt::format("PG_HASH_MOD {}", count_); }

std::string PgHashModComplex::residue(std::string_view target) const {
  return std::string(numeric_suffix(target));
}

AlgorithmResult XxhashModAlgorithm::make(const Properties& properties) {
  PropertyReader reader("XXHASH_MOD", properties);
  const std::uint32_t count = reader.count(kCount);
  if (const auto& fault = reader.finish()) return *fault;
  return std::make_shared<const XxhashModAlgorithm>(count);
}

std::uint32_t XxhashModAlgorithm::quick_pick(const Targets& targets, std::int64_t value) const {
  return targets.find_suffix(xxhash(value) % count());
}

Result<std::uint32_t> XxhashModAlgorithm::suffix(const Value& value, ValueType /*type*/) const {
  const auto* text = std::get_if<std::string>(&value);
  const std::uint64_t hash =
      text ? XXH3_64bits(text->data(), text->size()) : xxhash(std::get<std::int64_t>(value));
  return static_cast<std::uint32_t>(hash % count());
}

std::string XxhashModAlgorithm::shape() const { return fmt::format("XXHASH_MOD {}", count()); }

}  // namespace tessera::rules
