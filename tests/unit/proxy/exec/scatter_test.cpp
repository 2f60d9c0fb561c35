#include "proxy/exec/scatter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/exec/statement_bench.h"

namespace tessera::exec {
namespace {

using test::Answer;
using test::Answers;
using test::failing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string int8(std::int64_t value) {
  std::string bytes;
  wire::put_i32(bytes, static_cast<std::int32_t>(value >> 32));
  wire::put_i32(bytes, static_cast<std::int32_t>(value));
  return bytes;
}

constexpr const char* kSorted = "SELECT status FROM orders ORDER BY order_id LIMIT 2 OFFSET 1";
constexpr const char* kSortedThere =
    "SELECT status, order_id AS tessera_sort_1 FROM orders ORDER BY order_id LIMIT "
    "least((2)::int8::numeric + coalesce((1)::int8, 0), 9223372036854775807)::int8 ";

Answers sorted_rows(const std::vector<std::pair<std::string, std::int64_t>>& rows) {
  Answer there{.columns = {{.name = "status"}, {.name = "tessera_sort_1", .type = 20}}};
  for (const auto& [status, key] : rows) there.rows.push_back({status, int8(key)});
  return {{kSorted, {.columns = {{.name = "status"}}}}, {kSortedThere, there}};
}

TEST(Gather, MergesByAHiddenKeyInBinaryAndCutsTheWindow) {
  StatementBench bench(sorted_rows({{"a", 1}, {"d", 4}, {"e", 5}}),
                       sorted_rows({{"b", 2}, {"c", 3}}));
  auto opened = bench.open(kSorted);
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_EQ(opened->fields.size(), 1U);
  EXPECT_EQ(opened->fields[0].name, "status");
  const Lines asked = bench.take();
  EXPECT_THAT(bench.only_of(asked, "ds_0"),
              ElementsAre(std::string("parse ") + kSorted, std::string("parse ") + kSortedThere,
                          "bind formats 01"));
  EXPECT_THAT(bench.only_of(asked, "ds_1"),
              ElementsAre(std::string("parse ") + kSortedThere, "bind formats 01"));
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("b", "c"));
  bench.expect_nothing_leaked();
}

TEST(Gather, TheClientsFormatStandsForItsOwnColumns) {
  StatementBench bench(sorted_rows({}), sorted_rows({}));
  ASSERT_TRUE(bench.open(kSorted, {.extended = true, .result_formats = {1}}));
  EXPECT_THAT(bench.take(), ::testing::Contains("ds_1: bind formats 11"));
}

TEST(Gather, TheStatementIsDescribedOnce) {
  StatementBench bench(sorted_rows({{"a", 1}, {"b", 2}, {"c", 3}}), sorted_rows({}));
  Statement& statement = bench.statement(kSorted);
  for (int round = 0; round < 2; ++round) {
    auto opened = bench.open(statement);
    ASSERT_TRUE(opened);
    EXPECT_THAT(bench.read_all(*opened), ElementsAre("b", "c"));
  }
  const Lines asked = bench.take();
  EXPECT_EQ(std::ranges::count(asked, std::string("ds_0: parse ") + kSorted), 1);
}

TEST(Gather, TheFirstShardsErrorOfDescribingIsTheStatements) {
  StatementBench bench({{kSorted, failing("42703", "no such column")}}, {});
  const auto opened = bench.open(kSorted);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "42703");
  bench.transaction.release();
  EXPECT_TRUE(bench.stand.is_free(0));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 1U);
  EXPECT_EQ(bench.stand.shard(1).accepted(), 0U);
}

TEST(Gather, AKeyWhoseOrderIsNotKnownIsRefusedAndTheConnectionsComeBack) {
  const auto of_type = [](std::uint32_t type) {
    Answer there{.columns = {{.name = "status"}, {.name = "tessera_sort_1", .type = type}}};
    return Answers{{kSorted, {.columns = {{.name = "status"}}}}, {kSortedThere, there}};
  };
  StatementBench bench(of_type(869), of_type(869));
  const auto opened = bench.open(kSorted);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "0A000");
  EXPECT_THAT(opened.error().message, HasSubstr("cannot be merged by a sort key of type 869"));
  bench.expect_all_free();
}

TEST(Gather, ATextKeyIsMergedOnlyWhereItsCollationComparesBytes) {
  const std::string text = "SELECT customer_id FROM customers ORDER BY nickname";
  const std::string there =
      "SELECT customer_id, nickname AS tessera_sort_1 FROM customers ORDER BY nickname";
  Answer rows{.columns = {{.name = "customer_id"}, {.name = "tessera_sort_1", .type = 25}}};
  const Answers answers{{text, {.columns = {{.name = "customer_id"}}}}, {there, rows}};
  StatementBench bench(answers, answers);
  const auto opened = bench.open(text);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "0A000");
  bench.expect_all_free();
}

TEST(Gather, LimitAndOffsetMayBeParameters) {
  const std::string text = "SELECT order_id FROM orders LIMIT $1 OFFSET $2";
  const std::string there =
      "SELECT order_id FROM orders LIMIT least(($1)::int8::numeric + coalesce(($2)::int8, 0), "
      "9223372036854775807)::int8 ";
  // The whole statement is described for the types of its parameters.
  StatementBench bench({{text, texts({})}, {there, texts({"a", "b", "c"})}},
                       {{there, texts({"d"})}});
  auto opened = bench.open(text, {.extended = true, .parameters = {"2", "1"}});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(bench.take(), ::testing::Contains("ds_1: bind 2 1"));
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("b", "c"));
  const auto negative = bench.open(text, {.extended = true, .parameters = {"-2", "1"}});
  ASSERT_FALSE(negative);
  EXPECT_EQ(negative.error().sqlstate, "2201W");
}

