#include "proxy/plan/passes/plain.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

using catalog::Function;
using catalog::Volatility;

catalog::Schema schema() {
  catalog::Schema out;
  for (const char* name :
       {"pg_advisory_xact_lock", "lower", "count", "sum", "numeric", "format", "max"})
    out.functions[name] = Function{.volatility = Volatility::kImmutable};
  out.functions["random"] = Function{.volatility = Volatility::kVolatile};
  out.functions["my_steady"] =
      Function{.volatility = Volatility::kStable, .user_defined = true, .body = {}};
  out.functions["my_volatile"] =
      Function{.volatility = Volatility::kVolatile, .user_defined = true, .body = {}};
  out.functions["uuid_generate_v4"] =
      Function{.volatility = Volatility::kVolatile, .user_defined = true, .body = {}};
  return out;
}

Words words_of(const std::string& text) {
  std::vector<parser::Token> tokens;
  parser::tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, tokens);
  return {text, tokens};
}

void expect_kept(bool kept, const std::vector<std::string>& statements) {
  const catalog::Schema known = schema();
  for (const std::string& text : statements) {
    EXPECT_EQ(keeps_state(words_of(text), known), kept) << text;
  }
}

TEST(KeepsState, OfWhatHasNoOtherPlaceThanItsServerSession) {
  expect_kept(true, {"CREATE TEMP TABLE t (id int)", "create local temporary view v as select 1",
                     "CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "SELECT 1 INTO TEMPORARY t",
                     "SELECT * FROM pg_temp.t", "SELECT * FROM \"pg_temp\".t", "LISTEN a",
                     "LOAD 'x'", "PREPARE q AS SELECT 1", "PREPARE TRANSACTION 'x'",
                     "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SET SESSION AUTHORIZATION bob",
                     "RESET session_authorization", "SET seed TO 0.5", "RESET my.setting",
                     "DO 'BEGIN END'", "CALL p()", "EXECUTE q"});
}

TEST(PreparedName, IsTheOneThatTheStatementIsAbout) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"EXECUTE q", "q"},
      {"execute Q(1, lower('a'))", "q"},
      {"EXECUTE \"Q\"(1)", "Q"},
      {"PREPARE q (int) AS SELECT $1", "q"},
      {"EXPLAIN EXECUTE q(1)", "q"},
      {"EXPLAIN (ANALYZE, COSTS off) EXECUTE q", "q"},
      {"CREATE TEMP TABLE t AS EXECUTE q(1) WITH DATA", "q"},
      {"CREATE TRIGGER a BEFORE INSERT ON t EXECUTE FUNCTION f()", ""},
      {"SELECT execute FROM t", ""},
      {"EXPLAIN SELECT 1", ""},
      {"EXECUTE", ""},
      {"GRANT EXECUTE ON FUNCTION f TO bob", ""}};
  for (const auto& [text, name] : expected) EXPECT_EQ(prepared_name(words_of(text)), name) << text;
}

TEST(KeepsState, OfCallsThatNobodyVouchesFor) {
  expect_kept(true,
              {"SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock_shared(1, 2)",
               "SELECT set_config('a', 'b', false)", "SELECT pg_catalog.set_config('a')",
               "SELECT nextval('s')", "SELECT pg_backend_pid()", "SELECT my_volatile(1)",
               "INSERT INTO t (a) VALUES (my_volatile(1))", "SELECT not_known(1)",
               "SELECT 1 WHERE \"my_volatile\"(1) = 1", "SELECT * FROM t, my_volatile(1) AS x",
               "EXPLAIN ANALYZE SELECT my_volatile(1)", "CREATE TABLE t AS SELECT my_volatile(1)",
               "CREATE MATERIALIZED VIEW v AS SELECT my_volatile(1)",
               "SELECT a FROM t, my_volatile(1) AS (a int)"});
}

