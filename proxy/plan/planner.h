#pragma once
// Statement + Catalog → Plan. Pure: no socket, no clock.

#include "parser/parse.h"
#include "proxy/plan/plan.h"

namespace tessera::plan {

struct PlanInput {
  const parser::ParsedStatement* parsed = nullptr;
  std::shared_ptr<const catalog::Catalog> catalog;
  std::vector<std::string> search_path = {"public"};
  // Of the statement, two items in each: the plan is to hold for more, if it can (Plan::folded).
  // Null: it is for these.
  const std::vector<parser::Fold>* folds = nullptr;
};

// Makes the plan. A statement that can run on one target only, whatever its values, still gets a
// plan: its `scatter` is the Error to give when the values route elsewhere. Errors: 0A000 with a
// hint for what is never done; 42601 and friends only where PostgreSQL would say the same.
[[nodiscard]] Result<std::shared_ptr<const Plan>> make_plan(const PlanInput& input);

struct PlainInput {
  std::string_view text;  // one statement, from its first to its last token
  parser::ScanOptions options;
  std::shared_ptr<const catalog::Catalog> catalog;
  bool session_too = false;  // BEGIN, SET and the like are to be sent as they are, too
};

struct PlainPlan {
  std::shared_ptr<const Plan> plan;
  bool query = false;               // SELECT or DML that leaves nothing behind
  bool takes_parameters = true;     // its $n are parameters of Bind; in PREPARE they are not
  bool forgets_statements = false;  // DISCARD ALL, DEALLOCATE ALL
  bool forgets_settings = false;    // DISCARD ALL
  std::string forgets_one;          // DEALLOCATE: that statement
  std::string names_prepared;       // a prepared statement that this one, as SQL, names
  bool copies = false;              // COPY, in whichever direction
};

// The plan of a statement in a database whose rules are plain: it is sent as it is, without having
// been parsed. No plan: the session itself obeys such statements, make_plan() knows how.
[[nodiscard]] PlainPlan make_plain_plan(const PlainInput& input);

// The plan as text, for golden tests and for people.
[[nodiscard]] std::string describe(const Plan& plan, const parser::ParsedStatement& parsed);

}  // namespace tessera::plan
