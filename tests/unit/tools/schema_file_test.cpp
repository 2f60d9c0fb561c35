#include "tools/schema_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/builtin.h"

namespace tessera::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SchemaFile, ReadsTablesWithTheirTypesAndKeys) {
  std::vector<std::string> notices;
  const auto schema = read_schema(
      "CREATE TABLE a.t (id bigserial PRIMARY KEY, name varchar(20) NOT NULL, at timestamp with "
      "time zone DEFAULT now(), token uuid DEFAULT gen_random_uuid(), UNIQUE (name));\n"
      "CREATE UNIQUE INDEX t_at ON a.t (at);",
      notices);
  EXPECT_THAT(notices, IsEmpty());
  const catalog::Table* table = schema.find_table("a", "t");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->find_column("id")->type, 20U);
  EXPECT_TRUE(table->find_column("id")->volatile_default);
  EXPECT_TRUE(table->find_column("id")->not_null);
  EXPECT_EQ(table->find_column("name")->type, 1043U);
  EXPECT_EQ(table->find_column("at")->type, 1184U);
  EXPECT_FALSE(table->find_column("at")->volatile_default);
  EXPECT_TRUE(table->find_column("token")->volatile_default);
  std::vector<std::string> keys;
  for (const auto& key : table->unique_keys) keys.push_back(key.name);
  EXPECT_THAT(keys, ElementsAre("t_pkey", "t_name_key", "t_at"));
  EXPECT_EQ(schema.index_tables.at("t_at"), "t");
}

TEST(SchemaFile, SaysWhatItSkips) {
  std::vector<std::string> notices;
  const auto schema = read_schema(
      "create view v as select 1;\ncreate table c (mood feeling);\ncreate table d as select 1;\n"
      "create temp table e (a int);\nselect 'no end",
      notices);
  EXPECT_THAT(notices,
              ElementsAre("line 1: skipped: create view is not read",
                          "line 2: column mood of table c: type feeling is not built in",
                          "line 3: skipped: table d: its columns are not written here",
                          "line 4: skipped: a temporary table",
                          "line 5: skipped: unterminated quoted string at or near \"'no end\""));
  EXPECT_NE(schema.find_table("", "c"), nullptr);
  EXPECT_EQ(schema.find_table("", "d"), nullptr);
}

TEST(Builtin, KnowsTypesInEverySpelling) {
  EXPECT_EQ(builtin_type("numeric(10, 2)"), 1700U);
  EXPECT_EQ(builtin_type("timestamp(3) with time zone"), 1184U);
  EXPECT_EQ(builtin_type("pg_catalog.int4"), 23U);
  EXPECT_EQ(builtin_type("character varying(5)"), 1043U);
  EXPECT_EQ(builtin_type("feeling"), 0U);
}

}  // namespace
}  // namespace tessera::tools
