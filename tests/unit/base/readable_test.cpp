#include "base/readable.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "base/read_buffer.h"
#include "base/task.h"
#include "tests/support/run_task.h"

namespace tessera {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Two sockets that are connected; `far` is used without waiting.
struct Pair {
  Pair() : near(context.get_executor()), far(context.get_executor()) {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    far.connect(acceptor.local_endpoint());
    acceptor.accept(near);
  }
  void say(const std::string& text) { asio::write(far, asio::buffer(text)); }

  asio::io_context context;
  Socket near;
  Socket far;
  Inflow inflow;  // of `near`
  int tries = 0;  // to receive
};

// What comes next, of `size` bytes at most; the error's text when nothing more does.
Task<std::string> next(Pair& pair, std::size_t size = 64) {
  std::string room(size, ' ');
  ErrorCode error;
  while (true) {
    if (!pair.inflow.empty()) {
      ++pair.tries;
      const auto got = receive_now(pair.near, room, error);
      pair.inflow.received(pair.near, got, room.size());
      if (error) co_return "error: " + error.message();
      if (got) co_return room.substr(0, *got);
    }
    co_await Readable(pair.near, pair.inflow, error);
    if (error) co_return "closed: " + error.message();
  }
}

TEST(Readable, GivesWhatIsThereAtOnce) {
  Pair pair;
  pair.say("hello");
  EXPECT_EQ(test::run(pair.context, next(pair)), "hello");
}

TEST(Readable, WaitsForWhatComesLater) {
  Pair pair;
  test::Started<std::string> first(pair.context, next(pair));
  test::settle(pair.context);
  EXPECT_FALSE(first.done());
  pair.say("one");
  EXPECT_EQ(first.wait(), "one");
  for (const char* word : {"two", "three", "four"}) {
    test::Started<std::string> waiting(pair.context, next(pair));
    test::settle(pair.context);
    ASSERT_FALSE(waiting.done());
    pair.say(word);
    EXPECT_EQ(waiting.wait(), word);
  }
}

// The reactor tells of an edge once: what arrived while nobody waited must not be lost.
TEST(Readable, SeesWhatCameWhileNobodyWaited) {
  Pair pair;
  pair.say("one");
  EXPECT_EQ(test::run(pair.context, next(pair)), "one");
  pair.say("two");
  test::settle(pair.context);
  EXPECT_EQ(test::run(pair.context, next(pair)), "two");
}

TEST(Readable, SeesTheEndThatCameWithTheLastBytes) {
  Pair pair;
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(test::run(pair.context, next(pair)), "bye");
  EXPECT_EQ(test::run(pair.context, next(pair)), "error: End of file");
}

// The end that comes with bytes has no edge of its own, and they leave room, so nobody tries again.
TEST(Readable, SeesTheEndThatCameWithAwaitedBytes) {
  Pair pair;
  pair.say("one");
  EXPECT_EQ(test::run(pair.context, next(pair)), "one");
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  ASSERT_FALSE(waiting.done());
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "bye");
  EXPECT_EQ(test::run(pair.context, next(pair)), "error: End of file");
}

TEST(Readable, SeesTheEndThatCameWithBytesWhileNobodyWaited) {
  Pair pair;
  pair.say("one");
  EXPECT_EQ(test::run(pair.context, next(pair)), "one");
  pair.say("bye");
  pair.far.close();
  test::settle(pair.context);
  EXPECT_EQ(test::run(pair.context, next(pair)), "bye");
  EXPECT_EQ(test::run(pair.context, next(pair)), "error: End of file");
}

TEST(Readable, GoesOnWhereARoomWasTooSmall) {
  Pair pair;
  pair.say("onetwothree");
  EXPECT_EQ(test::run(pair.context, next(pair, 3)), "one");
  EXPECT_EQ(test::run(pair.context, next(pair, 3)), "two");
  EXPECT_EQ(test::run(pair.context, next(pair, 5)), "three");
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  EXPECT_FALSE(waiting.done());
  pair.say("four");
  EXPECT_EQ(waiting.wait(), "four");
}

// One receive for each answer: none that finds nothing.
TEST(Readable, TriesOnlyWhereSomethingMayBe) {
  Pair pair;
  for (int i = 0; i < 3; ++i) {
    test::Started<std::string> waiting(pair.context, next(pair));
    test::settle(pair.context);
    pair.say("word");
    EXPECT_EQ(waiting.wait(), "word");
  }
  const int before = pair.tries;
  for (int i = 0; i < 10; ++i) {
    test::Started<std::string> waiting(pair.context, next(pair));
    test::settle(pair.context);
    pair.say("word");
    EXPECT_EQ(waiting.wait(), "word");
  }
  EXPECT_EQ(pair.tries - before, 10);
}

