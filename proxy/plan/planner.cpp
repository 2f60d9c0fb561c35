#include "proxy/plan/planner.h"

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

}  // namespace

Result<Plan> plan_statement(const PlanInput& input, const parser::Statement& statement) {
  return std::visit(ByKind{input, statement}, statement.node);
}

Result<std::shared_ptr<const Plan>> make_plan(const PlanInput& input) {
  auto plan = plan_statement(input, input.parsed->statement());
  if (!plan) return plan.error();
  plan->catalog = input.catalog;
  return std::shared_ptr<const Plan>(std::make_shared<Plan>(std::move(*plan)));
}

}  // namespace tessera::plan
