#include "proxy/exec/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/unit/proxy/exec/stream_bench.h"

namespace tessera::exec {
namespace {

using test::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::string int4(std::int32_t value) {
  std::string bytes;
  wire::put_i32(bytes, value);
  return bytes;
}

// Rows of a visible text and a hidden int4 in binary, which is its key.
Answer keyed(const std::vector<std::pair<std::string, std::optional<std::int32_t>>>& rows) {
  Answer answer{.columns = {{.name = "n"}, {.name = "key", .type = kInt4}},
                .tag = "SELECT " + std::to_string(rows.size())};
  for (const auto& [text, key] : rows) {
    Answer::Row row{text, std::nullopt};
    if (key) row[1] = int4(*key);
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

MergeSpec by_hidden_key(bool descending = false, bool nulls_first = false) {
  MergeSpec spec;
  spec.hidden_columns = 1;
  spec.keys = {{.from_end = 1,
                .descending = descending,
                .nulls_first = nulls_first,
                .compare = comparator_for(kInt4)->compare}};
  return spec;
}

// One stream for each answer, each on a connection of its own, and their cursor.
class CursorBench {
 public:
  explicit CursorBench(std::vector<Answer> answers, MergeSpec spec = {}, Flow flow = Flow::kWhole) {
    Streams streams;
    for (Answer& answer : answers) {
      conns_.push_back(bench.connect({{"rows", std::move(answer)}}));
      streams.push_back(bench.described(conns_.back(), flow));
    }
    cursor_.emplace(std::move(streams), std::move(spec));
    bench.take();
  }

  Cursor& cursor() { return *cursor_; }
  // One batch: its rows, which batch() then says more of.
  Result<Lines> next(std::uint64_t rows_max = kAll) {
    std::string out;
    auto batch = test::run(bench.context, cursor_->next(out, rows_max));
    if (!batch) return batch.error();
    batch_ = *batch;
    return values_of(out);
  }
  [[nodiscard]] const Cursor::Batch& batch() const { return batch_; }
  Lines read_all(std::uint64_t rows_max = kAll) {
    Lines rows;
    batch_ = {};
    while (!batch_.ended) {
      auto some = next(rows_max);
      if (!some) return {some.error().message};
      EXPECT_EQ(batch_.rows, some->size());
      rows.insert(rows.end(), some->begin(), some->end());
    }
    return rows;
  }
  Status finish() { return bench.run(cursor_->finish()); }
  void close(bool abandon) { test::run(bench.context, closed(*cursor_, abandon)); }
  [[nodiscard]] const std::vector<StreamBench::Conn>& conns() const { return conns_; }
  void expect_usable() {
    for (const auto& conn : conns_) EXPECT_TRUE(conn->clean()) << conn->source().name;
  }

  StreamBench bench;

 private:
  static Task<bool> closed(Cursor& cursor, bool abandon) {
    co_await cursor.close(abandon);
    co_return true;
  }

  std::vector<StreamBench::Conn> conns_;
  std::optional<Cursor> cursor_;
  Cursor::Batch batch_;
};

TEST(Cursor, ConcatenatesInTheOrderOfTheStreams) {
  CursorBench bench({texts({"b", "a"}), texts({}), texts({"d", "c"})});
  EXPECT_THAT(bench.read_all(), ElementsAre("b", "a", "d", "c"));
  EXPECT_EQ(bench.cursor().tag(), "SELECT 4");
  bench.close(false);
  bench.expect_usable();
}

TEST(Cursor, OfEmptyStreamsHasNoRows) {
  for (const MergeSpec& spec : {MergeSpec{}, by_hidden_key()}) {
    CursorBench bench({keyed({}), keyed({})}, spec);
    EXPECT_THAT(bench.read_all(), IsEmpty());
    EXPECT_EQ(bench.cursor().tag(), "SELECT 0");
  }
}

TEST(Cursor, MergesAndCutsTheHiddenColumn) {
  CursorBench bench({keyed({{"a", -5}, {"d", 4}, {"g", 90}}), keyed({}), keyed({{"c", 3}}),
                     keyed({{"b", -1}, {"e", 70}, {"f", 80}})},
                    by_hidden_key());
  EXPECT_THAT(bench.read_all(), ElementsAre("a", "b", "c", "d", "e", "f", "g"));
}

TEST(Cursor, MergesDescending) {
  CursorBench bench({keyed({{"a", 9}, {"d", 1}}), keyed({{"b", 8}, {"c", 7}})},
                    by_hidden_key(true));
  EXPECT_THAT(bench.read_all(), ElementsAre("a", "b", "c", "d"));
}

// NULLS FIRST and LAST mean the result's ends, whatever the direction.
TEST(Cursor, NullsStandWhereTheyAreAskedFor) {
  for (const bool descending : {false, true}) {
    CursorBench first({keyed({{"n1", std::nullopt}, {"x", 5}}), keyed({{"n2", std::nullopt}})},
                      by_hidden_key(descending, true));
    EXPECT_THAT(first.read_all(), ElementsAre("n1", "n2", "x"));
    CursorBench last({keyed({{"x", 5}, {"n1", std::nullopt}}), keyed({{"n2", std::nullopt}})},
                     by_hidden_key(descending, false));
    EXPECT_THAT(last.read_all(), ElementsAre("x", "n1", "n2"));
  }
}

// So that a result is the same every time.
TEST(Cursor, EqualRowsComeInTheOrderOfTheStreams) {
  CursorBench bench(
      {keyed({{"a", 1}, {"b", 1}}), keyed({{"c", 1}, {"d", 1}, {"f", 2}}), keyed({{"e", 1}})},
      by_hidden_key());
  EXPECT_THAT(bench.read_all(), ElementsAre("a", "b", "c", "d", "e", "f"));
}

TEST(Cursor, AVisibleColumnMayBeTheKey) {
  MergeSpec spec;
  spec.keys = {{.from_end = 1, .compare = comparator_for(kText)->compare}};
  CursorBench bench({texts({"", "B", "b"}), texts({"A", "a", "ä"})}, spec);
  EXPECT_THAT(bench.read_all(), ElementsAre("", "A", "B", "a", "b", "ä"));
}

struct Drawn {
  std::string text;
  std::vector<std::optional<std::int32_t>> keys;
  std::size_t stream = 0;
};

// The order that PostgreSQL's documentation gives, as plainly as it can be written.
bool comes_before(const Drawn& a, const Drawn& b, const MergeSpec& spec) {
  for (std::size_t k = 0; k < spec.keys.size(); ++k) {
    const auto& key = spec.keys[k];
    const auto& left = a.keys[k];
    const auto& right = b.keys[k];
    if (left == right) continue;
    if (!left) return key.nulls_first;
    if (!right) return !key.nulls_first;
    return key.descending ? *left > *right : *left < *right;
  }
  return a.stream < b.stream;
}

std::vector<Drawn> draw_rows(std::mt19937& random, std::size_t streams, std::size_t keys) {
  std::vector<Drawn> rows(random() % 60);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].text = std::to_string(i);
    rows[i].stream = random() % streams;
    for (std::size_t k = 0; k < keys; ++k) {
      const auto value = static_cast<std::int32_t>(random() % 7) - 3;
      rows[i].keys.push_back(value == 3 ? std::nullopt : std::optional(value));
    }
  }
  return rows;
}

// Rows of a visible text and a hidden int4 for each key.
std::vector<Answer> answers_of(const std::vector<Drawn>& sorted, std::size_t streams,
                               std::size_t keys) {
  std::vector<Answer> answers(streams, Answer{.columns = {{.name = "n"}}});
  for (Answer& answer : answers) answer.columns.resize(1 + keys, {.name = "key", .type = kInt4});
  for (const Drawn& row : sorted) {
    Answer::Row values{row.text};
    for (const auto& key : row.keys)
      values.push_back(key ? std::optional(int4(*key)) : std::nullopt);
    answers[row.stream].rows.push_back(std::move(values));
  }
  return answers;
}

TEST(Cursor, MergesRandomRowsByRandomKeysAsASortWould) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const std::size_t streams = 1 + random() % 6;
    const std::size_t keys = 1 + random() % 3;
    MergeSpec spec;
    spec.hidden_columns = static_cast<std::uint32_t>(keys);
    for (std::size_t k = 0; k < keys; ++k) {
      spec.keys.push_back({.from_end = static_cast<std::uint32_t>(keys - k),
                           .descending = random() % 2 == 0,
                           .nulls_first = random() % 2 == 0,
                           .compare = comparator_for(kInt4)->compare});
    }
    std::vector<Drawn> rows = draw_rows(random, streams, keys);
    std::stable_sort(rows.begin(), rows.end(),
                     [&spec](const Drawn& a, const Drawn& b) { return comes_before(a, b, spec); });
    Lines expected;
    for (const Drawn& row : rows) expected.push_back(row.text);
    CursorBench bench(answers_of(rows, streams, keys), spec);
    ASSERT_EQ(bench.read_all(1 + random() % 20), expected) << "round " << round;
  }
}

