#pragma once
// The catalog that plans are tested against: the demo shop on two shards, and tables that are split
// inside shards.

#include <memory>
#include <string>

#include "parser/parse.h"
#include "proxy/plan/planner.h"

namespace tessera::plan::testing {

[[nodiscard]] std::shared_ptr<const catalog::Catalog> shop_catalog();

// One statement, parsed. The text outlives what is made of it.
[[nodiscard]] Result<parser::ParsedStatement> parse_one(std::string_view text);

// The plan of `text` over the shop, or why there is none.
[[nodiscard]] Result<std::shared_ptr<const Plan>> plan_one(std::string_view text);

// The same as golden text.
[[nodiscard]] std::string plan_text(std::string_view text);

}  // namespace tessera::plan::testing
