#include "proxy/txn/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/proxy/txn/bench.h"

namespace tessera::txn {
namespace {

using test::Answer;
using test::failing;
using test::tagged;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Transaction, AShardHearsOfABlockWithItsFirstStatementOnly) {
  Bench bench;
  bench.transaction.begin("");
  EXPECT_THAT(bench.take(), IsEmpty());
  ASSERT_TRUE(bench.read(1));
  EXPECT_THAT(bench.take(), ElementsAre("ds_1: BEGIN", "ds_1: select"));
  ASSERT_TRUE(bench.read(1));
  EXPECT_THAT(bench.take(), ElementsAre("ds_1: select"));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 0U);
}

// BEGIN costs no round trip: it leaves with the statement behind it.
TEST(Transaction, BeginWaitsForTheStatement) {
  Bench bench;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.join(0));
  EXPECT_THAT(bench.take(), IsEmpty());
  EXPECT_FALSE(bench.transaction.find(0)->conn().settled());
}

TEST(Transaction, OutsideOfABlockAStatementGoesAlone) {
  Bench bench;
  ASSERT_TRUE(bench.write(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: insert"));
  EXPECT_EQ(bench.transaction.client_status(), wire::TxnStatus::kIdle);
}

TEST(Transaction, AShardThatJoinsLaterIsGivenTheBlockAsItIs) {
  Bench bench;
  bench.transaction.begin("READ ONLY");
  bench.transaction.add_joining_statement("SET LOCAL work_mem = '8MB'");
  ASSERT_TRUE(bench.savepoint("a"));
  ASSERT_TRUE(bench.savepoint("b"));
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(),
              ElementsAre("ds_0: BEGIN READ ONLY;SET LOCAL work_mem = '8MB';SAVEPOINT a;"
                          "SAVEPOINT b",
                          "ds_0: select"));
}

TEST(Transaction, TheModesEndWithTheBlock) {
  Bench bench;
  bench.transaction.begin("READ ONLY");
  bench.transaction.add_joining_statement("SET LOCAL work_mem = '8MB'");
  ASSERT_TRUE(bench.savepoint("a"));
  ASSERT_TRUE(bench.commit());
  bench.transaction.begin("");
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN", "ds_0: select"));
}

TEST(Transaction, AFailureOfABeginIsTheStatementsError) {
  Bench bench({{{"BEGIN", failing("57P03", "not now")}}, {}});
  bench.transaction.begin("");
  const Status read = bench.read(0);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().sqlstate, "57P03");
  EXPECT_EQ(bench.transaction.state(), State::kFailed);
  bench.rollback();
  bench.transaction.release();
  EXPECT_TRUE(bench.stand.is_free(0));
}

TEST(Transaction, SettingsGoInFrontOfTheBlockAndOnlyWhereTheyDiffer) {
  Bench bench;
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  bench.transaction.begin("");
  ASSERT_TRUE(bench.read(0));
  ASSERT_TRUE(bench.commit());
  bench.transaction.release();
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: SET work_mem = '8MB';", "ds_0: BEGIN",
                                        "ds_0: select", "ds_0: COMMIT", "ds_0: select"));
  bench.transaction.release();
  bench.transaction.settings.erase("work_mem");
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: RESET work_mem;", "ds_0: select"));
}

// What one client set must not be found by the next one.
TEST(Transaction, ASettingOfOneSessionIsTakenBackForAnother) {
  Bench bench;
  bench.transaction.settings.set("role", "SET role = admin");
  ASSERT_TRUE(bench.read(0));
  bench.transaction.release();
  Transaction other(bench.stand.backends);
  ASSERT_TRUE(bench.ask(other, 0, "select"));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: SET role = admin;", "ds_0: select",
                                        "ds_0: RESET role;", "ds_0: select"));
}