TEST(Cursor, LimitAndOffsetCountTheMergedRows) {
  for (const std::uint64_t rows_max : {kAll, std::uint64_t{1}}) {
    MergeSpec spec = by_hidden_key();
    spec.offset = 2;
    spec.limit = 3;
    CursorBench bench(
        {keyed({{"a", 1}, {"c", 3}, {"e", 5}, {"g", 7}}), keyed({{"b", 2}, {"d", 4}, {"f", 6}})},
        spec);
    EXPECT_THAT(bench.read_all(rows_max), ElementsAre("c", "d", "e"));
    bench.close(false);
    bench.expect_usable();
  }
}

TEST(Cursor, LimitZeroGivesNothing) {
  MergeSpec spec;
  spec.limit = 0;
  CursorBench bench({texts({"a"}), texts({"b"})}, spec);
  EXPECT_THAT(bench.read_all(), IsEmpty());
}

TEST(Cursor, AnOffsetBehindTheEndGivesNothing) {
  MergeSpec spec;
  spec.offset = 3;
  CursorBench bench({texts({"a"}), texts({"b"})}, spec);
  EXPECT_THAT(bench.read_all(), IsEmpty());
}

TEST(Cursor, GivesNoMoreThanIsAskedForAndGoesOnThere) {
  CursorBench bench({keyed({{"a", 1}, {"c", 3}, {"e", 5}}), keyed({{"b", 2}, {"d", 4}})},
                    by_hidden_key());
  EXPECT_EQ(*bench.next(2), (Lines{"a", "b"}));
  EXPECT_FALSE(bench.batch().ended);
  EXPECT_EQ(*bench.next(2), (Lines{"c", "d"}));
  EXPECT_EQ(*bench.next(2), Lines{"e"});
  EXPECT_TRUE(bench.batch().ended);
}

