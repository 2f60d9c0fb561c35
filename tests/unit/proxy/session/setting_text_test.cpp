#include "proxy/session/setting_text.h"

#include <gmock/gmock.h>

namespace tessera::session {
namespace {

using testing::ElementsAre;

TEST(SettingText, WordsThatMeanSomethingBehindSetAreNamesHere) {
  EXPECT_EQ(set_statement("local", "x"), "SET \"local\" = 'x'");
  EXPECT_EQ(set_statement("time", "x"), "SET \"time\" = 'x'");
  EXPECT_EQ(with_scope(set_statement("session", "x"), true), "SET LOCAL \"session\" = 'x'");
}

TEST(ValueOfSet, IsWhatFollowsTheName) {
  EXPECT_EQ(value_of_set("SET search_path = app, public"), "app , public");
  EXPECT_EQ(value_of_set("set local search_path\n\tto\tapp"), "app");
  EXPECT_EQ(value_of_set("SET SESSION search_path TO /* not = here */ \"A\" -- nor here"), "\"A\"");
  EXPECT_EQ(value_of_set("SET NAMES 'SJIS'"), "'SJIS'");
  EXPECT_EQ(value_of_set("SET TIME ZONE 'Asia/Tokyo'"), "'Asia/Tokyo'");
  EXPECT_EQ(value_of_set("SET search_path TO DEFAULT"), "DEFAULT");
  EXPECT_EQ(value_of_set("SET ROLE bob"), "bob");
  EXPECT_EQ(value_of_set("SET role.x = 'v'"), "'v'");
  EXPECT_EQ(value_of_set("SET LOCAL role TO 'bob'"), "'bob'");
  EXPECT_EQ(value_of_set("SET SESSION ROLE none"), "none");
  EXPECT_EQ(value_of_set("SET SESSION AUTHORIZATION \"B\""), "\"B\"");
}

TEST(WithScope, ChangesOnlyTheScope) {
  EXPECT_EQ(with_scope("SET TimeZone = 'UTC'", true), "SET LOCAL TimeZone = 'UTC'");
  EXPECT_EQ(with_scope("SET SESSION TimeZone TO 'UTC'", true), "SET LOCAL TimeZone TO 'UTC'");
  EXPECT_EQ(with_scope("SET /* a */ LOCAL TIME ZONE 'UTC'", false), "SET TIME ZONE 'UTC'");
  EXPECT_EQ(with_scope("SET TimeZone = 'UTC'", false), "SET TimeZone = 'UTC'");
  EXPECT_EQ(with_scope("SET local.zone TO 'UTC'", true), "SET LOCAL local.zone TO 'UTC'");
  EXPECT_EQ(with_scope("SET local.zone TO 'UTC'", false), "SET local.zone TO 'UTC'");
  EXPECT_EQ(with_scope("RESET TimeZone", false), "RESET TimeZone");
  EXPECT_EQ(with_scope("RESET TimeZone", true), "SET LOCAL TimeZone TO DEFAULT");
}

TEST(SplitSearchPath, FoldsNamesAndUnquotesQuotedOnes) {
  EXPECT_THAT(split_search_path("App, \"Other\" ,'third'"), ElementsAre("app", "Other", "third"));
  EXPECT_THAT(split_search_path(R"("$user", "a""b", 'c''d')"), ElementsAre("$user", "a\"b", "c'd"));
  EXPECT_THAT(split_search_path("''"), ElementsAre(""));
  EXPECT_THAT(split_search_path("\"unclosed"), ElementsAre("unclosed"));
}

TEST(IsSafeEncoding, RefusesThoseWhoseSecondBytesCanBeAscii) {
  EXPECT_TRUE(is_safe_encoding("UTF8"));
  EXPECT_TRUE(is_safe_encoding("'latin1'"));
  EXPECT_FALSE(is_safe_encoding("'Shift_JIS'"));
  EXPECT_FALSE(is_safe_encoding("GB18030"));
}

}  // namespace
}  // namespace tessera::session
