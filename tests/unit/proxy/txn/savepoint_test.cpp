// Savepoints of a Transaction: they are told to every shard, also to those that join later.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/txn/bench.h"

namespace tessera::txn {
namespace {

using test::failing;
using test::tagged;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two shards in a block, whose journal is empty.
void begin_on_both(Bench& bench) {
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  ASSERT_TRUE(bench.write(1));
  bench.take();
}

TEST(Savepoint, ReachesEveryParticipant) {
  Bench bench;
  begin_on_both(bench);
  ASSERT_TRUE(bench.savepoint("a"));
  ASSERT_TRUE(bench.rollback_to("a"));
  ASSERT_TRUE(bench.release_savepoint("a"));
  EXPECT_THAT(bench.take(),
              ElementsAre("ds_0: SAVEPOINT a", "ds_1: SAVEPOINT a", "ds_0: ROLLBACK TO SAVEPOINT a",
                          "ds_1: ROLLBACK TO SAVEPOINT a", "ds_0: RELEASE SAVEPOINT a",
                          "ds_1: RELEASE SAVEPOINT a"));
}

TEST(Savepoint, AnUnknownNameIs3B001AndNoShardHearsOfIt) {
  Bench bench;
  begin_on_both(bench);
  ASSERT_TRUE(bench.savepoint("a"));
  bench.take();
  for (const Status& refused : {bench.rollback_to("b"), bench.release_savepoint("b")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sqlstate, "3B001");
    EXPECT_EQ(refused.error().message, "savepoint \"b\" does not exist");
  }
  EXPECT_THAT(bench.take(), IsEmpty());
}

TEST(Savepoint, RollbackToOneHealsAFailedBlockOnEveryShard) {
  Bench bench({{{"update", failing("23505", "duplicate key")}}, {}});
  begin_on_both(bench);
  ASSERT_TRUE(bench.savepoint("a"));
  ASSERT_FALSE(bench.ask(bench.transaction, 0, "update"));
  EXPECT_EQ(bench.transaction.state(), State::kFailed);
  ASSERT_TRUE(bench.rollback_to("a"));
  EXPECT_EQ(bench.transaction.state(), State::kInBlock);
  ASSERT_TRUE(bench.write(0));
  const auto committed = bench.commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(*committed, "COMMIT");
}

TEST(Savepoint, RollbackToOneKeepsItAndDropsThoseBehindIt) {
  Bench bench;
  bench.transaction.begin("");
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(bench.savepoint(name));
  ASSERT_TRUE(bench.rollback_to("b"));
  EXPECT_FALSE(bench.rollback_to("c"));
  ASSERT_TRUE(bench.rollback_to("b"));
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SAVEPOINT a;SAVEPOINT b", "ds_0: select"));
}

TEST(Savepoint, ReleaseDropsItAndThoseBehindIt) {
  Bench bench;
  bench.transaction.begin("");
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(bench.savepoint(name));
  ASSERT_TRUE(bench.release_savepoint("b"));
  EXPECT_FALSE(bench.release_savepoint("c"));
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SAVEPOINT a", "ds_0: select"));
}

TEST(Savepoint, OfTwoWithOneNameTheLaterIsMeant) {
  Bench bench;
  bench.transaction.begin("");
  for (const char* name : {"a", "b", "a"}) ASSERT_TRUE(bench.savepoint(name));
  ASSERT_TRUE(bench.release_savepoint("a"));
  ASSERT_TRUE(bench.rollback_to("b"));
  ASSERT_TRUE(bench.rollback_to("a"));
  EXPECT_FALSE(bench.rollback_to("b"));
}

TEST(Savepoint, AShardsRefusalIsTheError) {
  Bench bench({{}, {{"SAVEPOINT a", failing("53200", "out of memory")}}});
  begin_on_both(bench);
  const Status refused = bench.savepoint("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "53200");
  EXPECT_FALSE(bench.rollback_to("a")) << "what not every shard has is no savepoint";
}

TEST(Savepoint, ALostConnectionIsTheError) {
  const test::Answer cut{.end = test::Answer::End::kCut};
  Bench bench({{{"ROLLBACK TO SAVEPOINT a", cut}}, {}});
  begin_on_both(bench);
  ASSERT_TRUE(bench.savepoint("a"));
  bench.transaction.fail();
  const Status lost = bench.rollback_to("a");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sqlstate, "08006");
  EXPECT_EQ(bench.transaction.state(), State::kFailed);
}

TEST(Savepoint, SettingsGoBackWithIt) {
  Bench bench;
  bench.transaction.begin("");
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  ASSERT_TRUE(bench.savepoint("a"));
  bench.transaction.settings.set("work_mem", "SET work_mem = '1GB'");
  ASSERT_TRUE(bench.rollback_to("a"));
  EXPECT_EQ(*bench.transaction.settings.find("work_mem"), "SET work_mem = '8MB'");
}

// A shard that joins later gets them inside its block, where a rollback reaches them.
TEST(Savepoint, SettingsGoBackOnShardsThatJoinedBehindIt) {
  Bench bench;
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  bench.transaction.begin("");
  bench.transaction.settings.set("role", "SET role = clerk");
  ASSERT_TRUE(bench.savepoint("a"));
  bench.transaction.settings.erase("work_mem");
  bench.transaction.settings.set("role", "SET role = admin");
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: SET work_mem = '8MB';",
                                        "ds_0: BEGIN;SET role = clerk;SAVEPOINT a;RESET work_mem;"
                                        "SET role = admin",
                                        "ds_0: select"));
  ASSERT_TRUE(bench.rollback_to("a"));
  ASSERT_TRUE(bench.commit());
  bench.transaction.release();
  bench.take();
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: select")) << "it has what the session has";
}

