#include "proxy/plan/physical.h"

#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

// Where the execution goes, and with which edits each target's text is made.
struct Routed {
  std::vector<Target> targets;
  std::vector<std::uint32_t> target_of_row;  // InsertSplit
};

Result<Routed> route_all(const Plan& plan, const Values& values) {
  Routed out;
  const Status routed = std::holds_alternative<InsertSplit>(plan.scatter)
                            ? split_rows(plan, values, out.targets, out.target_of_row)
                            : route(plan, values, out.targets);
  if (!routed) return routed.error();
  return out;
}

struct EditsOfTarget {
  const Plan& plan;
  const Routed& routed;
  std::uint32_t target;

  Edits operator()(const Error&) const { return plan.rename; }
  Edits operator()(const InsertSplit& insert) const {
    return joined_edits(plan.rename, {rows_edit(insert, routed.target_of_row, target)});
  }
  template <typename T>
  Edits operator()(const T& several) const {
    return joined_edits(plan.rename, several.edits);
  }
};

}  // namespace

Edits joined_edits(const Edits& rename, const Edits& more) {
  Edits all = rename;
  all.insert(all.end(), more.begin(), more.end());
  sort_edits(all);
  return all;
}

Edit rows_edit(const InsertSplit& insert, const std::vector<std::uint32_t>& target_of_row,
               std::uint32_t target) {
  Edit edit;
  edit.replaced = {insert.rows.front().range.first, insert.rows.back().range.end};
  for (std::size_t i = 0; i < insert.rows.size(); ++i) {
    if (target_of_row[i] != target) continue;
    if (!edit.pieces.empty()) edit.pieces.push_back({.kind = Piece::Kind::kText, .text = ", "});
    edit.pieces.push_back({.kind = Piece::Kind::kTokens, .range = insert.rows[i].range});
  }
  return edit;
}

Result<std::vector<PhysicalStatement>> physical_statements(const Plan& plan,
                                                           const Execution& execution) {
  if (plan.ask_first) return std::get<Error>(plan.scatter);
  const auto routed = route_all(plan, execution.values);
  if (!routed) return routed.error();
  const bool several = routed->targets.size() > 1;
  const auto* refused = std::get_if<Error>(&plan.scatter);
  if (several && refused != nullptr) return *refused;
  std::vector<PhysicalStatement> out;
  for (std::uint32_t at = 0; at < routed->targets.size(); ++at) {
    const Target& target = routed->targets[at];
    const Edits edits =
        several ? std::visit(EditsOfTarget{plan, *routed, at}, plan.scatter) : plan.rename;
    const SlotNames names = slot_names(plan, target);
    out.push_back(
        {target.shard,
         render({.text = execution.text, .tokens = execution.tokens, .tables = &names}, edits)});
  }
  return out;
}

}  // namespace tessera::plan