TEST(Transaction, AFailureOnOneShardFailsTheBlock) {
  Bench bench({{{"insert", failing("23505", "duplicate key")}}, {}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(1));
  const Status failed = bench.write(0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "23505");
  EXPECT_EQ(bench.transaction.state(), State::kFailed);
  EXPECT_EQ(bench.transaction.client_status(), wire::TxnStatus::kFailed);
  EXPECT_TRUE(bench.transaction.in_block());
}

TEST(Transaction, CommitOfAFailedBlockRollsBackEverywhere) {
  Bench bench({{{"insert", failing("23505", "duplicate key")}}, {}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(1));
  ASSERT_FALSE(bench.write(0));
  bench.take();
  const auto committed = bench.commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(*committed, "ROLLBACK");
  EXPECT_THAT(bench.take(), ElementsAre("ds_1: ROLLBACK", "ds_0: ROLLBACK"));
  EXPECT_EQ(bench.transaction.client_status(), wire::TxnStatus::kIdle);
}

TEST(Transaction, OnlyABlockCanBeInTheStateOfFailure) {
  Bench bench;
  bench.transaction.fail();
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
  bench.transaction.begin_implicit();
  bench.transaction.fail();
  EXPECT_EQ(bench.transaction.state(), State::kImplicit);
  EXPECT_EQ(bench.transaction.client_status(), wire::TxnStatus::kIdle);
}

TEST(Transaction, AnImplicitOneBeginsAndEndsAsABlockDoes) {
  Bench bench;
  bench.transaction.begin_implicit();
  ASSERT_TRUE(bench.write(0));
  ASSERT_TRUE(bench.write(1));
  const auto committed = bench.commit();
  ASSERT_TRUE(committed);
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN", "ds_0: insert", "ds_1: BEGIN",
                                        "ds_1: insert", "ds_0: COMMIT", "ds_1: COMMIT"));
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
}

// SELECT 1; BEGIN in one message: what ran before belongs to the block.
TEST(Transaction, BeginMakesABlockOfAnImplicitOne) {
  Bench bench;
  bench.transaction.begin_implicit();
  ASSERT_TRUE(bench.write(0));
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  bench.transaction.begin("");
  EXPECT_EQ(bench.transaction.state(), State::kInBlock);
  bench.rollback();
  EXPECT_TRUE(bench.transaction.settings.empty());
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN", "ds_0: insert", "ds_0: ROLLBACK"));
}

TEST(Transaction, RollbackReachesOnlyWhatHasBegun) {
  Bench bench;
  ASSERT_TRUE(bench.join(1));
  bench.transaction.find(1)->pinned = true;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  bench.rollback();
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN", "ds_0: insert", "ds_0: ROLLBACK"));
}

TEST(Transaction, SettingsOfABlockGoWithItsRollback) {
  Bench bench;
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  bench.transaction.begin("");
  bench.transaction.settings.set("work_mem", "SET work_mem = '1GB'");
  bench.rollback();
  EXPECT_EQ(*bench.transaction.settings.find("work_mem"), "SET work_mem = '8MB'");
}

TEST(Transaction, RollbackReadsWhatIsStillRunningToItsEnd) {
  Bench bench;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.join(0));
  backend::ServerConn& conn = bench.transaction.find(0)->conn();
  conn.put_query("select");
  ASSERT_TRUE(test::run(bench.stand.context, conn.flush()));
  bench.rollback();
  EXPECT_TRUE(conn.clean());
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN", "ds_0: select", "ds_0: ROLLBACK"));
}

TEST(Transaction, AShardThatCannotRollBackIsNotLentAgain) {
  Bench bench({{{"ROLLBACK", failing("XX000", "no")}}, {}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  ASSERT_TRUE(bench.write(1));
  bench.rollback();
  EXPECT_TRUE(bench.transaction.find(0)->conn().tainted());
  bench.transaction.release();
  EXPECT_TRUE(bench.stand.is_free(0));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 2U);
  EXPECT_TRUE(bench.stand.is_free(1));
  EXPECT_EQ(bench.stand.shard(1).accepted(), 1U);
}

TEST(Transaction, RollbackGoesOnBehindALostConnection) {
  Bench bench({{{"insert", {.end = Answer::End::kCut}}}, {}});
  bench.transaction.begin("");
  const Status lost = bench.write(0);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sqlstate, "08006");
  ASSERT_TRUE(bench.join(1));
  bench.rollback();
  EXPECT_THAT(bench.take(),
              ElementsAre("ds_0: BEGIN", "ds_0: insert", "ds_1: BEGIN", "ds_1: ROLLBACK"));
}

