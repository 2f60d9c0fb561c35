#include "proxy/catalog/schema.h"

#include <gtest/gtest.h>

#include "proxy/catalog/catalog.h"
#include "proxy/catalog/collations.h"

namespace tessera::catalog {
namespace {

Schema with_table(const std::string& space, const std::string& name,
                  std::vector<Column> columns = {}) {
  Schema schema;
  Table table;
  table.schema = space;
  table.name = name;
  table.columns = std::move(columns);
  schema.tables[{space, name}] = table;
  return schema;
}

Column column(const std::string& name, Oid type) {
  Column out;
  out.name = name;
  out.type = type;
  return out;
}

TEST(Schema, FindsTableInTheFirstSchemaOfThePathThatHasIt) {
  Schema schema = with_table("b", "t");
  schema.tables[{"c", "t"}].schema = "c";
  EXPECT_EQ(schema.find_table("", "t", {"a", "b", "c"})->schema, "b");
  EXPECT_EQ(schema.find_table("", "t", {"c", "b"})->schema, "c");
  EXPECT_EQ(schema.find_table("", "t", {"a"}), nullptr);
  EXPECT_EQ(schema.find_table("c", "t")->schema, "c");
  EXPECT_EQ(schema.find_table("a", "t"), nullptr);
}

// PostgreSQL looks into pg_catalog first unless the path names it.
TEST(Schema, LooksIntoPgCatalogFirst) {
  Schema schema = with_table("pg_catalog", "pg_class");
  schema.tables[{"public", "pg_class"}].schema = "public";
  EXPECT_EQ(schema.find_table("", "pg_class", {"public"})->schema, "pg_catalog");
  EXPECT_EQ(schema.find_table("", "pg_class", {"public", "pg_catalog"})->schema, "public");
}

TEST(ValueType, KnowsTheTypesThatAlgorithmsHash) {
  const Schema schema =
      with_table("public", "t",
                 {column("a", 21), column("b", 23), column("c", 20), column("d", 25),
                  column("e", 1043), column("f", 1042), column("g", 1700)});
  const auto of = [&](const char* name) { return value_type(schema, "t", name); };
  EXPECT_EQ(of("a"), rules::ValueType::kInt2);
  EXPECT_EQ(of("b"), rules::ValueType::kInt4);
  EXPECT_EQ(of("c"), rules::ValueType::kInt8);
  EXPECT_EQ(of("d"), rules::ValueType::kText);
  EXPECT_EQ(of("e"), rules::ValueType::kText);
  // bpchar pads: 'a' and 'a ' are equal, so its text must not be hashed.
  EXPECT_EQ(of("f"), rules::ValueType::kUnknown);
  EXPECT_EQ(of("g"), rules::ValueType::kUnknown);
  EXPECT_EQ(of("none"), rules::ValueType::kUnknown);
  EXPECT_EQ(value_type(schema, "none", "a"), rules::ValueType::kUnknown);
}

TEST(ValueType, FindsTablesOutsideThePath) {
  const Schema schema = with_table("shop", "t", {column("a", 23)});
  EXPECT_EQ(value_type(schema, "t", "a"), rules::ValueType::kInt4);
}

TEST(Collations, OnlyThoseThatCompareBytesAreBytewise) {
  EXPECT_EQ(classify({.provider = 'c', .locale = "C"}), Bytewise::kYes);
  EXPECT_EQ(classify({.provider = 'c', .locale = "POSIX"}), Bytewise::kYes);
  EXPECT_EQ(classify({.provider = 'b', .locale = "C.UTF-8"}), Bytewise::kYes);
  EXPECT_EQ(classify({.provider = 'c', .locale = "C.UTF-8"}), Bytewise::kNewGlibcOnly);
  EXPECT_EQ(classify({.provider = 'c', .locale = "C.utf8"}), Bytewise::kNewGlibcOnly);
  EXPECT_EQ(classify({.provider = 'c', .locale = "en_US.UTF-8"}), Bytewise::kNo);
  EXPECT_EQ(classify({.provider = 'i', .locale = "C"}), Bytewise::kNo);
  EXPECT_EQ(classify({.provider = 'd', .locale = ""}), Bytewise::kNo);
}

TEST(Collations, TrustsCUtf8SinceGlibc235) {
  EXPECT_TRUE(glibc_sorts_c_utf8_by_bytes("2.35"));
  EXPECT_TRUE(glibc_sorts_c_utf8_by_bytes("2.36"));
  EXPECT_TRUE(glibc_sorts_c_utf8_by_bytes("3.0"));
  EXPECT_FALSE(glibc_sorts_c_utf8_by_bytes("2.34"));
  EXPECT_FALSE(glibc_sorts_c_utf8_by_bytes("2.4"));
  EXPECT_FALSE(glibc_sorts_c_utf8_by_bytes("2"));
  EXPECT_FALSE(glibc_sorts_c_utf8_by_bytes(""));
  EXPECT_FALSE(glibc_sorts_c_utf8_by_bytes("musl"));
}

}  // namespace
}  // namespace tessera::catalog