// A client that fetches sees that the result may go on, as PostgreSQL would tell it.
TEST(Cursor, AFullBatchIsNotTheEnd) {
  CursorBench bench({texts({"a"}), texts({"b"})});
  EXPECT_EQ(bench.next(2)->size(), 2U);
  EXPECT_FALSE(bench.batch().ended);
  EXPECT_EQ(bench.next(2)->size(), 0U);
  EXPECT_TRUE(bench.batch().ended);
}

// What is held in memory is bounded, however many rows were asked for.
TEST(Cursor, ABatchOfLargeRowsIsCut) {
  const std::string large(10'000, 'x');
  CursorBench bench({texts(Lines(20, large)), texts(Lines(20, large))});
  const auto first = bench.next();
  ASSERT_TRUE(first);
  EXPECT_LT(first->size(), 8U);
  EXPECT_FALSE(bench.batch().ended);
  EXPECT_EQ(first->size() + bench.read_all().size(), 40U);
}

TEST(Cursor, ReadsStreamsInTurnsAsItNeedsThem) {
  Answer odd{.columns = {{.name = "n"}, {.name = "key", .type = kInt4}}};
  Answer even = odd;
  for (std::int32_t i = 0; i < 900; ++i)
    (i % 2 == 0 ? even : odd).rows.push_back({std::to_string(i), int4(i)});
  CursorBench bench({even, odd}, by_hidden_key(), Flow::kTurns);
  EXPECT_EQ(bench.next(10)->size(), 10U);
  EXPECT_EQ(std::ranges::count(bench.bench.take(), "execute 200"), 2);
  const Lines rest = bench.read_all(10);
  ASSERT_EQ(rest.size(), 890U);
  EXPECT_EQ(rest.back(), "899");
  bench.close(false);
  bench.expect_usable();
}

TEST(Cursor, AHeaderStandsBeforeEachStreamsRows) {
  for (const std::uint64_t rows_max : {kAll, std::uint64_t{1}, std::uint64_t{2}}) {
    MergeSpec spec;
    spec.headers = {"Shard ds_0", "Shard ds_1"};
    CursorBench bench({texts({"Scan", "  Filter"}), texts({"Scan"})}, spec);
    Lines rows;
    while (!bench.batch().ended) {
      const auto some = bench.next(rows_max);
      ASSERT_TRUE(some);
      EXPECT_LE(some->size(), rows_max);
      rows.insert(rows.end(), some->begin(), some->end());
    }
    EXPECT_THAT(rows, ElementsAre("Shard ds_0", "Scan", "  Filter", "Shard ds_1", "Scan"));
  }
}

TEST(Cursor, TakesTheStreamsInAGivenSequence) {
  MergeSpec spec;
  spec.sequence = {1, 0, 0, 2, 1};
  CursorBench bench({texts({"b", "c"}), texts({"a", "e"}), texts({"d"})}, spec);
  EXPECT_THAT(bench.read_all(2), ElementsAre("a", "b", "c", "d", "e"));
}

// ON CONFLICT DO NOTHING: some rows do not come back.
TEST(Cursor, ASequenceStepsOverRowsThatAreMissing) {
  MergeSpec spec;
  spec.sequence = {1, 0, 1, 0};
  CursorBench bench({texts({}), texts({"a", "b"})}, spec);
  EXPECT_THAT(bench.read_all(), ElementsAre("a", "b"));
}

TEST(Cursor, TagsOfWritesAreAdded) {
  CursorBench bench({test::tagged("UPDATE 2"), test::tagged("UPDATE 0"), test::tagged("UPDATE 5")});
  ASSERT_TRUE(bench.finish());
  EXPECT_EQ(bench.cursor().tag(), "UPDATE 7");
  bench.close(false);
  bench.expect_usable();
}

TEST(Cursor, ATagWithoutACountIsTheFirstOnes) {
  CursorBench bench({test::tagged("CREATE TABLE"), test::tagged("CREATE TABLE")});
  ASSERT_TRUE(bench.finish());
  EXPECT_EQ(bench.cursor().tag(), "CREATE TABLE");
}

TEST(Cursor, WhereAllDidTheSameTheFirstOneSpeaks) {
  Answer first = texts({"a"});
  first.tag = "INSERT 0 1";
  wire::put_notice(first.before, "00000", "NOTICE", "first");
  Answer second = first;
  second.before.clear();
  wire::put_notice(second.before, "00000", "NOTICE", "second");
  MergeSpec spec;
  spec.first_only = true;
  CursorBench bench({first, second}, spec);
  EXPECT_THAT(bench.read_all(), ElementsAre("a"));
  ASSERT_TRUE(bench.finish());
  EXPECT_EQ(bench.cursor().tag(), "INSERT 0 1");
  const std::string notices = bench.cursor().take_notices();
  EXPECT_NE(notices.find("first"), std::string::npos);
  EXPECT_EQ(notices.find("second"), std::string::npos);
  bench.expect_usable();
}

TEST(Cursor, NoticesOfAllStreamsAreGivenOnce) {
  Answer first = texts({"a"});
  wire::put_notice(first.before, "00000", "NOTICE", "first");
  Answer second = texts({"b"});
  wire::put_notice(second.before, "00000", "NOTICE", "second");
  CursorBench bench({first, second});
  EXPECT_EQ(bench.read_all().size(), 2U);
  const std::string notices = bench.cursor().take_notices();
  EXPECT_LT(notices.find("first"), notices.find("second"));
  EXPECT_NE(notices.find("second"), std::string::npos);
  EXPECT_TRUE(bench.cursor().take_notices().empty());
}

Answer failing_behind(Answer answer) {
  answer.end = Answer::End::kError;
  answer.error = Error{.sqlstate = "22012", .message = "division by zero"};
  return answer;
}

TEST(Cursor, AStreamThatFailsInTheMiddleFailsTheResult) {
  for (const MergeSpec& spec : {MergeSpec{}, by_hidden_key()}) {
    CursorBench bench({keyed({{"a", 1}}), failing_behind(keyed({{"b", 2}})), keyed({{"c", 3}})},
                      spec);
    Result<Lines> some = Lines{};
    for (int batches = 0; some && batches < 4; ++batches) some = bench.next(1);
    ASSERT_FALSE(some);
    EXPECT_EQ(some.error().sqlstate, "22012");
    bench.close(true);
    for (const auto& conn : bench.conns()) EXPECT_EQ(conn->owed(), 0U);
  }
}

TEST(Cursor, AConnectionThatIsCutFailsTheResultAndSparesTheOthers) {
  Answer cut = keyed({{"b", 2}});
  cut.end = Answer::End::kCutInRow;
  CursorBench bench({keyed({{"a", 1}, {"c", 3}}), cut}, by_hidden_key());
  Result<Lines> some = Lines{};
  for (int batches = 0; some && batches < 4; ++batches) some = bench.next(1);
  ASSERT_FALSE(some);
  EXPECT_EQ(some.error().sqlstate, "08006");
  bench.close(true);
  EXPECT_TRUE(bench.conns()[0]->clean());
  EXPECT_TRUE(bench.conns()[1]->broken());
}

// What nobody will read is not computed to its end.
TEST(Cursor, AbandonedItAsksTheServersToStop) {
  Answer endless = texts({"b"});
  endless.end = Answer::End::kUntilCancelled;
  CursorBench bench({failing_behind(texts({})), endless});
  ASSERT_FALSE(bench.next());
  bench.close(true);
  EXPECT_TRUE(bench.bench.journal.wait_for("ds_1: cancel"));
  EXPECT_EQ(bench.conns()[1]->owed(), 0U);
}

// A server that has not begun the statement yet ignores a cancel request.
TEST(Cursor, AbandonedItAsksUntilTheServersStop) {
  Answer endless = texts({"b"});
  endless.end = Answer::End::kUntilCancelled;
  endless.cancels = 3;
  CursorBench bench({failing_behind(texts({})), endless});
  ASSERT_FALSE(bench.next());
  bench.close(true);
  EXPECT_EQ(bench.conns()[1]->owed(), 0U);
  EXPECT_FALSE(bench.conns()[1]->clean());
  const Lines asked = bench.bench.journal.lines();
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "ds_1: cancel"), 3);
}

