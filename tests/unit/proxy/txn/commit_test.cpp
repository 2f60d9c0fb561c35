// How a Transaction ends: COMMIT on one shard after the other, and who holds what afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/txn/bench.h"

namespace tessera::txn {
namespace {

using test::Answer;
using test::failing;
using test::tagged;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Answer kCut{.end = Answer::End::kCut};

// A block that wrote on every shard; the journal is empty.
void write_on_all(Bench& bench, rules::ShardIndex shards) {
  bench.transaction.begin("");
  for (rules::ShardIndex shard = 0; shard < shards; ++shard) ASSERT_TRUE(bench.write(shard));
  bench.take();
}

// Every connection can be had again, and none was opened for it but those that `opened` says.
void expect_nothing_leaked(Bench& bench, const std::vector<std::size_t>& opened) {
  bench.transaction.release();
  EXPECT_TRUE(bench.transaction.participants().empty());
  for (rules::ShardIndex shard = 0; shard < opened.size(); ++shard) {
    EXPECT_TRUE(bench.stand.is_free(shard)) << shard;
    EXPECT_EQ(bench.stand.shard(shard).accepted(), opened[shard]) << shard;
  }
}

TEST(Commit, OneWriterAfterTheOtherAndReadersFirst) {
  Bench bench({{}, {}, {}, {}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  ASSERT_TRUE(bench.read(1));
  ASSERT_TRUE(bench.write(2));
  ASSERT_TRUE(bench.read(3));
  bench.take();
  const auto committed = bench.commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(*committed, "COMMIT");
  EXPECT_THAT(bench.take(),
              ElementsAre("ds_1: COMMIT", "ds_3: COMMIT", "ds_0: COMMIT", "ds_2: COMMIT"));
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
  expect_nothing_leaked(bench, {1, 1, 1, 1});
}

TEST(Commit, OfNothingIsACommit) {
  Bench bench;
  bench.transaction.begin("");
  const auto committed = bench.commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(*committed, "COMMIT");
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
}

TEST(Commit, AFailureOfTheFirstWriterCommitsNothing) {
  Bench bench({{{"COMMIT", failing("23503", "a deferred key")}}, {}});
  write_on_all(bench, 2);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "23503");
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: COMMIT", "ds_0: ROLLBACK", "ds_1: ROLLBACK"));
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
  expect_nothing_leaked(bench, {1, 1});
}

TEST(Commit, AFailureBehindACommittedShardIs08007AndStopsThere) {
  Bench bench({{}, {{"COMMIT", failing("23503", "a deferred key")}}, {}});
  write_on_all(bench, 3);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08007");
  EXPECT_EQ(failed.error().detail, "Committed on: ds_0. The next shard answered: a deferred key");
  EXPECT_THAT(bench.take(),
              ElementsAre("ds_0: COMMIT", "ds_1: COMMIT", "ds_1: ROLLBACK", "ds_2: ROLLBACK"));
  EXPECT_EQ(bench.transaction.state(), State::kIdle);
  expect_nothing_leaked(bench, {1, 1, 1});
}

TEST(Commit, AnErrorAfterTwoNamesBoth) {
  Bench bench({{}, {}, {{"COMMIT", kCut}}});
  write_on_all(bench, 3);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08007");
  EXPECT_THAT(failed.error().detail, HasSubstr("Committed on: ds_0, ds_1."));
  expect_nothing_leaked(bench, {1, 1, 2});
}

// A reader that has committed has changed nothing: the transaction is as uncommitted as before.
TEST(Commit, AReaderDoesNotCountAsCommitted) {
  Bench bench({{}, {{"COMMIT", failing("23503", "a deferred key")}}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.read(0));
  ASSERT_TRUE(bench.write(1));
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "23503");
}

// Whether the shard has committed before it was lost nobody knows.
TEST(Commit, ALostWriterIs08007) {
  Bench bench({{{"COMMIT", kCut}}, {}});
  write_on_all(bench, 2);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08007");
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: COMMIT", "ds_1: ROLLBACK"));
  expect_nothing_leaked(bench, {2, 1});
}

TEST(Commit, ALostReaderIs08006AndNothingIsCommitted) {
  Bench bench({{{"COMMIT", kCut}}, {}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.read(0));
  ASSERT_TRUE(bench.write(1));
  bench.take();
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08006");
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: COMMIT", "ds_1: ROLLBACK"));
}

// The tag came, ReadyForQuery did not: it has committed, but its connection cannot say so.
TEST(Commit, ALossBehindTheTagIs08007) {
  const Answer half{.tag = "COMMIT", .end = Answer::End::kCutBehindTag};
  Bench bench({{{"COMMIT", half}}});
  write_on_all(bench, 1);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08007");
}

TEST(Commit, AShardThatRollsBackInsteadRollsBackAll) {
  Bench bench({{{"COMMIT", tagged("ROLLBACK")}}, {}});
  write_on_all(bench, 2);
  const auto ended = bench.commit();
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, "ROLLBACK");
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: COMMIT", "ds_1: ROLLBACK"));
}

TEST(Commit, AShardThatRollsBackBehindACommittedOneIs08007) {
  Bench bench({{}, {{"COMMIT", tagged("ROLLBACK")}}});
  write_on_all(bench, 2);
  const auto failed = bench.commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "08007");
  EXPECT_THAT(failed.error().detail, HasSubstr("the shard rolled back"));
}

TEST(Commit, WhatABlockSetStays) {
  Bench bench;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.ask(bench.transaction, 0, "SET work_mem = '8MB'"));
  bench.transaction.settings.set("work_mem", "SET work_mem = '8MB'");
  ASSERT_TRUE(bench.commit());
  bench.transaction.release();
  bench.take();
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: select")) << "the connection has it already";
  Transaction other(bench.stand.backends);
  bench.transaction.release();
  ASSERT_TRUE(bench.ask(other, 0, "select"));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: RESET work_mem;", "ds_0: select"));
}

// The shard that committed keeps what the block had set there; the session goes back to what it had
// before. Who borrows the connection next must not find the difference.
TEST(Commit, ASettingCommittedOnOneShardIsTakenBackWhenAnotherFails) {
  Bench bench({{}, {{"COMMIT", failing("23503", "a deferred key")}}});
  bench.transaction.begin("");
  ASSERT_TRUE(bench.ask(bench.transaction, 0, "SET role = admin"));
  bench.transaction.settings.set("role", "SET role = admin");
  ASSERT_TRUE(bench.write(1));
  ASSERT_FALSE(bench.commit());
  EXPECT_TRUE(bench.transaction.settings.empty());
  bench.transaction.release();
  bench.take();
  ASSERT_TRUE(bench.read(0));
  EXPECT_THAT(bench.take(), ElementsAre("ds_0: RESET role;", "ds_0: select"));
}

TEST(Release, ConnectionsAreUsedAgain) {
  Bench bench;
  for (int round = 0; round < 3; ++round) {
    bench.transaction.begin("");
    ASSERT_TRUE(bench.write(0));
    ASSERT_TRUE(bench.write(1));
    if (round == 1) bench.rollback();
    EXPECT_TRUE(bench.commit());
    bench.transaction.release();
  }
  expect_nothing_leaked(bench, {1, 1});
}

// A session that is gone in the middle of its block: PostgreSQL rolls back when the connection
// closes.
TEST(Release, AConnectionInABlockIsClosed) {
  Bench bench;
  {
    Transaction abandoned(bench.stand.backends);
    abandoned.begin("");
    ASSERT_TRUE(bench.ask(abandoned, 0, "insert"));
    EXPECT_FALSE(bench.stand.is_free(0));
  }
  EXPECT_TRUE(bench.stand.is_free(0));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 2U);
}

