#include "proxy/exec/insert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/exec/statement_bench.h"

namespace tessera::exec {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<StreamSpec> specs_of(Statement& statement) {
  const Request request = statement.request();
  return insert_specs(request, std::get<plan::InsertSplit>(statement.plan().scatter));
}

Lines sql_of(const std::vector<StreamSpec>& specs) {
  Lines sql;
  for (const StreamSpec& spec : specs) sql.push_back(spec.sql);
  return sql;
}

Lines parameters_of(const StreamSpec& spec) {
  Lines values;
  for (const auto& value : spec.parameters) values.emplace_back(value.value_or("NULL"));
  return values;
}

TEST(InsertSpecs, EachShardGetsItsRowsInTheirOrder) {
  StatementBench bench;
  const auto specs = specs_of(bench.statement(
      "INSERT INTO orders (order_id, customer_id) VALUES (1, 2), (2, 3), (3, 4), (4, 5) "
      "RETURNING order_id"));
  EXPECT_THAT(sql_of(specs),
              ElementsAre("INSERT INTO orders (order_id, customer_id) VALUES (1, 2), (3, 4) "
                          "RETURNING order_id",
                          "INSERT INTO orders (order_id, customer_id) VALUES (2, 3), (4, 5) "
                          "RETURNING order_id"));
  EXPECT_EQ(specs[0].target.shard, 0U);
  EXPECT_EQ(specs[1].target.shard, 1U);
  EXPECT_THAT(specs[0].parameters, IsEmpty());
}

TEST(InsertSpecs, RowsOfOneShardMakeOneStatement) {
  StatementBench bench;
  EXPECT_THAT(sql_of(specs_of(bench.statement(
                  "INSERT INTO orders (order_id, customer_id) VALUES (1, 3), (2, 5)"))),
              ElementsAre("INSERT INTO orders (order_id, customer_id) VALUES (1, 3), (2, 5)"));
}

// What is around the rows is the client's, to the last comment.
TEST(InsertSpecs, WhatIsNoRowStays) {
  StatementBench bench;
  EXPECT_THAT(
      sql_of(specs_of(bench.statement(
          "INSERT /* all */ INTO orders (order_id, customer_id, status) VALUES (1, 2, 'a, (b)') , "
          "( 2 , 3 , $$)$$ ) ON CONFLICT (customer_id, order_id) DO UPDATE SET status = 'c'"))),
      ElementsAre("INSERT /* all */ INTO orders (order_id, customer_id, status) VALUES "
                  "(1, 2, 'a, (b)') ON CONFLICT (customer_id, order_id) DO UPDATE SET status = 'c'",
                  "INSERT /* all */ INTO orders (order_id, customer_id, status) VALUES "
                  "( 2 , 3 , $$)$$ ) ON CONFLICT (customer_id, order_id) DO UPDATE SET "
                  "status = 'c'"));
}

TEST(InsertSpecs, EveryActualTableIsATarget) {
  StatementBench bench;
  const auto specs = specs_of(bench.statement(
      "INSERT INTO t_order (order_id, user_id) VALUES (1, 2), (2, 2), (5, 2), (1, 3)"));
  EXPECT_THAT(sql_of(specs),
              ElementsAre("INSERT INTO t_order_1 AS t_order (order_id, user_id) VALUES (1, 2), "
                          "(5, 2)",
                          "INSERT INTO t_order_2 AS t_order (order_id, user_id) VALUES (2, 2)",
                          "INSERT INTO t_order_1 AS t_order (order_id, user_id) VALUES (1, 3)"));
}

// PostgreSQL cannot tell the type of a parameter that is not used.
TEST(InsertSpecs, ParametersOfOtherRowsAreLeftOutAndTheRestNumberedAnew) {
  StatementBench bench;
  const auto specs = specs_of(bench.statement(
      "INSERT INTO orders (order_id, customer_id) VALUES ($1, $2), ($3, $4), ($5, $6)",
      {.extended = true, .parameters = {"1", "2", "3", "5", std::nullopt, "4"}}));
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].sql, "INSERT INTO orders (order_id, customer_id) VALUES ($1, $2), ($3, $4)");
  EXPECT_THAT(parameters_of(specs[0]), ElementsAre("1", "2", "NULL", "4"));
  EXPECT_EQ(specs[0].types.size(), 4U);
  EXPECT_EQ(specs[1].sql, "INSERT INTO orders (order_id, customer_id) VALUES ($1, $2)");
  EXPECT_THAT(parameters_of(specs[1]), ElementsAre("3", "5"));
}

