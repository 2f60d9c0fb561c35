#pragma once
// Statement + Catalog → Plan. Pure: no socket, no clock.

#include "parser/parse.h"
#include "proxy/plan/plan.h"

namespace tessera::plan {

struct PlanInput {
  const parser::ParsedStatement* parsed = nullptr;
  std::shared_ptr<const catalog::Catalog> catalog;
  std::vector<std::string> search_path = {"public"};
};

// Makes the plan. A statement that can run on one target only, whatever its values, still gets a
// plan: its `scatter` is the Error to give when the values route elsewhere. Errors: 0A000 with a
// hint for what is never done; 42601 and friends only where PostgreSQL would say the same.
[[nodiscard]] Result<std::shared_ptr<const Plan>> make_plan(const PlanInput& input);

// The plan as text, for golden tests and for people.
[[nodiscard]] std::string describe(const Plan& plan, const parser::ParsedStatement& parsed);

}  // namespace tessera::plan
