#include "proxy/catalog/shard_mark.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plain_postgres.h"

namespace tessera::catalog {
namespace {

using std::chrono::seconds;

class ShardMarks : public testing::Test {
 protected:
  ShardMarks() {
    rules_.database = "shop";
    rules_.shards = {server_.shard("ds_0", "postgres")};
  }

  std::vector<ShardMark> read(Probe probe, const std::vector<ShardMark>& known = {}) {
    auto marks = read_marks(rules_, known, probe, seconds(30));
    EXPECT_TRUE(marks) << marks.error().message;
    return marks ? *marks : std::vector<ShardMark>();
  }
  // Do the contents move with `sql`?
  bool moves(const std::string& sql) {
    const auto before = read(Probe::kThorough);
    server_.run("postgres", sql);
    return !same_contents(before, read(Probe::kThorough));
  }

  PlainPostgres server_;
  rules::RuleSet rules_;
};

TEST_F(ShardMarks, ContentsMoveWithWhatASchemaSays) {
  for (const char* sql :
       {"CREATE TABLE t (a int4, b text)",
        "ALTER TABLE t ADD c numeric(10, 2)",
        "ALTER TABLE t ALTER c TYPE numeric(12, 2)",
        "ALTER TABLE t RENAME c TO d",
        "ALTER TABLE t ALTER d SET NOT NULL",
        "ALTER TABLE t ALTER d SET DEFAULT 1",
        "ALTER TABLE t ALTER d SET DEFAULT 2",
        "CREATE UNIQUE INDEX i ON t (a)",
        "ALTER INDEX i RENAME TO j",
        "DROP INDEX j",
        "ALTER TABLE t ADD CHECK (a > 0)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE OR REPLACE VIEW v AS SELECT a + 0 AS a FROM t",
        "CREATE TYPE mood AS ENUM ('bad')",
        "ALTER TYPE mood ADD VALUE 'good'",
        "ALTER TYPE mood RENAME VALUE 'bad' TO 'sad'",
        "CREATE DOMAIN d AS int4 DEFAULT 1",
        "ALTER DOMAIN d SET DEFAULT 2",
        "CREATE TYPE pair AS (a int4)",
        "ALTER TYPE pair ADD ATTRIBUTE b int4",
        "CREATE TYPE span AS RANGE (subtype = int4)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER FUNCTION f() STABLE",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE SCHEMA stock",
        "ALTER TABLE t SET SCHEMA stock",
        "CREATE SEQUENCE s",
        "ALTER DATABASE postgres SET search_path = stock",
        "DROP TABLE stock.t CASCADE"}) {
    EXPECT_TRUE(moves(sql)) << sql;
  }
}

TEST_F(ShardMarks, ContentsStayWithWhatItDoesNot) {
  server_.run("postgres", "CREATE TABLE t (a int4 PRIMARY KEY, b text)");
  for (const char* sql :
       {"SELECT 1", "INSERT INTO t SELECT n, repeat('x', 9000) FROM generate_series(1, 500) n",
        "ANALYZE t", "VACUUM t", "TRUNCATE t", "VACUUM FULL t", "BEGIN; DROP TABLE t; ROLLBACK",
        "CREATE TEMP TABLE u (a serial PRIMARY KEY, b text, CHECK (a > 0)); DROP TABLE u",
        "CREATE ROLE somebody"}) {
    EXPECT_FALSE(moves(sql)) << sql;
  }
}

// The cheap probe trusts the counters, which say so when they have moved.
TEST_F(ShardMarks, CountersTellWhetherToLook) {
  auto known = read(Probe::kThorough);
  ASSERT_FALSE(known[0].counters.empty());
  known[0].contents = "as if changed";
  EXPECT_TRUE(same_contents(known, read(Probe::kCheap, known)));
  EXPECT_FALSE(same_contents(known, read(Probe::kThorough, known)));
  server_.run("postgres", "CREATE TABLE t (a int4)");
  EXPECT_FALSE(same_contents(known, read(Probe::kCheap, known)));
}

TEST_F(ShardMarks, ServerThatDoesNotCountIsLookedAt) {
  server_.run("postgres", "ALTER DATABASE postgres SET track_counts = off");
  auto known = read(Probe::kThorough);
  EXPECT_TRUE(known[0].counters.empty());
  known[0].contents = "as if changed";
  EXPECT_FALSE(same_contents(known, read(Probe::kCheap, known)));
}

TEST_F(ShardMarks, ShardThatIsAwayIsNamed) {
  rules_.shards.push_back(rules_.shards[0]);
  rules_.shards[1].name = "ds_1";
  rules_.shards[1].primary.host = "/nowhere";
  const auto marks = read_marks(rules_, {}, Probe::kCheap, seconds(30));
  ASSERT_FALSE(marks);
  EXPECT_EQ(marks.error().sqlstate, "08006");
  EXPECT_NE(marks.error().message.find("ds_1"), std::string::npos);
}

}  // namespace
}  // namespace tessera::catalog
