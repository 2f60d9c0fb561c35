#include "proxy/exec/insert.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "proxy/plan/physical.h"

namespace tessera::exec {
namespace {

// The number of the parameter token $n.
std::uint32_t parameter_number(const Request& request, parser::TokenIndex index) {
  const parser::Token& token = request.tokens[index];
  const std::string_view digits = request.text.substr(token.offset + 1, token.length - 1);
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// Is token `index`, no constant, part of a row that goes elsewhere? `ordinals`: of the plan's rows.
bool is_elsewhere(const Request& request, const plan::InsertSplit& insert,
                  const std::vector<std::uint32_t>& ordinals, std::uint32_t target,
                  parser::TokenIndex index) {
  const auto row = std::upper_bound(
      insert.rows.begin(), insert.rows.end(), index,
      [](parser::TokenIndex i, const plan::InsertSplit::Row& r) { return i < r.range.end; });
  if (row == insert.rows.end() || index < row->range.first) return false;
  const auto of_plan = static_cast<std::size_t>(row - insert.rows.begin());
  return (*request.target_of_row)[ordinals[of_plan]] != target;
}

// Renumbers the parameters that are left and fills `spec` with them.
void renumber(const Request& request, const plan::InsertSplit& insert, std::uint32_t target,
              StreamSpec& spec, plan::Edits& edits) {
  if (request.bind == nullptr) return;
  std::vector<std::uint32_t> new_number(request.bind->parameters.size() + 1, 0);
  std::vector<std::int16_t> formats;
  const std::vector<std::uint32_t> ordinals = plan::row_ordinals(insert, request.values);
  for (parser::TokenIndex i = 0; i < request.tokens.size(); ++i) {
    if (request.tokens[i].kind != parser::TokenKind::kParameter ||
        is_elsewhere(request, insert, ordinals, target, i))
      continue;
    const std::uint32_t old_number = parameter_number(request, i);
    if (old_number == 0 || old_number >= new_number.size()) continue;
    if (new_number[old_number] == 0) {
      spec.parameters.push_back(request.bind->parameters[old_number - 1]);
      formats.push_back(request.bind->format_of(old_number - 1));
      const bool declared = old_number <= request.declared_types.size();
      spec.types.push_back(declared ? request.declared_types[old_number - 1] : 0);
      new_number[old_number] = static_cast<std::uint32_t>(spec.parameters.size());
    }
    edits.push_back({.replaced = {i, i + 1},
                     .pieces = {{.kind = plan::Piece::Kind::kText,
                                 .text = fmt::format("${}", new_number[old_number])}}});
  }
  spec.parameter_formats = std::move(formats);
}

}  // namespace

std::vector<StreamSpec> insert_specs(const Request& request, const plan::InsertSplit& insert) {
  std::vector<StreamSpec> specs;
  const plan::SplitRows rows{
      .target_of_row = *request.target_of_row, .values = request.values, .items = &request.items};
  for (std::uint32_t target = 0; target < request.targets.size(); ++target) {
    StreamSpec spec;
    spec.target = request.targets[target];
    plan::Edits edits = request.plan.rename;
    edits.push_back(plan::rows_edit(insert, rows, target));
    renumber(request, insert, target, spec, edits);
    std::stable_sort(edits.begin(), edits.end(), [](const plan::Edit& a, const plan::Edit& b) {
      return a.replaced.first < b.replaced.first;
    });
    const plan::SlotNames names = plan::slot_names(request.plan, spec.target);
    spec.sql =
        plan::render({.text = request.text, .tokens = &request.tokens, .tables = &names}, edits);
    spec.edits = std::make_shared<const plan::Edits>(std::move(edits));
    if (request.bind != nullptr) spec.result_formats = request.bind->result_formats;
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace tessera::exec
