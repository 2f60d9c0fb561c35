#pragma once
// Plans of statements behind hints (parser/hints.h). They are of one execution; nothing keeps them.

#include <memory>
#include <string_view>

#include "base/error.h"
#include "proxy/plan/planner.h"

namespace tessera::plan {

// DATA_SOURCE_NAME: a query goes to that shard as it is written. Null: the statement is no query,
// and the hint says nothing about it. Errors: 42704 no such data source.
[[nodiscard]] Result<std::shared_ptr<const Plan>> directed_plan(const PlainInput& input,
                                                                std::string_view data_source);

// SKIP_SQL_REWRITE: the statement is routed as ever, and sent as it is written.
[[nodiscard]] std::shared_ptr<const Plan> unrewritten(const Plan& plan);

}  // namespace tessera::plan
