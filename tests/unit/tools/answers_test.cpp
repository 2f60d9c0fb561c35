#include "tools/answers.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "rules/load.h"
#include "tools/schema_file.h"

namespace tessera::tools {
namespace {

constexpr const char* kDatabase = R"(
databaseName: shop
dataSources:
  ds_0: {url: "jdbc:postgresql://127.0.0.1:1/shop", username: shop, password: shop}
  ds_1: {url: "jdbc:postgresql://127.0.0.1:2/shop", username: shop, password: shop}
rules:
- !SHARDING
  tables:
    t_order:
      actualDataNodes: ds_${0..1}.t_order_${0..1}
      databaseStrategy:
        standard: {shardingColumn: user_id, shardingAlgorithmName: by_user}
      tableStrategy:
        standard: {shardingColumn: order_id, shardingAlgorithmName: by_order}
  shardingAlgorithms:
    by_user: {type: INLINE, props: {algorithm-expression: "ds_${user_id % 2}"}}
    by_order: {type: INLINE, props: {algorithm-expression: "t_order_${order_id % 2}"}}
- !BROADCAST
  tables: [countries]
)";
constexpr const char* kGlobal = R"(
authority:
  users:
  - {user: shop, password: shop}
)";
constexpr const char* kTables =
    "create table t_order (order_id bigint, user_id bigint, name text, primary key (order_id, "
    "user_id)); create table countries (code text primary key);";

Catalog shop() {
  auto settings =
      rules::parse_settings({{"database-shop.yaml", kDatabase}, {"global.yaml", kGlobal}});
  EXPECT_TRUE(settings) << settings.error().message;
  auto made = std::make_shared<catalog::Catalog>();
  std::vector<std::string> notices;
  made->rules = std::make_shared<const rules::RuleSet>(std::move(settings->databases.front()));
  made->schema = std::make_shared<const catalog::Schema>(read_schema(kTables, notices));
  EXPECT_TRUE(notices.empty());
  return made;
}

// The lines of all statements of `text`, as they are printed.
template <typename Answer>
std::vector<std::string> lines(std::string_view text, Answer answer) {
  std::vector<std::string> out;
  for_each_statement(
      text, [&](const Statement& each) { out.push_back(boost::json::serialize(answer(each))); },
      [&](std::uint32_t line, const Error& error) {
        out.push_back(std::to_string(line) + boost::json::serialize(error_answer(error)));
      });
  return out;
}

std::vector<std::string> routes(std::string_view text) {
  return lines(text, [](const Statement& each) { return route_answer(each, shop()); });
}

TEST(Answers, ShapesNameTheirConstants) {
  const auto shapes = lines("SELECT  a FROM t WHERE b = 'é' AND c=1",
                            [](const Statement& each) { return shape_answer(each, nullptr); });
  ASSERT_EQ(shapes.size(), 1U);
  EXPECT_EQ(shapes[0].substr(shapes[0].find("\"shape\"")),
            R"("shape":"select a from t where b = <string> and c = <int4>","constants":[)"
            R"({"class":"string","position":28,"text":"'é'"},)"
            R"({"class":"int4","position":38,"text":"1"}],"parameters":0})");
}

TEST(Answers, AFingerprintIsTheSameInEveryRun) {
  const auto shapes = lines("select 1; SELECT 2; select 'a'",
                            [](const Statement& each) { return shape_answer(each, nullptr); });
  ASSERT_EQ(shapes.size(), 3U);
  const std::string print = R"({"fingerprint":"521b0c1a540c5bcf91c4ed53d8ae67f7")";
  EXPECT_EQ(shapes[0].substr(0, print.size()), shapes[1].substr(0, print.size()));
  EXPECT_NE(shapes[0].substr(0, print.size()), shapes[2].substr(0, print.size()));
  EXPECT_EQ(shapes[0].substr(0, print.size()), print);
}

TEST(Answers, WithRulesShapesTellWhatIsPinned) {
  const auto shapes = lines("set work_mem = 5; select name from t_order order by 1 limit 2",
                            [](const Statement& each) { return shape_answer(each, shop()); });
  ASSERT_EQ(shapes.size(), 2U);
  EXPECT_TRUE(shapes[0].ends_with(R"("pinned":[0]})")) << shapes[0];
  EXPECT_TRUE(shapes[1].ends_with(R"("pinned":[0]})")) << shapes[1];
}

