#pragma once
// Plan + the values of one execution → targets. Runs on every execution.

#include <optional>
#include <string_view>
#include <vector>

#include "parser/hint.h"
#include "parser/shape.h"
#include "proxy/plan/plan.h"

namespace tessera::plan {

// A bound parameter as the client sent it.
struct Parameter {
  std::optional<std::string_view> bytes;  // absent: NULL
  bool binary = false;
  catalog::Oid type = 0;  // 0: not declared
};

struct Values {
  std::string_view text;  // the statement's text, for its constants
  const std::vector<parser::Constant>* constants = nullptr;
  const std::vector<Parameter>* parameters = nullptr;  // null: none
  const parser::Hints* hints = nullptr;                // null: none
};

// A LIMIT or OFFSET number; absent for NULL. Errors: 2201W/2201X negative ("LIMIT must not be
// negative"), 0A000.
[[nodiscard]] Result<std::optional<std::uint64_t>> row_count_of(const ValueSource& source,
                                                                const Values& values, bool offset);

// The targets of one execution, ascending by shard, then node. Empty: no row can match (a
// contradiction): the caller still sends the statement to one shard, so that PostgreSQL gives the
// empty answer; route() then returns one target. Errors: plan.apart; plan.audit's;
// those of rules::route().
[[nodiscard]] Status route(const Plan& plan, const Values& values, std::vector<Target>& targets);

// InsertSplit: the distinct targets, in the order of route(), and the ordinal among them of each
// row's. What the vectors held is lost, their memory is used again. Errors: those of
// rules::route_row(), and where a row's value cannot be told; no row has a target then.
[[nodiscard]] Status split_rows(const Plan& plan, const Values& values,
                                std::vector<Target>& targets,
                                std::vector<std::uint32_t>& target_of_row);

// The actual table names of a target, for render().
[[nodiscard]] SlotNames slot_names(const Plan& plan, const Target& target);

}  // namespace tessera::plan