TEST(Savepoint, SettingsOfABlockThatRollsBackLeaveNothingOnShardsThatJoinedBehindThem) {
  Bench bench;
  bench.transaction.begin("");
  bench.transaction.settings.set("role", "SET role = admin");
  ASSERT_TRUE(bench.read(0));
  bench.rollback();
  bench.transaction.release();
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SET role = admin", "ds_0: select",
                                        "ds_0: ROLLBACK", "ds_0: select"));
}

// SET LOCAL behind a savepoint is undone with it, so a shard that joins hears them in that order.
TEST(Savepoint, AShardThatJoinsHearsSavepointsAndSetLocalInTheirOrder) {
  Bench bench;
  bench.transaction.begin("");
  bench.transaction.add_joining_statement("SET LOCAL a = 1");
  ASSERT_TRUE(bench.savepoint("s"));
  bench.transaction.add_joining_statement("SET LOCAL b = 2");
  ASSERT_TRUE(bench.savepoint("t"));
  bench.transaction.add_joining_statement("SET LOCAL c = 3");
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SET LOCAL a = 1;SAVEPOINT s;"
                                        "SET LOCAL b = 2;SAVEPOINT t;SET LOCAL c = 3",
                                        "ds_0: select"));
}

TEST(Savepoint, SetLocalGoesBackWithItForShardsThatJoinLater) {
  Bench bench;
  bench.transaction.begin("");
  bench.transaction.add_joining_statement("SET LOCAL a = 1");
  ASSERT_TRUE(bench.savepoint("s"));
  bench.transaction.add_joining_statement("SET LOCAL b = 2");
  ASSERT_TRUE(bench.rollback_to("s"));
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SET LOCAL a = 1;SAVEPOINT s", "ds_0: select"));
}

// RELEASE keeps what was done behind the savepoint.
TEST(Savepoint, SetLocalOutlivesAReleasedOne) {
  Bench bench;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.savepoint("s"));
  bench.transaction.add_joining_statement("SET LOCAL b = 2");
  ASSERT_TRUE(bench.release_savepoint("s"));
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN;SET LOCAL b = 2", "ds_0: select"));
}

}  // namespace
}  // namespace tessera::txn