TEST(Release, AConnectionWhoseBeginNeverLeftIsClosed) {
  Bench bench;
  bench.transaction.begin("");
  ASSERT_TRUE(bench.join(0));
  bench.transaction.release();
  EXPECT_TRUE(bench.stand.is_free(0));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 2U);
  EXPECT_TRUE(bench.take().empty());
}

TEST(Release, APinnedConnectionStaysWithTheSession) {
  Bench bench;
  ASSERT_TRUE(bench.read(0));
  ASSERT_TRUE(bench.read(1));
  bench.transaction.find(0)->pinned = true;
  bench.transaction.release();
  EXPECT_NE(bench.transaction.find(0), nullptr);
  EXPECT_EQ(bench.transaction.find(1), nullptr);
  EXPECT_FALSE(bench.stand.is_free(0));
  ASSERT_TRUE(bench.read(0));
  EXPECT_EQ(bench.stand.shard(0).accepted(), 1U);
}

TEST(Release, APinnedConnectionThatBrokeIsLetGo) {
  Bench bench({{{"update", kCut}}, {}});
  ASSERT_TRUE(bench.read(0));
  bench.transaction.find(0)->pinned = true;
  ASSERT_FALSE(bench.ask(bench.transaction, 0, "update"));
  bench.transaction.release();
  EXPECT_EQ(bench.transaction.find(0), nullptr);
  EXPECT_TRUE(bench.stand.is_free(0));
}

// The shard that cannot be reached fails the statement; the one that was there already is not lost.
TEST(Release, AfterAJoinThatFailedTheOthersComeBack) {
  Bench bench;
  auto held = std::make_unique<Transaction>(bench.stand.backends);
  ASSERT_TRUE(bench.ask(*held, 1, "select"));
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  const Deadline soon = Clock::now() + std::chrono::milliseconds(50);
  const auto joined =
      test::run(bench.stand.context, bench.transaction.join(1, backend::Side::kPrimary, soon));
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().sqlstate, "57014");
  bench.rollback();
  held.reset();
  expect_nothing_leaked(bench, {1});
  EXPECT_TRUE(bench.stand.is_free(1));
}

TEST(LastWrite, IsKnownOnceTheTransactionIsOver) {
  Bench bench;
  EXPECT_FALSE(bench.transaction.last_write(0));
  const Deadline before = Clock::now();
  bench.transaction.begin("");
  ASSERT_TRUE(bench.write(0));
  ASSERT_TRUE(bench.read(1));
  ASSERT_TRUE(bench.commit());
  ASSERT_TRUE(bench.transaction.last_write(0));
  EXPECT_GE(*bench.transaction.last_write(0), before);
  EXPECT_FALSE(bench.transaction.last_write(1));
}

TEST(LastWrite, OfAStatementOfItsOwnIsTakenWhenItsConnectionGoes) {
  Bench bench;
  ASSERT_TRUE(bench.write(0));
  EXPECT_FALSE(bench.transaction.last_write(0));
  bench.transaction.release();
  EXPECT_TRUE(bench.transaction.last_write(0));
}

}  // namespace
}  // namespace tessera::txn