TEST(InsertSpecs, AParameterUsedTwiceKeepsOneNumber) {
  StatementBench bench;
  const auto specs = specs_of(bench.statement(
      "INSERT INTO orders (order_id, customer_id, status) VALUES (1, $1, $3), ($2, $2, $3) "
      "ON CONFLICT (customer_id, order_id) DO UPDATE SET status = $3",
      {.extended = true, .parameters = {"2", "3", "new"}}));
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].sql,
            "INSERT INTO orders (order_id, customer_id, status) VALUES (1, $1, $2) "
            "ON CONFLICT (customer_id, order_id) DO UPDATE SET status = $2");
  EXPECT_THAT(parameters_of(specs[0]), ElementsAre("2", "new"));
  EXPECT_EQ(specs[1].sql,
            "INSERT INTO orders (order_id, customer_id, status) VALUES ($1, $1, $2) "
            "ON CONFLICT (customer_id, order_id) DO UPDATE SET status = $2");
  EXPECT_THAT(parameters_of(specs[1]), ElementsAre("3", "new"));
}

TEST(InsertSpecs, ResultFormatsAreTheClients) {
  StatementBench bench;
  const auto specs = specs_of(bench.statement(
      "INSERT INTO orders (order_id, customer_id) VALUES (1, 2), (2, 3) RETURNING order_id",
      {.extended = true, .result_formats = {1}}));
  for (const StreamSpec& spec : specs) EXPECT_THAT(spec.result_formats, ElementsAre(1));
}

constexpr const char* kInsert =
    "INSERT INTO orders (order_id, customer_id) VALUES (1, 3), (2, 2), (3, 4), (4, 5) "
    "RETURNING order_id";
constexpr const char* kEven =
    "INSERT INTO orders (order_id, customer_id) VALUES (2, 2), (3, 4) RETURNING order_id";
constexpr const char* kOdd =
    "INSERT INTO orders (order_id, customer_id) VALUES (1, 3), (4, 5) RETURNING order_id";

test::Answer inserted(const std::vector<std::string>& values) {
  test::Answer answer = texts(values);
  answer.tag = "INSERT 0 " + std::to_string(values.size());
  return answer;
}

TEST(InsertSplit, ReturningGivesTheRowsInTheOrderTheyWereWritten) {
  StatementBench bench({{kEven, inserted({"2", "3"})}}, {{kOdd, inserted({"1", "4"})}});
  bench.transaction.begin_implicit();
  auto opened = bench.open(kInsert);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->returns_rows);
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(opened->cursor->tag(), "INSERT 0 4");
  ASSERT_TRUE(test::run(bench.stand.context, bench.transaction.commit()));
  bench.expect_nothing_leaked();
}

TEST(InsertSplit, AShardThatRefusesFailsItAndNothingStays) {
  StatementBench bench({{kEven, inserted({"2", "3"})}},
                       {{kOdd, test::failing("23505", "duplicate key")}});
  bench.transaction.begin_implicit();
  const auto opened = bench.open(kInsert);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "23505");
  bench.rollback();
  const Lines asked = bench.stand.journal.take();
  for (const char* shard : {"ds_0: ", "ds_1: "}) {
    EXPECT_THAT(asked, Contains(shard + std::string("ROLLBACK")));
    EXPECT_THAT(asked, Not(Contains(shard + std::string("COMMIT"))));
  }
}

}  // namespace
}  // namespace tessera::exec