TEST(Gather, AFailureOnOneShardEndsTheOthers) {
  const std::string text = "SELECT order_id FROM orders";
  StatementBench bench({{text, numbered(3000)}}, {{text, failing("42501", "permission denied")}});
  const auto opened = bench.open(text);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "42501");
  bench.expect_all_free();
}

TEST(Gather, AShardWithoutAConnectionToSpareFailsItAndTheOthersComeBack) {
  const std::string text = "SELECT order_id FROM orders";
  StatementBench bench({{text, numbered(1)}}, {{text, numbered(1)}});
  txn::Transaction other(bench.stand.backends);
  ASSERT_TRUE(test::run(bench.stand.context, other.join(1, backend::Side::kPrimary,
                                                        Clock::now() + std::chrono::seconds(9))));
  Request request = bench.statement(text).request();
  request.deadline = Clock::now() + std::chrono::milliseconds(50);
  const auto opened = test::run(bench.stand.context, open_scatter(request));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "57014");
  bench.transaction.release();
  EXPECT_TRUE(bench.stand.is_free(0));
}

// Portals on one connection outside of a block: one Sync, when all of them have ended.
TEST(Gather, ActualTablesOfOneShardAreReadInTurns) {
  const auto answers = [](const std::string& shard) {
    Answers each;
    for (const char* table : {"t_order_0", "t_order_1", "t_order_2", "t_order_3"}) {
      each.emplace(std::string("SELECT status FROM ") + table + " AS t_order",
                   texts({shard + table}));
    }
    return each;
  };
  StatementBench bench(answers("0"), answers("1"));
  auto opened = bench.open("SELECT status FROM t_order");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(bench.read_all(*opened),
              ElementsAre("0t_order_0", "0t_order_1", "0t_order_2", "0t_order_3", "1t_order_0",
                          "1t_order_1", "1t_order_2", "1t_order_3"));
  const Lines asked = bench.stand.journal.take();
  EXPECT_EQ(std::ranges::count(asked, "ds_0: sync"), 1);
  EXPECT_EQ(std::ranges::count(asked, "ds_0: execute 200"), 4);
  bench.expect_nothing_leaked();
}

// A client that fetches some rows at a time inside a block.
TEST(Gather, ASuspendedCursorGoesOnBehindOtherStatements) {
  const std::string text = "SELECT order_id FROM orders";
  StatementBench bench({{text, numbered(300)}, {"other", test::tagged("UPDATE 1")}},
                       {{text, numbered(2)}});
  bench.transaction.begin("");
  auto opened = bench.open(text, {.extended = true, .suspendable = true});
  ASSERT_TRUE(opened);
  EXPECT_EQ(bench.read_some(*opened, 100).size(), 100U);
  backend::ServerConn& conn = bench.transaction.find(0)->conn();
  conn.put_query("other");
  ASSERT_TRUE(test::run(bench.stand.context, conn.flush()));
  ASSERT_TRUE(test::run(bench.stand.context, conn.drain()));
  EXPECT_EQ(bench.read_all(*opened).size(), 202U);
  EXPECT_EQ(conn.status(), wire::TxnStatus::kInBlock);
  ASSERT_TRUE(test::run(bench.stand.context, bench.transaction.commit()));
  bench.expect_nothing_leaked();
}

TEST(Gather, ASuspendedCursorThatIsClosedLeavesUsableConnections) {
  const std::string text = "SELECT order_id FROM orders";
  for (const bool in_block : {false, true}) {
    StatementBench bench({{text, numbered(900)}}, {{text, numbered(900)}});
    if (in_block) bench.transaction.begin("");
    auto opened = bench.open(text, {.extended = true, .suspendable = true});
    ASSERT_TRUE(opened);
    EXPECT_EQ(bench.read_some(*opened, 5).size(), 5U);
    bench.close(*opened, false);
    bench.rollback();
    bench.expect_nothing_leaked();
  }
}

TEST(Scatter, WhatThePlanRefusesReachesNoShard) {
  StatementBench bench;
  const auto opened =
      bench.open("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "0A000");
  EXPECT_EQ(bench.stand.shard(0).accepted(), 0U);
}

TEST(WriteAll, AddsTheCountsAndConcatenatesReturning) {
  const std::string text = "UPDATE orders SET status = 'x' WHERE total > 5 RETURNING order_id";
  Answer first = texts({"1", "2"});
  first.tag = "UPDATE 2";
  Answer second = texts({"3"});
  second.tag = "UPDATE 1";
  StatementBench bench({{text, first}}, {{text, second}});
  bench.transaction.begin_implicit();
  auto opened = bench.open(text);
  ASSERT_TRUE(opened);
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("1", "2", "3"));
  EXPECT_EQ(opened->cursor->tag(), "UPDATE 3");
  ASSERT_TRUE(test::run(bench.stand.context, bench.transaction.commit()));
  bench.expect_nothing_leaked();
}

TEST(WriteAll, ABroadcastTablesRowsAreCountedOnce) {
  const std::string text = "UPDATE products SET price = 1 RETURNING name";
  Answer answer = texts({"apple"});
  answer.tag = "UPDATE 1";
  StatementBench bench({{text, answer}}, {{text, answer}});
  bench.transaction.begin_implicit();
  auto opened = bench.open(text);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("apple"));
  EXPECT_EQ(opened->cursor->tag(), "UPDATE 1");
}

}  // namespace
}  // namespace tessera::exec
