#include <stdexcept>

#include "rules/algorithm.h"
#include "rules/algorithms/inline.h"
#include "rules/algorithms/mod.h"
#include "rules/errors.h"

namespace tessera::rules {

AlgorithmResult build_algorithm(std::string_view type, const Properties& properties,
                                std::string_view column) {
  const std::string folded = fold(type);
  if (folded == "inline") return InlineAlgorithm::make(properties, column);
  if (folded == "mod") return ModAlgorithm::make(properties);
  if (folded == "hash_mod") return HashModAlgorithm::make(properties);
  return AlgorithmFault{unknown_algorithm(type), ""};
}

BuiltAlgorithm<ComplexAlgorithm> build_complex_algorithm(
    std::string_view type, const Properties& /*properties*/,
    const std::vector<std::string>& /*columns*/) {
  return AlgorithmFault{unknown_algorithm(type), ""};
}

BuiltAlgorithm<HintAlgorithm> build_hint_algorithm(std::string_view type,
                                                   const Properties& /*properties*/) {
  return AlgorithmFault{unknown_algorithm(type), ""};
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
