#include "proxy/exec/row_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/exec/stream_bench.h"

namespace tessera::exec {
namespace {

using test::Answer;
using test::failing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Flow kFlows[] = {Flow::kWhole, Flow::kTurns, Flow::kTurnsSynced};

Answer ended_by(Answer answer, Answer::End end) {
  answer.end = end;
  answer.error = Error{.sqlstate = "22012", .message = "division by zero"};
  return answer;
}

// A connection that is in a block where the flow needs one.
StreamBench::Conn connect_for(StreamBench& bench, Flow flow, test::Answers answers) {
  auto conn = bench.connect(std::move(answers));
  if (flow == Flow::kTurnsSynced) bench.begin(conn);
  bench.take();
  return conn;
}

// It owes nothing and hears the next statement.
void expect_usable(StreamBench& bench, const StreamBench::Conn& conn) {
  EXPECT_EQ(conn->owed(), 0U);
  EXPECT_FALSE(conn->unsynced());
  EXPECT_TRUE(conn->buffered().empty());
  conn->put_query("ROLLBACK");
  ASSERT_TRUE(bench.run(conn->flush()));
  ASSERT_TRUE(bench.run(conn->drain()));
  EXPECT_TRUE(conn->clean());
}

TEST(RowStream, GivesAllRowsInEveryFlow) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn = connect_for(bench, flow, {{"rows", numbered(3)}});
    RowStream stream = bench.described(conn, flow);
    ASSERT_EQ(stream.fields().size(), 1U);
    EXPECT_EQ(stream.fields()[0].name, "n");
    EXPECT_THAT(bench.read_all(stream), ElementsAre("0", "1", "2"));
    EXPECT_EQ(stream.tag(), "SELECT 3");
    ASSERT_TRUE(bench.run(stream.close()));
    expect_usable(bench, conn);
  }
}

TEST(RowStream, WithoutRowsItIsOnlyATag) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn = connect_for(bench, flow, {{"rows", test::tagged("UPDATE 7")}});
    RowStream stream = bench.described(conn, flow);
    EXPECT_TRUE(stream.fields().empty());
    EXPECT_THAT(bench.read_all(stream), IsEmpty());
    EXPECT_EQ(stream.tag(), "UPDATE 7");
    ASSERT_TRUE(bench.run(stream.close()));
    expect_usable(bench, conn);
  }
}

TEST(RowStream, AloneOnItsConnectionItAsksForEverythingAtOnce) {
  StreamBench bench;
  const auto conn = bench.connect({{"rows", numbered(1000)}});
  RowStream stream = bench.described(conn, Flow::kWhole);
  EXPECT_EQ(bench.read_all(stream).size(), 1000U);
  EXPECT_THAT(bench.take(), ElementsAre("parse rows", "bind", "execute 0", "sync"));
}

TEST(RowStream, InTurnsItAsksForSomeRowsAtATime) {
  StreamBench bench;
  const auto conn = bench.connect({{"rows", numbered(450)}});
  RowStream stream = bench.described(conn, Flow::kTurns);
  EXPECT_THAT(bench.take(), ElementsAre("parse rows", "bind", "flush"));
  const Lines rows = bench.read_all(stream);
  ASSERT_EQ(rows.size(), 450U);
  EXPECT_EQ(rows.back(), "449");
  EXPECT_THAT(bench.take(),
              ElementsAre("execute 200", "flush", "execute 200", "flush", "execute 200", "flush"));
  ASSERT_TRUE(bench.run(stream.close()));
  EXPECT_THAT(bench.take(), ElementsAre("sync"));
  expect_usable(bench, conn);
}

// PostgreSQL does not say that a turn was the last one when it gave as many rows as were asked for.
TEST(RowStream, ATurnThatEndsWithTheLastRowIsFollowedByAnEmptyOne) {
  for (const Flow flow : {Flow::kTurns, Flow::kTurnsSynced}) {
    StreamBench bench;
    const auto conn = connect_for(bench, flow, {{"rows", numbered(200)}});
    RowStream stream = bench.described(conn, flow);
    EXPECT_EQ(bench.read_all(stream).size(), 200U);
    EXPECT_TRUE(stream.ended());
    EXPECT_EQ(stream.tag(), "SELECT 200");
    ASSERT_TRUE(bench.run(stream.close()));
    expect_usable(bench, conn);
  }
}

