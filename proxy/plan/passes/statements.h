#pragma once
// One planner for each kind of statement. Each gives a whole Plan but for its catalog.

#include "base/result.h"
#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

// SELECT, INSERT, UPDATE, DELETE; also inside EXPLAIN and COPY (query).
[[nodiscard]] Result<Plan> plan_query(const PlanInput& input, const parser::Statement& statement);

// The parts of plan_query that are about one kind of write. The target is sharded or broadcast;
// `plan` has the query's slots and renames.
[[nodiscard]] Status plan_insert(Query& query, const parser::Insert& insert, Plan& plan,
                                 Pins& pins);
[[nodiscard]] Status plan_update(const Query& query, const parser::Update& update, Plan& plan);
[[nodiscard]] Status plan_delete(const Query& query, const parser::Delete& statement, Plan& plan);

// The same rows are written on every shard, so everything about them must come out the same.
[[nodiscard]] Status plan_broadcast_write(const Query& query, const parser::Statement& statement,
                                          Plan& plan);

// A write of a sharded table that may be spread: WriteAll, or the reason why not.
[[nodiscard]] Scatter write_scatter(const Query& query, const Plan& plan);

[[nodiscard]] Result<Plan> plan_create_table(const PlanInput& input,
                                             const parser::CreateTable& create);
[[nodiscard]] Result<Plan> plan_alter_table(const PlanInput& input,
                                            const parser::AlterTable& alter);
[[nodiscard]] Result<Plan> plan_drop_table(const PlanInput& input, const parser::DropTable& drop);
[[nodiscard]] Result<Plan> plan_create_index(const PlanInput& input,
                                             const parser::CreateIndex& create);
[[nodiscard]] Result<Plan> plan_drop_index(const PlanInput& input, const parser::DropIndex& drop);
[[nodiscard]] Result<Plan> plan_truncate(const PlanInput& input, const parser::Truncate& truncate);

[[nodiscard]] Plan plan_transaction(const PlanInput& input,
                                    const parser::TransactionStatement& statement);
[[nodiscard]] Plan plan_set(const PlanInput& input, const parser::SetStatement& set);
[[nodiscard]] Plan plan_show(const PlanInput& input, const parser::ShowStatement& show);
[[nodiscard]] Result<Plan> plan_explain(const PlanInput& input, const parser::Explain& explain);
[[nodiscard]] Result<Plan> plan_copy(const PlanInput& input, const parser::Copy& copy);
[[nodiscard]] Result<Plan> plan_other(const PlanInput& input, const parser::OtherStatement& other);

// Any statement but the session's own.
[[nodiscard]] Result<Plan> plan_statement(const PlanInput& input,
                                          const parser::Statement& statement);

// A plan that sends the statement to the default shard.
[[nodiscard]] Plan default_plan(const PlanInput& input);

}  // namespace tessera::plan
