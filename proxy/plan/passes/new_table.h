#pragma once
// Tables that are made on the default shard whatever their name: temporary ones, and those of
// SELECT INTO. One with the name of a table that is elsewhere would not be found again: statements
// go where the rules say that name is.

#include <optional>

#include "proxy/plan/passes/query.h"

namespace tessera::plan {

[[nodiscard]] std::optional<Error> refuse_temporary_table(const PlanInput& input,
                                                          std::string_view name);
// `select` has INTO.
[[nodiscard]] std::optional<Error> refuse_select_into(const PlanInput& input,
                                                      const parser::Select& select);

}  // namespace tessera::plan
