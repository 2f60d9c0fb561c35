#pragma once
// Databases of one server, without a sharded or broadcast table: nothing has to be understood of a
// statement but what it leaves behind.

#include "proxy/plan/passes/words.h"
#include "proxy/plan/plan.h"

namespace tessera::plan {

// Sends the statement as it is. BEGIN, SET and the like are planned by make_plan().
[[nodiscard]] Plan plain_plan(const catalog::Catalog& catalog, const Words& words);

// Is it a SELECT or DML?
[[nodiscard]] bool is_query(const Words& words);

// The statement that PREPARE, EXECUTE, EXPLAIN EXECUTE or CREATE TABLE AS EXECUTE names; else
// empty.
[[nodiscard]] std::string_view prepared_name(const Words& words);

// Does the session itself obey statements like this (if the grammar knows it)?
[[nodiscard]] bool is_session_statement(const Words& words);

}  // namespace tessera::plan