// Asio keeps what it knows of a descriptor for the next one.
TEST(Readable, KnowsNothingOfTheSocketBefore) {
  Pair pair;
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(test::run(pair.context, next(pair)), "bye");
  EXPECT_EQ(test::run(pair.context, next(pair)), "error: End of file");
  pair.near.close();
  pair.inflow = {};
  tcp::acceptor acceptor(pair.context, {asio::ip::address_v4::loopback(), 0});
  pair.far.connect(acceptor.local_endpoint());
  acceptor.accept(pair.near);
  pair.say("one");
  EXPECT_EQ(test::run(pair.context, next(pair)), "one");
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  pair.say("two");
  EXPECT_EQ(waiting.wait(), "two");
  EXPECT_TRUE(pair.inflow.empty());
}

TEST(Readable, SeesTheEndWhileItWaits) {
  Pair pair;
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "error: End of file");
}

// A word, and then nothing that is awaited.
void hear(Pair& pair) {
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  pair.say("word");
  ASSERT_EQ(waiting.wait(), "word");
}

TEST(Inflow, IsQuietUntilSomethingComesUnasked) {
  Pair pair;
  hear(pair);
  hear(pair);
  EXPECT_TRUE(pair.inflow.quiet());
  test::settle(pair.context);
  EXPECT_TRUE(pair.inflow.quiet());
  pair.say("unasked");
  test::settle(pair.context);
  EXPECT_FALSE(pair.inflow.quiet());
  EXPECT_EQ(test::run(pair.context, next(pair)), "unasked");
}

TEST(Inflow, IsNotQuietAfterTheEnd) {
  Pair pair;
  hear(pair);
  ASSERT_TRUE(pair.inflow.quiet());
  pair.far.close();
  test::settle(pair.context);
  EXPECT_FALSE(pair.inflow.quiet());
}

TEST(Inflow, IsNotQuietWhereTheEndCameWithTheLastBytes) {
  Pair pair;
  hear(pair);
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "bye");
  EXPECT_FALSE(pair.inflow.quiet());
}

TEST(Inflow, IsNotKnownToBeQuietBeforeItWasEmpty) {
  Pair pair;
  EXPECT_FALSE(pair.inflow.quiet());
  pair.inflow.found_empty(pair.near);
  EXPECT_TRUE(pair.inflow.quiet());
  pair.say("unasked");
  test::settle(pair.context);
  EXPECT_FALSE(pair.inflow.quiet());
  EXPECT_EQ(test::run(pair.context, next(pair)), "unasked");
}

TEST(Readable, EndsWhenItsSocketIsClosed) {
  Pair pair;
  test::Started<std::string> waiting(pair.context, next(pair));
  test::settle(pair.context);
  pair.near.close();
  EXPECT_TRUE(waiting.wait().starts_with("closed: "));
  EXPECT_TRUE(test::run(pair.context, next(pair)).starts_with("closed: "));
  pair.inflow = {};
  EXPECT_TRUE(test::run(pair.context, next(pair)).starts_with("error: "));
}

// The sanitizers see whether its frames are freed.
TEST(Readable, GoesWithItsContext) {
  auto pair = std::make_unique<Pair>();
  test::Started<std::string> waiting(pair->context, next(*pair));
  test::settle(pair->context);
  EXPECT_FALSE(waiting.done());
}

TEST(ReadBuffer, KeepsAnUnfinishedRestThroughReads) {
  ReadBuffer buffer;
  std::string expected;
  for (int i = 0; i < 5'000; ++i) {
    const std::string piece = std::to_string(i) + ";";
    const auto room = buffer.room();
    ASSERT_GE(room.size(), piece.size());
    std::copy(piece.begin(), piece.end(), room.begin());
    buffer.received(piece.size());
    expected += piece;
    if (i % 3 == 0) {
      buffer.consume(piece.size() / 2);
      expected.erase(0, piece.size() / 2);
    }
    ASSERT_EQ(buffer.view(), expected) << i;
  }
}

TEST(ReadBuffer, GivesItsMemoryToTheNextOnlyWhenItIsEmpty) {
  ReadBuffer first;
  first.room()[0] = 'a';
  first.received(1);
  first.rest();
  EXPECT_EQ(first.view(), "a");
  const char* memory = first.view().data();
  first.consume(1);
  first.rest();
  ReadBuffer second;
  EXPECT_EQ(second.room().data(), memory);
}

TEST(ReadBuffer, DoesNotShareWhatIsHeld) {
  ReadBuffer first;
  first.room()[0] = 'a';
  first.received(1);
  first.rest();
  ReadBuffer second;
  second.room()[0] = 'b';
  second.received(1);
  EXPECT_EQ(first.view(), "a");
  EXPECT_EQ(second.view(), "b");
}

TEST(SpareText, MovesTheMemoryOfEmptyTextsOnly) {
  std::string full(1'000, 'x');
  spare_text::take_back(full);
  EXPECT_EQ(full.size(), 1'000U);
  full.clear();
  spare_text::take_back(full);
  EXPECT_LT(full.capacity(), 100U);
  std::string next;
  spare_text::lend(next);
  EXPECT_TRUE(next.empty());
  EXPECT_GE(next.capacity(), 1'000U);
}

}  // namespace
}  // namespace tessera
