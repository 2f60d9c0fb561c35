#include <array>
#include <stdexcept>

#include "rules/algorithm.h"
#include "rules/algorithms/hash_mod.h"
#include "rules/algorithms/inline.h"
#include "rules/algorithms/interval.h"
#include "rules/algorithms/list.h"
#include "rules/algorithms/mod.h"
#include "rules/algorithms/other_inline.h"
#include "rules/algorithms/range.h"
#include "rules/errors.h"

namespace tessera::rules {
namespace {

// What a type is, for messages about one that stands in the wrong strategy.
struct KnownType {
  std::string_view name;  // folded
  std::string_view strategies;
};

constexpr std::array kTypes{
    KnownType{"inline", "standard"},         KnownType{"mod", "standard"},
    KnownType{"hash_mod", "standard"},       KnownType{"volume_range", "standard"},
    KnownType{"boundary_range", "standard"}, KnownType{"auto_interval", "standard"},
    KnownType{"interval", "standard"},       KnownType{"complex_inline", "complex"},
    KnownType{"hint_inline", "hint"},        KnownType{"pg_hash_mod", "standard or complex"},
    KnownType{"xxhash_mod", "standard"},     KnownType{"list", "standard"},
};

AlgorithmFault wrong_type(std::string_view type, std::string_view strategy) {
  const std::string folded = fold(type);
  if (folded == "class_based") return {class_based_algorithm(), ""};
  for (const KnownType& known : kTypes) {
    if (known.name == folded) return {wrong_strategy(type, strategy, known.strategies), ""};
  }
  return {unknown_algorithm(type), ""};
}

}  // namespace

AlgorithmResult build_algorithm(std::string_view type, const Properties& properties,
                                std::string_view column) {
  const std::string folded = fold(type);
  if (folded == "inline") return InlineAlgorithm::make(properties, column);
  if (folded == "mod") return ModAlgorithm::make(properties);
  if (folded == "hash_mod") return HashModAlgorithm::make(properties);
  if (folded == "volume_range") return RangeAlgorithm::make_volume(properties);
  if (folded == "boundary_range") return RangeAlgorithm::make_boundary(properties);
  if (folded == "auto_interval") return AutoIntervalAlgorithm::make(properties);
  if (folded == "interval") return IntervalAlgorithm::make(properties);
  if (folded == "pg_hash_mod") return PgHashModAlgorithm::make(properties);
  if (folded == "xxhash_mod") return XxhashModAlgorithm::make(properties);
  if (folded == "list") return ListAlgorithm::make(properties);
  return wrong_type(type, "standard");
}

BuiltAlgorithm<ComplexAlgorithm> build_complex_algorithm(std::string_view type,
                                                         const Properties& properties,
                                                         const std::vector<std::string>& columns) {
  const std::string folded = fold(type);
  if (folded == "complex_inline") return ComplexInlineAlgorithm::make(properties, columns);
  if (folded == "pg_hash_mod") return PgHashModComplex::make(properties);
  return wrong_type(type, "complex");
}

BuiltAlgorithm<HintAlgorithm> build_hint_algorithm(std::string_view type,
                                                   const Properties& properties) {
  if (fold(type) == "hint_inline") return HintInlineAlgorithm::make(properties);
  return wrong_type(type, "hint");
}

Status check_algorithm_type(std::string_view type) {
  const std::string folded = fold(type);
  for (const KnownType& known : kTypes) {
    if (known.name == folded) return {};
  }
  return wrong_type(type, "").error;
}

Result<std::shared_ptr<const Algorithm>> make_algorithm(std::string_view type,
                                                        const Properties& properties,
                                                        std::string_view column) {
  auto built = build_algorithm(type, properties, column);
  if (!built) return built.error().error;
  return *built;
}

void throw_exception_from_error(const AlgorithmFault& fault,
                                const boost::source_location& /*where*/) {
  throw std::logic_error("unexamined fault of an algorithm: " + fault.error.message);
}

}  // namespace tessera::rules
