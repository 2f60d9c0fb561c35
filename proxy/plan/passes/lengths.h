#pragma once
// Which plans hold for lists of any length.

#include "proxy/plan/planner.h"

namespace tessera::plan {

// Makes `plan`, of a statement with two items in each of input.folds, one for any number of items:
// the values and rows of the second items are marked as standing for all further ones. Gives false
// where it holds for two only: a fold is neither the list of an IN nor rows of VALUES, a constant
// or an edit inside one decided the plan, or values are made first (Completion). `plan` is then of
// no use for other lengths.
[[nodiscard]] bool hold_for_any_length(const PlanInput& input, Plan& plan);

}  // namespace tessera::plan
