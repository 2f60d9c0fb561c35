// Statements around another one: EXPLAIN, COPY.

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

using rules::TableKind;

// Every node's own plan, one after the other.
Scatter explain_scatter(const parser::Explain& explain, const Plan& inner) {
  if (const auto* refused = std::get_if<Error>(&inner.scatter)) return *refused;
  if (explain.analyze && inner.writes) return explain_analyze_across_shards();
  if (!explain.text_format) return explain_format_across_shards();
  Gather out;
  out.header_per_target = true;
  return out;
}

// COPY's options stay the client's; only where it runs is ours.
Result<Plan> copy_table(const PlanInput& input, const parser::Copy& copy) {
  Plan out = default_plan(input);
  out.copy = true;
  out.writes = copy.from;
  const std::string_view name = copy.table.name;
  const TableKind kind = kind_of_table(input, copy.table.schema, name);
  if (kind == TableKind::kSharded)
    return copy.from ? copy_into_ruled(name) : copy_from_sharded(name);
  if (kind == TableKind::kBroadcast && copy.from) return copy_into_ruled(name);
  if (kind == TableKind::kBroadcast) {
    out.route.kind = copy.standard_io ? RouteSpec::Kind::kAnyShard : RouteSpec::Kind::kShard;
    return out;
  }
  out.route.shard = input.catalog->rules->home_of(name);
  return out;
}

Result<Plan> copy_query(const PlanInput& input, const parser::Copy& copy) {
  auto plan = plan_statement(input, *copy.query);
  if (!plan) return plan;
  if (plan->route.kind == RouteSpec::Kind::kAllShards) return copy_query_across_shards();
  const bool anywhere = plan->route.kind == RouteSpec::Kind::kAnyShard;
  if (!copy.standard_io) {
    // A file of the server is a file of the default shard's server.
    const bool here = plan->route.kind == RouteSpec::Kind::kShard &&
                      plan->route.shard == input.catalog->rules->default_shard;
    if (!here && !anywhere) return server_file_elsewhere();
    plan->route.kind = RouteSpec::Kind::kShard;
    plan->route.shard = input.catalog->rules->default_shard;
  }
  if (plan->route.kind == RouteSpec::Kind::kSharded) plan->scatter = copy_query_across_shards();
  plan->copy = true;
  plan->returns_rows = false;
  plan->access = Access::kPrimary;
  return plan;
}

}  // namespace

Result<Plan> plan_explain(const PlanInput& input, const parser::Explain& explain) {
  auto plan = plan_statement(input, *explain.inner);
  if (!plan) return plan;
  const auto* split = std::get_if<InsertSplit>(&plan->scatter);
  if (split != nullptr && split->rows.size() > 1) return explain_split_insert();
  const bool everywhere = plan->route.kind == RouteSpec::Kind::kAllShards;
  if (everywhere && explain.analyze) return explain_analyze_across_shards();
  if (everywhere) plan->route.kind = RouteSpec::Kind::kShard;
  if (split == nullptr) plan->scatter = explain_scatter(explain, *plan);
  plan->access = Access::kPrimary;
  plan->returns_rows = true;
  plan->copy = false;
  if (explain.analyze) return plan;
  plan->writes = false;
  plan->ddl = false;
  plan->pins = false;
  return plan;
}

Result<Plan> plan_copy(const PlanInput& input, const parser::Copy& copy) {
  return copy.query != nullptr ? copy_query(input, copy) : copy_table(input, copy);
}

}  // namespace tessera::plan
