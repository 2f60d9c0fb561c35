#pragma once
// What a running proxy cannot take over from changed files: its pools belong to the data sources
// that it began with.

#include <vector>

#include "rules/rule_set.h"

namespace tessera::rules {

// May `wanted` take the place of `running`? Errors: F0000, with the place in the file, what is
// changed by a restart only.
[[nodiscard]] Status check_replaceable(const RuleSet& running, const RuleSet& wanted);
// The same of all logical databases.
[[nodiscard]] Status check_replaceable(const std::vector<const RuleSet*>& running,
                                       const std::vector<RuleSet>& wanted);

}  // namespace tessera::rules
