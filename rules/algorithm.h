#pragma once
// A sharding algorithm: value → name of a data source or an actual table.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/value.h"

namespace tessera::rules {

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // Which of `targets` (in configuration order, without repetition) holds rows whose column equals `value`?
  // Errors: 22023 none of them does; 22P02 the value does not fit the algorithm.
  [[nodiscard]] virtual Result<std::size_t> pick(const std::vector<std::string>& targets, const Value& value,
                                                 ValueType type) const = 0;

  // Ordinals of the targets that may hold rows in [lower, upper]; a missing bound is open.
  // Errors: 0A000 this algorithm cannot route ranges.
  [[nodiscard]] virtual Result<std::vector<std::size_t>> pick_range(const std::vector<std::string>& targets,
                                                                    const std::optional<Value>& lower,
                                                                    const std::optional<Value>& upper) const = 0;
};

using Properties = std::map<std::string, std::string, std::less<>>;

// Makes the algorithm `type` (INLINE, MOD, HASH_MOD; case does not matter) for `column`.
// Errors: 0A000 a type that is not built; 22023 a property is missing, unknown or wrong, named in the message.
[[nodiscard]] Result<std::shared_ptr<const Algorithm>> make_algorithm(std::string_view type, const Properties& properties,
                                                                      std::string_view column);

}  // namespace tessera::rules