// The rows of a turn are whole before those of another portal are asked for on the connection.
TEST(RowStream, TwoOnOneConnectionTakeTurns) {
  for (const Flow flow : {Flow::kTurns, Flow::kTurnsSynced}) {
    StreamBench bench;
    const auto conn =
        connect_for(bench, flow, {{"rows", numbered(300)}, {"others", texts({"a", "b"})}});
    RowStream first = bench.opened(conn, flow);
    RowStream second = bench.opened(conn, flow, "others");
    ASSERT_TRUE(bench.run(first.read_description()));
    ASSERT_TRUE(bench.run(second.read_description()));
    ASSERT_TRUE(bench.run(first.refill()));
    ASSERT_TRUE(bench.run(second.refill()));
    EXPECT_EQ(values_of(first.row()), Lines{"0"});
    EXPECT_EQ(values_of(second.row()), Lines{"a"});
    Lines rows;
    for (; !first.row().empty(); first.advance()) rows.push_back(values_of(first.row())[0]);
    EXPECT_EQ(rows.size(), 200U);
    EXPECT_EQ(bench.read_all(first).size(), 100U);
    second.advance();
    EXPECT_EQ(values_of(second.row()), Lines{"b"});
    second.advance();
    EXPECT_TRUE(second.ended());
    ASSERT_TRUE(bench.run(first.close()));
    ASSERT_TRUE(bench.run(second.close()));
    expect_usable(bench, conn);
  }
}

// Between the client's fetches the connection runs other statements of the block.
TEST(RowStream, InABlockItLivesOnBehindOtherStatements) {
  StreamBench bench;
  const auto conn = connect_for(bench, Flow::kTurnsSynced,
                                {{"rows", numbered(250)}, {"others", test::tagged("UPDATE 1")}});
  RowStream stream = bench.described(conn, Flow::kTurnsSynced);
  ASSERT_TRUE(bench.run(stream.refill()));
  EXPECT_EQ(conn->owed(), 0U);
  conn->put_query("others");
  ASSERT_TRUE(bench.run(conn->flush()));
  ASSERT_TRUE(bench.run(conn->drain()));
  Lines rows;
  for (; !stream.row().empty(); stream.advance()) rows.push_back(values_of(stream.row())[0]);
  EXPECT_EQ(rows.size(), 200U);
  EXPECT_EQ(bench.read_all(stream).size(), 50U);
  ASSERT_TRUE(bench.run(stream.close()));
  EXPECT_THAT(bench.take(), ElementsAre("parse rows", "bind", "sync", "execute 200", "sync",
                                        "others", "execute 200", "sync", "close", "sync"));
  EXPECT_EQ(conn->status(), wire::TxnStatus::kInBlock);
}

TEST(RowStream, ClosedInTheMiddleItLeavesAUsableConnection) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn = connect_for(bench, flow, {{"rows", numbered(5000)}});
    RowStream stream = bench.described(conn, flow);
    ASSERT_TRUE(bench.run(stream.refill()));
    ASSERT_FALSE(stream.row().empty());
    ASSERT_TRUE(bench.run(stream.close()));
    EXPECT_TRUE(stream.ended());
    EXPECT_TRUE(stream.row().empty());
    ASSERT_TRUE(bench.run(stream.close())) << "once more does nothing";
    expect_usable(bench, conn);
  }
}

TEST(RowStream, AStatementThatDoesNotParseFailsWithTheServersError) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn = connect_for(bench, flow, {{"rows", failing("42P01", "no such table")}});
    RowStream stream = bench.opened(conn, flow);
    const Status described = bench.run(stream.read_description());
    ASSERT_FALSE(described);
    EXPECT_EQ(described.error().sqlstate, "42P01");
    EXPECT_FALSE(described.error().server_fields.empty());
    EXPECT_TRUE(stream.ended());
    expect_usable(bench, conn);
  }
}

TEST(RowStream, AnErrorInTheMiddleEndsItAndLeavesAUsableConnection) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn =
        connect_for(bench, flow, {{"rows", ended_by(numbered(250), Answer::End::kError)}});
    RowStream stream = bench.described(conn, flow);
    Status filled{};
    while (filled && !stream.ended()) {
      filled = bench.run(stream.refill());
      while (!stream.row().empty()) stream.advance();
    }
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().sqlstate, "22012");
    EXPECT_TRUE(stream.ended());
    EXPECT_TRUE(stream.row().empty());
    ASSERT_TRUE(bench.run(stream.close()));
    expect_usable(bench, conn);
  }
}

