#include "proxy/plan/planner.h"

#include "proxy/plan/passes/lengths.h"
#include "proxy/plan/passes/plain.h"
#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

// One planner for each kind of statement.
struct ByKind {
  const PlanInput& input;
  const parser::Statement& statement;

  Result<Plan> operator()(const parser::Select*) const { return plan_query(input, statement); }
  Result<Plan> operator()(const parser::Insert*) const { return plan_query(input, statement); }
  Result<Plan> operator()(const parser::Update*) const { return plan_query(input, statement); }
  Result<Plan> operator()(const parser::Delete*) const { return plan_query(input, statement); }
  Result<Plan> operator()(const parser::TransactionStatement* node) const {
    return plan_transaction(input, *node);
  }
  Result<Plan> operator()(const parser::SetStatement* node) const { return plan_set(input, *node); }
  Result<Plan> operator()(const parser::ShowStatement* node) const {
    return plan_show(input, *node);
  }
  Result<Plan> operator()(const parser::CreateTable* node) const {
    return plan_create_table(input, *node);
  }
  Result<Plan> operator()(const parser::AlterTable* node) const {
    return plan_alter_table(input, *node);
  }
  Result<Plan> operator()(const parser::DropTable* node) const {
    return plan_drop_table(input, *node);
  }
  Result<Plan> operator()(const parser::CreateIndex* node) const {
    return plan_create_index(input, *node);
  }
  Result<Plan> operator()(const parser::DropIndex* node) const {
    return plan_drop_index(input, *node);
  }
  Result<Plan> operator()(const parser::Truncate* node) const {
    return plan_truncate(input, *node);
  }
  Result<Plan> operator()(const parser::Explain* node) const { return plan_explain(input, *node); }
  Result<Plan> operator()(const parser::Copy* node) const { return plan_copy(input, *node); }
  Result<Plan> operator()(const parser::OtherStatement* node) const {
    return plan_other(input, *node);
  }
};

// What the statement leaves in its server session, and that no replica is to have such a session.
void describe_state(const PlanInput& input, Plan& plan) {
  if (plan.transaction || plan.set || plan.show) return;
  const Words words(input.parsed->text(), input.parsed->tokens());
  // What is asked beside the statement leaves nothing in the session that it runs in.
  const bool later = plan.completion && !plan.completion->optional;
  plan.pins = !later && keeps_state(words, *input.catalog->schema);
  plan.pins_unseen = plan.pins && keeps_unseen_state(words, *input.catalog->schema);
  plan.lets_go = ends_state(words);
  if (plan.pins) plan.access = Access::kPrimary;
}

}  // namespace

Result<Plan> plan_statement(const PlanInput& input, const parser::Statement& statement) {
  return std::visit(ByKind{input, statement}, statement.node);
}

Result<std::shared_ptr<const Plan>> make_plan(const PlanInput& input) {
  auto plan = plan_statement(input, input.parsed->statement());
  if (!plan) return plan.error();
  plan->catalog = input.catalog;
  describe_state(input, *plan);
  if (input.folds != nullptr) plan->folded = hold_for_any_length(input, *plan);
  return std::shared_ptr<const Plan>(std::make_shared<Plan>(std::move(*plan)));
}

PlainPlan make_plain_plan(const PlainInput& input) {
  std::vector<parser::Token> tokens;
  parser::tokenize(input.text, 0, static_cast<std::uint32_t>(input.text.size()), input.options,
                   tokens);
  const Words words(input.text, tokens);
  Plan plan = plain_plan(*input.catalog, words);
  if (!plan.pins && !input.session_too && is_session_statement(words)) return {};
  plan.pins_unseen = plan.pins_unseen || (input.session_too && !plan.pins);
  plan.pins = plan.pins || input.session_too || !prepared_name(words).empty();
  plan.catalog = input.catalog;
  const bool forgets = (words[0] == "discard" || words[0] == "deallocate") && words.has("all");
  const bool forgets_one = words[0] == "deallocate" && !forgets;
  const std::size_t at = words.name(2).empty() ? 1 : 2;  // DEALLOCATE [PREPARE] name
  const bool query = is_query(words) && !plan.pins && !plan.ddl;
  return {.plan = std::make_shared<Plan>(std::move(plan)),
          .query = query,
          .takes_parameters = words[0] != "prepare",
          .forgets_statements = forgets,
          .forgets_settings = forgets && words[0] == "discard",
          .forgets_one = std::string(forgets_one ? words.name(at) : ""),
          .names_prepared = std::string(forgets_one ? words.name(at) : prepared_name(words)),
          .copies = words[0] == "copy"};
}

}  // namespace tessera::plan