// One that is under way would hit the block's next statement on that connection.
TEST(Cursor, AbandonedItWaitsForTheCancelRequestsToEnd) {
  Answer endless = texts({"b"});
  endless.end = Answer::End::kUntilCancelled;
  CursorBench bench({failing_behind(texts({})), endless});
  ASSERT_FALSE(bench.next());
  bench.close(true);
  EXPECT_FALSE(bench.conns()[1]->being_cancelled());
}

TEST(Cursor, FinishReadsEveryStreamAndGivesTheFirstError) {
  Answer cut = texts({"c"});
  cut.end = Answer::End::kCut;
  CursorBench bench({texts(Lines(500, "a")), failing_behind(texts({"b"})), cut});
  const Status finished = bench.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().sqlstate, "22012");
  bench.close(false);
  EXPECT_TRUE(bench.conns()[0]->clean());
  EXPECT_TRUE(bench.conns()[1]->clean());
  EXPECT_TRUE(bench.conns()[2]->broken());
}

// A server's bug, but none that may make us read what is not there: the keys of the row before are
// not this row's.
TEST(Cursor, ARowWithoutItsKeyIsMergedAsNull) {
  Answer broken = keyed({{"a", 1}});
  std::string no_columns;
  wire::put_data_row(no_columns, {});
  broken.frames = {no_columns};
  MergeSpec spec = by_hidden_key();
  spec.hidden_columns = 0;
  CursorBench bench({broken, keyed({{"b", 0}, {"c", 2}})}, spec);
  const Lines rows = bench.read_all();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows.back(), "");
}

}  // namespace
}  // namespace tessera::exec
