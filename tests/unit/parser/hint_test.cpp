#include "parser/hint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::parser {
namespace {

using ::testing::ElementsAre;

TEST(Hint, ReadsShardingValues) {
  const auto hints = read_hints(
      "/* SHARDINGSPHERE_HINT: T_Order.SHARDING_DATABASE_VALUE=1, "
      "public.t_order.SHARDING_TABLE_VALUE "
      "= 2, SHARDING_TABLE_VALUE=x y */ ");
  ASSERT_TRUE(hints.has_value());
  EXPECT_THAT(hints->values,
              ElementsAre(ShardingHint{"t_order", true, "1"}, ShardingHint{"t_order", false, "2"},
                          ShardingHint{"", false, "x y"}));
}

TEST(Hint, ReadsEveryKeyInBothSpellings) {
  for (const auto text :
       {"/*TESSERA_HINT: DATA_SOURCE_NAME=ds_0, WRITE_ROUTE_ONLY=true, SKIP_SQL_REWRITE=TRUE, "
        "DISABLE_AUDIT_NAMES=a b*/",
        "/* shardingsphere hint: dataSourceName=ds_0, writeRouteOnly=true, skipSQLRewrite=true, "
        "disableAuditNames=a  b */"}) {
    const auto hints = read_hints(text);
    ASSERT_TRUE(hints.has_value()) << text;
    EXPECT_EQ(hints->data_source, "ds_0");
    EXPECT_TRUE(hints->write_route_only);
    EXPECT_TRUE(hints->skip_sql_rewrite);
    EXPECT_THAT(hints->disabled_auditors, ElementsAre("a", "b"));
  }
}

TEST(Hint, TakesNoOtherCommentForOne) {
  for (const auto text : {"", " ", "/", "/*", "/**/", "/* a hint: WRITE_ROUTE_ONLY=true */",
                          "-- /* TESSERA_HINT: WRITE_ROUTE_ONLY=true */\n",
                          "/* see /* TESSERA_HINT: WRITE_ROUTE_ONLY=true */ */"}) {
    EXPECT_FALSE(read_hints(text).has_value()) << text;
  }
}

TEST(Hint, TakesTheLastOfSeveral) {
  const auto hints = read_hints(
      "/* TESSERA_HINT: WRITE_ROUTE_ONLY=true */ /* other */ -- line\n"
      "/* TESSERA_HINT: DATA_SOURCE_NAME=ds_1, NEVER_HEARD=1, broken */");
  ASSERT_TRUE(hints.has_value());
  EXPECT_FALSE(hints->write_route_only);
  EXPECT_EQ(hints->data_source, "ds_1");
}

TEST(Hint, IsCutOffWithTheText) {
  for (std::string text = "/* TESSERA_HINT: WRITE_ROUTE_ONLY=true */"; !text.empty();
       text.pop_back()) {
    (void)read_hints(text);
  }
}

}  // namespace
}  // namespace tessera::parser
