// Statements that are the session's own business: transactions, settings, SHOW.

#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

std::string text_of(const PlanInput& input, parser::TokenRange range) {
  if (range.empty()) return {};
  const auto& tokens = input.parsed->tokens();
  const std::uint32_t from = tokens[range.first].offset;
  const std::uint32_t to = tokens[range.end - 1].offset + tokens[range.end - 1].length;
  return std::string(input.parsed->text().substr(from, to - from));
}

// What is written decides what is done: every constant of such a statement is part of its plan.
void pin_all(const PlanInput& input, Plan& plan) {
  for (std::uint32_t at = 0; at < input.parsed->constants().size(); ++at) {
    plan.pinned_constants.push_back(at);
  }
}

}  // namespace

Plan default_plan(const PlanInput& input) {
  Plan out;
  out.route.kind = RouteSpec::Kind::kShard;
  out.route.shard = input.catalog->rules->default_shard;
  return out;
}

Plan plan_transaction(const PlanInput& input, const parser::TransactionStatement& statement) {
  Plan out = default_plan(input);
  out.route.kind = RouteSpec::Kind::kNone;
  out.writes = false;
  out.transaction = TransactionPlan{.kind = statement.kind,
                                    .name = std::string(statement.name),
                                    .modes = text_of(input, statement.modes),
                                    .start = statement.start,
                                    .chain = statement.chain};
  pin_all(input, out);
  return out;
}

Plan plan_set(const PlanInput& input, const parser::SetStatement& set) {
  Plan out = default_plan(input);
  out.route.kind = RouteSpec::Kind::kNone;
  out.writes = false;
  // SET ... TO DEFAULT
  const bool resets =
      set.kind == parser::SetStatement::Kind::kSet && !set.local && set.values.empty();
  const auto kind = resets ? parser::SetStatement::Kind::kReset : set.kind;
  out.set = SetPlan{.kind = kind, .local = set.local, .name = std::string(set.name)};
  return out;
}

Plan plan_show(const PlanInput& input, const parser::ShowStatement& show) {
  Plan out = default_plan(input);
  out.writes = false;
  out.returns_rows = true;
  if (!show.name.starts_with("tessera.")) return out;
  out.route.kind = RouteSpec::Kind::kNone;
  out.show = ShowPlan{.name = std::string(show.name)};
  return out;
}

}  // namespace tessera::plan
