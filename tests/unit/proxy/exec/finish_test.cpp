#include "proxy/exec/finish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/exec/array_builder.h"
#include "tests/unit/proxy/exec/statement_bench.h"

namespace tessera::exec {
namespace {

using test::Answer;
using test::Answers;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kInt8 = 20;
constexpr const char* kCount = "SELECT status, count(*) FROM orders GROUP BY status";
// The spaces are where the client's GROUP BY stood.
constexpr const char* kPartial = "SELECT status, count(*) FROM orders GROUP BY 1";
constexpr const char* kFinal =
    "SELECT p.c1, coalesce(sum(p.c2), 0)::int8 FROM unnest($1::pg_catalog.text[], "
    "$2::pg_catalog.int8[]) AS p(c1, c2) GROUP BY p.c1";

std::string int8(std::int32_t value) {
  std::string bytes;
  wire::put_i32(bytes, 0);
  wire::put_i32(bytes, value);
  return bytes;
}

std::vector<Answer::Column> columns() {
  return {{.name = "status"}, {.name = "count", .type = kInt8}};
}

Answer partial(const std::vector<std::pair<std::optional<std::string>, std::int32_t>>& rows) {
  Answer answer{.columns = columns()};
  for (const auto& [status, count] : rows) answer.rows.push_back({status, int8(count)});
  return answer;
}

Answer final_rows() {
  return {.columns = columns(), .rows = {{"new", "5"}, {std::nullopt, "1"}}, .tag = "SELECT 2"};
}

Answers first_shard(Answer rows) {
  return {{kCount, {.columns = columns()}}, {kPartial, std::move(rows)}, {kFinal, final_rows()}};
}

TEST(Finish, ShipsThePartialRowsAsArraysAndGivesTheFinalOnes) {
  StatementBench bench(first_shard(partial({{"new", 2}, {std::nullopt, 1}})),
                       {{kPartial, partial({{"new", 3}})}});
  auto opened = bench.open(kCount);
  ASSERT_TRUE(opened) << opened.error().message;
  const Lines asked = bench.take();
  ArrayBuilder statuses(25);
  statuses.add("new");
  statuses.add(std::nullopt);
  statuses.add("new");
  ArrayBuilder counts(kInt8);
  for (const int count : {2, 1, 3}) counts.add(int8(count));
  EXPECT_THAT(
      bench.only_of(asked, "ds_0"),
      ElementsAre(std::string("parse ") + kCount, std::string("parse ") + kPartial,
                  "bind formats 1", std::string("parse ") + kFinal + " (types 1009 1016)",
                  "bind " + std::move(statuses).finish() + " " + std::move(counts).finish()));
  EXPECT_THAT(bench.only_of(asked, "ds_1"),
              ElementsAre(std::string("parse ") + kPartial, "bind formats 1"));
  ASSERT_EQ(opened->fields.size(), 2U);
  EXPECT_EQ(opened->fields[1].name, "count");
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("new|5", "NULL|1"));
  bench.expect_nothing_leaked();
}

// Sessions share the plan: each that has described it puts what it got there.
TEST(Finish, ItsColumnsStayWhenAnotherSessionDescribesThePlan) {
  StatementBench bench(first_shard(partial({{"new", 2}})), {{kPartial, partial({})}});
  Statement& statement = bench.statement(kCount);
  auto opened = bench.open(statement);
  ASSERT_TRUE(opened) << opened.error().message;
  const std::weak_ptr<const Described> described = statement.request().described;
  statement.request().described.reset();
  ASSERT_FALSE(described.expired());
  EXPECT_EQ(opened->fields[1].name, "count");
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("new|5", "NULL|1"));
}

TEST(Finish, TheClientsParametersComeBeforeTheArrays) {
  const std::string text = "SELECT count(*) FROM orders WHERE total > $1 HAVING count(*) > $2";
  const std::string there = "SELECT count(*) FROM orders WHERE total > $1 ";
  const std::string last =
      "SELECT coalesce(sum(p.c1), 0)::int8 FROM unnest($3::pg_catalog.int8[]) AS p(c1) "
      "HAVING coalesce(sum(p.c1), 0)::int8 > $2";
  const Answer described{.columns = {{.name = "count", .type = kInt8}}, .parameters = {1700, 20}};
  Answer count{.columns = {{.name = "count", .type = kInt8}}, .rows = {{int8(4)}}};
  StatementBench bench({{text, described}, {there, count}, {last, texts({"8"})}}, {{there, count}});
  auto opened = bench.open(text, {.extended = true, .parameters = {"10", "1"}});
  ASSERT_TRUE(opened) << opened.error().message;
  const Lines asked = bench.only_of(bench.take(), "ds_0");
  EXPECT_THAT(asked, ::testing::Contains("parse " + last + " (types 1700 20 1016)"));
  EXPECT_THAT(asked.back(), ::testing::StartsWith("bind 10 1 "));
  EXPECT_THAT(bench.read_all(*opened), ElementsAre("8"));
}

TEST(Finish, MoreRowsThanTheBoundAllowsAre53200) {
  std::vector<std::pair<std::optional<std::string>, std::int32_t>> many;
  for (int i = 0; i < 1000; ++i) many.emplace_back("status" + std::to_string(i), i);
  StatementBench bench(first_shard(partial(many)), {{kPartial, partial(many)}});
  const auto opened = bench.open(kCount, {.memory_bytes_max = 30'000});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "53200");
  EXPECT_THAT(opened.error().detail, HasSubstr("30000 bytes"));
  bench.expect_all_free();
}

TEST(Finish, ATypeWithoutArraysIsRefused) {
  Answer odd = partial({});
  odd.columns[0].type = 2278;
  StatementBench bench(first_shard(odd), {{kPartial, odd}});
  const auto opened = bench.open(kCount);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "0A000");
  EXPECT_THAT(opened.error().message, HasSubstr("column \"status\""));
  bench.expect_all_free();
}

TEST(Finish, AnErrorAmongThePartialRowsIsTheStatements) {
  Answer failing = partial({{"new", 3}});
  failing.end = Answer::End::kError;
  failing.error = Error{.sqlstate = "22012", .message = "division by zero"};
  StatementBench bench(first_shard(partial({{"new", 2}})), {{kPartial, failing}});
  const auto opened = bench.open(kCount);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "22012");
  bench.expect_nothing_leaked();
}

TEST(Finish, AShardLostAmongThePartialRowsIs08006) {
  Answer cut = partial({{"new", 3}});
  cut.end = Answer::End::kCutInRow;
  StatementBench bench(first_shard(partial({{"new", 2}})), {{kPartial, cut}});
  const auto opened = bench.open(kCount);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "08006");
  bench.expect_all_free();
}

TEST(Finish, AnErrorOfTheFinalStatementIsTheStatements) {
  Answers answers = first_shard(partial({{"new", 2}}));
  answers[kFinal] = test::failing("22003", "bigint out of range");
  StatementBench bench(std::move(answers), {{kPartial, partial({})}});
  const auto opened = bench.open(kCount);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().sqlstate, "22003");
  bench.expect_nothing_leaked();
}

}  // namespace
}  // namespace tessera::exec