TEST(KeepsState, OfNoOrdinaryStatement) {
  expect_kept(false, {"SELECT 1",
                      "SELECT temp, hold FROM weather",
                      "SELECT lower(a), count(*), coalesce(b, 1), random() FROM t",
                      "SELECT my_steady(1), uuid_generate_v4()",
                      "SELECT pg_advisory_xact_lock(1)",
                      "SELECT a::numeric(10, 2), CAST(b AS varchar(3)) FROM t",
                      "INSERT INTO s.t (a, b) VALUES (1, 2) ON CONFLICT (a) DO NOTHING",
                      "UPDATE t SET (a, b) = (1, 2) WHERE c IN (1, 2) AND EXISTS (SELECT 1)",
                      "WITH a (x) AS (SELECT 1), b (y) AS NOT MATERIALIZED (SELECT 2) TABLE b",
                      "SELECT * FROM (VALUES (1)) AS v(a) JOIN t u(b) ON (a = b)",
                      "CREATE TABLE t (id int PRIMARY KEY, p numeric(10, 2), UNIQUE (p))",
                      "CREATE INDEX ON t (lower(a))",
                      "CREATE FUNCTION my_volatile(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                      "CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION my_volatile()",
                      "DROP FUNCTION my_volatile(int), not_known(int)",
                      "UNLISTEN *",
                      "NOTIFY a",
                      "DECLARE c CURSOR FOR SELECT 1",
                      "SET search_path = a, b",
                      "SET my.setting = 'x'",
                      "COPY t (a, b) FROM STDIN"});
}

TEST(OnlyReads, WhatAReplicaMayAnswer) {
  const catalog::Schema known = schema();
  EXPECT_TRUE(only_reads(words_of("SELECT lower(a) FROM t"), known));
  EXPECT_TRUE(only_reads(words_of("WITH w AS (SELECT 1) SELECT * FROM w"), known));
  EXPECT_FALSE(only_reads(words_of("SELECT * FROM t FOR UPDATE"), known));
  EXPECT_FALSE(only_reads(words_of("SELECT * FROM t FOR KEY SHARE"), known));
  EXPECT_FALSE(only_reads(words_of("WITH w AS (DELETE FROM t RETURNING *) TABLE w"), known));
  EXPECT_FALSE(only_reads(words_of("SELECT random()"), known));
  EXPECT_FALSE(only_reads(words_of("SELECT not_known(1)"), known));
  EXPECT_FALSE(only_reads(words_of("SELECT 1 INTO t"), known));
}

TEST(KeepsUnseenState, OfWhatNoCatalogShows) {
  const catalog::Schema known = schema();
  for (const char* seen :
       {"LISTEN a", "PREPARE q AS SELECT my_volatile(1)", "CREATE TEMP TABLE t ()",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT 1 INTO TEMP t",
        "SELECT pg_advisory_lock(1), pg_try_advisory_lock(2)"})
    EXPECT_FALSE(keeps_unseen_state(words_of(seen), known)) << seen;
  for (const char* unseen :
       {"LOAD 'x'", "DO 'BEGIN END'", "CALL p()", "EXECUTE q", "SELECT setseed(0.5)",
        "SET SESSION AUTHORIZATION bob", "CREATE TEMP TABLE t AS SELECT my_volatile(1)",
        "SELECT pg_advisory_lock(1), not_known(1)"})
    EXPECT_TRUE(keeps_unseen_state(words_of(unseen), known)) << unseen;
}

TEST(EndsState, WhereSomethingIsTakenAway) {
  for (const char* ends :
       {"UNLISTEN *", "DROP TABLE t", "CLOSE ALL", "DEALLOCATE q", "DISCARD TEMP",
        "SELECT pg_advisory_unlock(1)", "SELECT pg_advisory_unlock_all()",
        "CREATE TEMP TABLE t (a int) ON COMMIT DROP"})
    EXPECT_TRUE(ends_state(words_of(ends))) << ends;
  for (const char* none : {"SELECT 1", "LISTEN a", "COMMIT", "SELECT pg_advisory_lock(1)",
                           "CREATE TEMP TABLE t (a int) ON COMMIT DELETE ROWS"})
    EXPECT_FALSE(ends_state(words_of(none))) << none;
}

}  // namespace
}  // namespace tessera::plan