TEST(Transaction, OneSnapshotIsNotPromisedOverTwoShards) {
  for (const char* modes : {"ISOLATION LEVEL REPEATABLE READ", "isolation level serializable"}) {
    Bench bench;
    bench.transaction.begin(modes);
    ASSERT_TRUE(bench.read(0));
    ASSERT_TRUE(bench.read(0));
    const Status second = bench.read(1);
    ASSERT_FALSE(second) << modes;
    EXPECT_EQ(second.error().sqlstate, "0A000");
    EXPECT_EQ(bench.stand.shard(1).accepted(), 0U);
  }
}

TEST(Transaction, OneSnapshotMayBeAskedForInsideTheBlockAndBySettings) {
  Bench local;
  local.transaction.begin("");
  local.transaction.add_joining_statement("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  ASSERT_TRUE(local.read(0));
  EXPECT_FALSE(local.read(1));

  Bench session;
  session.transaction.settings.set("default_transaction_isolation",
                                   "SET default_transaction_isolation = 'repeatable read'");
  ASSERT_TRUE(session.read(0));
  ASSERT_TRUE(session.read(1)) << "outside of a block each statement has its own snapshot";
  session.transaction.release();
  session.transaction.begin("");
  ASSERT_TRUE(session.read(0));
  EXPECT_FALSE(session.read(1));
}

TEST(Transaction, RollbackWithoutABlockKeepsTheSettings) {
  Bench bench;
  bench.transaction.begin("");
  bench.rollback();
  bench.transaction.settings.set("datestyle", "SET DateStyle = 'German'");
  bench.rollback();
  EXPECT_NE(bench.transaction.settings.find("datestyle"), nullptr);
}

TEST(Transaction, ABlocksOwnLevelOutweighsTheSessions) {
  for (const char* how : {"modes", "SET TRANSACTION"}) {
    Bench bench;
    bench.transaction.settings.set("default_transaction_isolation",
                                   "SET default_transaction_isolation = 'serializable'");
    const bool modes = std::string_view(how) == "modes";
    bench.transaction.begin(modes ? "ISOLATION LEVEL READ COMMITTED" : "");
    if (!modes)
      bench.transaction.add_joining_statement("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    ASSERT_TRUE(bench.read(0));
    EXPECT_TRUE(bench.read(1)) << how;
  }
}

TEST(Transaction, ReadCommittedMayTouchAnyShard) {
  Bench bench;
  bench.transaction.begin("ISOLATION LEVEL READ COMMITTED");
  EXPECT_TRUE(bench.read(0));
  EXPECT_TRUE(bench.read(1));
}

TEST(Transaction, BeginEverywhereTellsTheConnectionsThatTheSessionKept) {
  Bench bench;
  ASSERT_TRUE(bench.read(0));
  bench.transaction.find(0)->pinned = true;
  bench.transaction.release();
  bench.take();
  bench.transaction.begin("READ ONLY");
  ASSERT_TRUE(test::run(bench.stand.context, bench.transaction.begin_everywhere()));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: BEGIN READ ONLY"));
  ASSERT_TRUE(test::run(bench.stand.context, bench.transaction.begin_everywhere()));
  EXPECT_THAT(bench.take(), IsEmpty());
}

TEST(Transaction, BeginEverywhereGivesTheFirstRefusal) {
  Bench bench({{{"BEGIN", failing("57P03", "not now")}}, {}});
  ASSERT_TRUE(bench.read(0));
  bench.transaction.begin("");
  const Status begun = test::run(bench.stand.context, bench.transaction.begin_everywhere());
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().sqlstate, "57P03");
}

TEST(Transaction, EveryRunningStatementIsAskedToStop) {
  const Answer endless{.end = Answer::End::kUntilCancelled};
  Bench bench({{{"select", endless}}, {}});
  ASSERT_TRUE(bench.join(0));
  ASSERT_TRUE(bench.join(1));
  backend::ServerConn& conn = bench.transaction.find(0)->conn();
  conn.put_query("select");
  ASSERT_TRUE(test::run(bench.stand.context, conn.flush()));
  ASSERT_TRUE(bench.stand.journal.wait_for("ds_0: select"));
  bench.transaction.cancel();
  ASSERT_TRUE(test::run(bench.stand.context, conn.drain()));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: select", "ds_0: cancel"));
}

}  // namespace
}  // namespace tessera::txn
