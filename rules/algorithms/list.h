#pragma once
// LIST: the values that each target has, written out.

#include <map>

#include "rules/algorithm.h"

namespace tessera::rules {

class ListAlgorithm final : public Algorithm {
 public:
  // Properties: `values`, "ENDING: value, value; ENDING: value", where ENDING is a target's name or
  // what it ends in; `default`, the ending of the target for all other values.
  [[nodiscard]] static AlgorithmResult make(const Properties& properties);

  [[nodiscard]] Result<std::uint32_t> pick(const Targets& targets, const Value& value,
                                           ValueType type) const override;
  // The targets of the numbers in it, and the default one; of a range of text every target.
  [[nodiscard]] Result<std::vector<std::uint32_t>> pick_range(const Targets& targets,
                                                              const std::optional<Value>& lower,
                                                              const std::optional<Value>& upper,
                                                              ValueType type) const override;
  [[nodiscard]] std::string shape() const override;
  [[nodiscard]] std::string residue(std::string_view target) const override;

 private:
  [[nodiscard]] bool read_list(std::string_view text);

  std::map<std::string, std::string, std::less<>> ending_of_value_;
  std::string default_;  // empty: none
};

}  // namespace tessera::rules
