#pragma once
// Plan + the values of one execution → targets. Runs on every execution.

#include <optional>
#include <string_view>
#include <vector>

#include "parser/fold.h"
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
  // Of a plan that is folded; null: constants have the ordinals that the plan says.
  const parser::Folds* folds = nullptr;
  std::uint32_t shift = 0;  // for a further item of a fold: how many constants it stands behind

  // What the plan calls constant `ordinal`.
  [[nodiscard]] const parser::Constant& constant(std::uint32_t ordinal) const {
    if (folds != nullptr) ordinal = parser::full_ordinal(*folds, ordinal) + shift;
    return (*constants)[ordinal];
  }
};

// The values of an execution of `plan`: the constants of `text`, whose shape is `shape`.
[[nodiscard]] inline Values values_of(const Plan& plan, std::string_view text,
                                      const parser::Shape& shape) {
  return {
      .text = text, .constants = &shape.constants, .folds = plan.folded ? &shape.folds : nullptr};
}

// How many items of the list stand for what belongs to `fold` (ValueSource, InsertSplit::Row).
[[nodiscard]] inline std::uint32_t items_of(std::uint32_t fold, const Values& values) {
  return fold == 0 || values.folds == nullptr ? 1 : (*values.folds)[fold - 1].count - 1;
}
// The values of the `item`th of them.
[[nodiscard]] inline Values values_of_item(std::uint32_t fold, std::uint32_t item, Values values) {
  if (item > 0) values.shift = item * (*values.folds)[fold - 1].width;
  return values;
}

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
