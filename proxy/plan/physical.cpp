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
  const Execution& execution;
  const Routed& routed;
  std::uint32_t target;

  Edits operator()(const Error&) const { return plan.rename; }
  Edits operator()(const InsertSplit& insert) const {
    return joined_edits(plan.rename, {rows_edit(insert,
                                                {.target_of_row = routed.target_of_row,
                                                 .values = execution.values,
                                                 .items = execution.items},
                                                target)});
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

std::vector<std::uint32_t> row_ordinals(const InsertSplit& insert, const Values& values) {
  std::vector<std::uint32_t> out;
  out.reserve(insert.rows.size());
  std::uint32_t next = 0;
  for (const InsertSplit::Row& row : insert.rows) {
    out.push_back(next);
    next += items_of(row.fold, values);
  }
  return out;
}

Edit rows_edit(const InsertSplit& insert, const SplitRows& rows, std::uint32_t target) {
  Edit edit;
  edit.replaced = {insert.rows.front().range.first, insert.rows.back().range.end};
  std::size_t at = 0;
  std::uint32_t fold = 0;      // ordinal of the one that comes next
  std::size_t first_item = 0;  // of that one
  const auto add = [&](Piece piece) {
    if (rows.target_of_row[at++] != target) return;
    if (!edit.pieces.empty()) edit.pieces.push_back({.kind = Piece::Kind::kText, .text = ", "});
    edit.pieces.push_back(std::move(piece));
  };
  for (const InsertSplit::Row& row : insert.rows) {
    if (row.fold == 0 || rows.values.folds == nullptr) {
      add({.kind = Piece::Kind::kTokens, .range = row.range});
      continue;
    }
    for (; fold + 1 < row.fold; ++fold) first_item += (*rows.values.folds)[fold].count;
    // The first item has a row of its own.
    for (std::uint32_t item = 0; item < items_of(row.fold, rows.values); ++item) {
      const parser::TextSpan span = (*rows.items)[first_item + 1 + item];
      add({.kind = Piece::Kind::kBytes, .range = {span.begin, span.end}});
    }
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
    const Edits edits = several
                            ? std::visit(EditsOfTarget{plan, execution, *routed, at}, plan.scatter)
                            : plan.rename;
    const SlotNames names = slot_names(plan, target);
    out.push_back(
        {target.shard,
         render({.text = execution.text, .tokens = execution.tokens, .tables = &names}, edits)});
  }
  return out;
}

}  // namespace tessera::plan
