#include "proxy/plan/hinted.h"

#include <algorithm>

#include "proxy/plan/errors.h"

namespace tessera::plan {

Result<std::shared_ptr<const Plan>> directed_plan(const PlainInput& input,
                                                  std::string_view data_source) {
  PlainPlan made = make_plain_plan(input);
  if (!made.plan || !made.query) return std::shared_ptr<const Plan>();
  const auto& shards = input.catalog->rules->shards;
  const auto found = std::ranges::find(shards, data_source, &rules::Shard::name);
  if (found == shards.end()) return unknown_data_source(data_source);
  auto plan = std::make_shared<Plan>(*made.plan);
  plan->route.shard = static_cast<rules::ShardIndex>(found - shards.begin());
  return std::shared_ptr<const Plan>(std::move(plan));
}

std::shared_ptr<const Plan> unrewritten(const Plan& plan) {
  auto out = std::make_shared<Plan>(plan);
  out->rename.clear();
  return out;
}

}  // namespace tessera::plan
