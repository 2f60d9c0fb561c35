#pragma once
// Every error of the planner and of routing, one function each.

#include <string_view>

#include "base/error.h"

namespace tessera::plan {

// Routing.
[[nodiscard]] Error parameter_not_bound(std::uint32_t number);
[[nodiscard]] Error parameter_type_not_routable(std::uint32_t number, std::uint32_t type);
[[nodiscard]] Error constant_not_routable(std::string_view text);
[[nodiscard]] Error not_an_integer_key(std::string_view text);
[[nodiscard]] Error bad_parameter_length(std::uint32_t number);
[[nodiscard]] Error negative_row_count(bool offset);
[[nodiscard]] Error row_count_not_integer(bool offset);
[[nodiscard]] Error shards_differ();

}  // namespace tessera::plan