TEST(Answers, AParseThatFailsTellsWhere) {
  const auto parses = lines("select 'é', from t; select 1; select a b c; select (1",
                            [](const Statement& each) { return parse_answer(each); });
  ASSERT_EQ(parses.size(), 4U);
  EXPECT_TRUE(
      parses[0].ends_with(R"("accepted":false,"understood":false,"error":{"sqlstate":"42601",)"
                          R"("message":"syntax error at or near \"from\"","position":13}})"))
      << parses[0];
  EXPECT_TRUE(parses[1].ends_with(R"("accepted":true,"understood":true})")) << parses[1];
  EXPECT_TRUE(parses[2].ends_with(R"("message":"syntax error at or near \"c\"","position":12}})"))
      << parses[2];
  EXPECT_TRUE(parses[3].ends_with(R"("message":"syntax error at end of input","position":10}})"))
      << parses[3];
}

TEST(Answers, RoutesGiveThePhysicalStatements) {
  const auto found = routes("select * from t_order where user_id = 3 and order_id = 4");
  EXPECT_EQ(found.front(),
            R"({"statement":"select * from t_order where user_id = 3 and order_id = 4",)"
            R"("targets":[{"data_source":"ds_1","sql":"select * from t_order_0 AS t_order where )"
            R"(user_id = 3 and order_id = 4"}]})");
}

TEST(Answers, RowsOfAnInsertAreTakenApart) {
  const auto found = routes("insert into t_order values (1, 1, 'a'), (2, 2, 'b'), (5, 1, 'c')");
  EXPECT_EQ(
      found.front().substr(found.front().find("\"targets\"")),
      R"#("targets":[{"data_source":"ds_0",)#"
      R"#("sql":"insert into t_order_0 AS t_order values (2, 2, 'b')"},{"data_source":"ds_1",)#"
      R"#("sql":"insert into t_order_1 AS t_order values (1, 1, 'a'), (5, 1, 'c')"}]})#");
}

TEST(Answers, WhatCannotBeRoutedIsAnError) {
  const auto found = routes(
      "select * from t_order where user_id = 'x'; select * from nowhere.t_order; begin;\n"
      "update countries set code = code; select 1a; select 'rest");
  ASSERT_EQ(found.size(), 6U);
  EXPECT_NE(found[0].find(R"("sqlstate":"22P02")"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("nowhere"), std::string::npos);
  EXPECT_TRUE(found[2].ends_with(R"("targets":[]})")) << found[2];
  EXPECT_NE(found[3].find(R"("data_source":"ds_1")"), std::string::npos) << found[3];
  EXPECT_EQ(found[4],
            R"(2{"sqlstate":"42601","message":"trailing junk after numeric literal at or near )"
            R"(\"1a\"","position":8})");
  EXPECT_EQ(found[5], R"(2{"sqlstate":"42601","message":"unterminated quoted string at or near )"
                      R"(\"'rest\"","position":8})");
}

TEST(Answers, HintsBeforeAStatementAreObeyed) {
  const auto found = routes(
      "/* TESSERA_HINT: DATA_SOURCE_NAME=ds_0 */ select * from t_order where user_id = 3;\n"
      "select * from t_order where user_id = 3 and order_id = 4;\n"
      "/* SHARDINGSPHERE_HINT: SKIP_SQL_REWRITE=true */ select * from t_order "
      "where user_id = 3 and order_id = 4;\n"
      "/* TESSERA_HINT: DATA_SOURCE_NAME=ds_7 */ select 1");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_TRUE(found[0].ends_with(R"("targets":[{"data_source":"ds_0",)"
                                 R"("sql":"select * from t_order where user_id = 3"}]})"))
      << found[0];
  EXPECT_NE(found[1].find("t_order_0 AS t_order"), std::string::npos) << found[1];
  EXPECT_TRUE(
      found[2].ends_with(R"("targets":[{"data_source":"ds_1",)"
                         R"("sql":"select * from t_order where user_id = 3 and order_id = 4"}]})"))
      << found[2];
  EXPECT_NE(found[3].find(R"("sqlstate":"42704")"), std::string::npos) << found[3];
}

TEST(Answers, AParameterHasNoValueHere) {
  const auto found = routes("select * from t_order where user_id = $1");
  EXPECT_NE(found[0].find("\"error\""), std::string::npos) << found[0];
}

}  // namespace
}  // namespace tessera::tools