TEST(RowStream, AConnectionCutAnywhereIs08006) {
  for (const Flow flow : kFlows) {
    for (const auto end : {Answer::End::kCut, Answer::End::kCutInRow, Answer::End::kCutBehindTag}) {
      // Where turns are flushed nobody waits for ReadyForQuery behind the tag.
      if (flow == Flow::kTurns && end == Answer::End::kCutBehindTag) continue;
      StreamBench bench;
      const auto conn = connect_for(bench, flow, {{"rows", ended_by(numbered(3), end)}});
      RowStream stream = bench.described(conn, flow);
      Status filled{};
      while (filled && !stream.ended()) {
        filled = bench.run(stream.refill());
        while (!stream.row().empty()) stream.advance();
      }
      ASSERT_FALSE(filled);
      EXPECT_EQ(filled.error().sqlstate, "08006");
      EXPECT_TRUE(stream.ended());
      EXPECT_TRUE(conn->broken());
      EXPECT_TRUE(bench.run(stream.close())) << "there is nothing left to close";
    }
  }
}

TEST(RowStream, AConnectionCutBeforeTheDescriptionIs08006) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    const auto conn =
        connect_for(bench, flow, {{"rows", failing("57P01", "terminating connection", true)}});
    conn->put_query("rows");
    ASSERT_TRUE(bench.run(conn->flush()));
    ASSERT_FALSE(bench.run(conn->drain()));
    RowStream stream(conn, flow, "p");
    const Status described = bench.run(stream.read_description());
    ASSERT_FALSE(described);
    EXPECT_EQ(described.error().sqlstate, "08006");
    EXPECT_TRUE(stream.ended());
    EXPECT_TRUE(bench.run(stream.close()));
  }
}

// The server says why before it closes: that is what the client should read.
TEST(RowStream, TheLastWordsOfAServerAreTheError) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    Answer last = numbered(3);
    last.end = Answer::End::kError;
    last.error = Error{.sqlstate = "57P01", .message = "terminating connection", .fatal = true};
    const auto conn = connect_for(bench, flow, {{"rows", last}});
    RowStream stream = bench.described(conn, flow);
    Status filled{};
    while (filled && !stream.ended()) {
      filled = bench.run(stream.refill());
      while (!stream.row().empty()) stream.advance();
    }
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().sqlstate, "57P01");
    EXPECT_TRUE(conn->broken());
  }
}

TEST(RowStream, NoticesAreKeptAndParametersSeen) {
  for (const Flow flow : kFlows) {
    StreamBench bench;
    Answer answer = numbered(1);
    wire::put_notice(answer.before, "01000", "WARNING", "careful");
    wire::put_parameter_status(answer.before, "TimeZone", "UTC");
    const auto conn = connect_for(bench, flow, {{"rows", answer}});
    RowStream stream = bench.described(conn, flow);
    EXPECT_THAT(bench.read_all(stream), ElementsAre("0"));
    const std::string notices = stream.take_notices();
    ASSERT_FALSE(notices.empty());
    EXPECT_EQ(notices[0], 'N');
    EXPECT_EQ(wire::decode_error(std::string_view(notices).substr(wire::kFrameHead)).message,
              "careful");
    EXPECT_TRUE(stream.take_notices().empty());
    EXPECT_EQ(conn->parameters().find("TimeZone")->second, "UTC");
    ASSERT_TRUE(bench.run(stream.close()));
  }
}

TEST(RowStream, SendsWhatItsSpecSays) {
  StreamBench bench;
  const auto conn = bench.connect({{"rows", numbered(0)}});
  RowStream stream(conn, Flow::kWhole, "");
  StreamSpec spec;
  spec.sql = "rows";
  spec.types = {20, 25};
  spec.parameter_formats = {0};
  spec.parameters = {"7", std::nullopt};
  spec.result_formats = {0, 1};
  stream.put_open(spec);
  ASSERT_TRUE(bench.run(conn->flush()));
  ASSERT_TRUE(bench.run(stream.read_description()));
  EXPECT_THAT(bench.read_all(stream), IsEmpty());
  EXPECT_THAT(bench.take(), ElementsAre("parse rows (types 20 25)", "bind 7 NULL formats 01",
                                        "execute 0", "sync"));
}

}  // namespace
}  // namespace tessera::exec
