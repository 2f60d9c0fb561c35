#include "base/reactor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/read_buffer.h"
#include "base/stream.h"
#include "tests/support/run_task.h"

namespace tessera {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// A stream and the socket that it is connected to, which is used without waiting.
struct Pair {
  explicit Pair(asio::io_context& context) : far(context.get_executor()) {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    far.connect(acceptor.local_endpoint());
    Socket accepted(context.get_executor());
    acceptor.accept(accepted);
    accepted.native_non_blocking(true);
    near = std::make_unique<Stream>(context.get_executor(), accepted.release());
  }
  void say(const std::string& text) { asio::write(far, asio::buffer(text)); }

  std::unique_ptr<Stream> near;
  Socket far;
  int tries = 0;  // to receive
};

class ReactorTest : public testing::Test {
 protected:
  asio::io_context context;
  Pair pair{context};
};
using Readable = ReactorTest;

// What comes next, of `size` bytes at most; the error's text when nothing more does.
Task<std::string> next(Pair& pair, std::size_t size = 64) {
  std::string room(size, ' ');
  ErrorCode error;
  while (true) {
    if (!pair.near->known_empty()) {
      ++pair.tries;
      const auto got = pair.near->receive_now(room, error);
      if (error) co_return "error: " + error.message();
      if (got) co_return room.substr(0, *got);
    }
    Wait wait;
    wait.until_readable(pair.near->watch());
    co_await wait;
    if (wait.left()) co_return "closed";
  }
}

TEST_F(Readable, GivesWhatIsThereAtOnce) {
  pair.say("hello");
  EXPECT_EQ(test::run(context, next(pair)), "hello");
}

TEST_F(Readable, WaitsForWhatComesLater) {
  test::Started<std::string> first(context, next(pair));
  test::settle(context);
  EXPECT_FALSE(first.done());
  pair.say("one");
  EXPECT_EQ(first.wait(), "one");
  for (const char* word : {"two", "three", "four"}) {
    test::Started<std::string> waiting(context, next(pair));
    test::settle(context);
    ASSERT_FALSE(waiting.done());
    pair.say(word);
    EXPECT_EQ(waiting.wait(), word);
  }
}

// The reactor tells of an edge once: what arrived while nobody waited must not be lost.
TEST_F(Readable, SeesWhatCameWhileNobodyWaited) {
  pair.say("one");
  EXPECT_EQ(test::run(context, next(pair)), "one");
  pair.say("two");
  test::settle(context);
  EXPECT_EQ(test::run(context, next(pair)), "two");
}

TEST_F(Readable, SeesTheEndThatCameWithTheLastBytes) {
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(test::run(context, next(pair)), "bye");
  EXPECT_EQ(test::run(context, next(pair)), "error: End of file");
}

// The end that comes with bytes has no edge of its own, and they leave room, so nobody tries again.
TEST_F(Readable, SeesTheEndThatCameWithAwaitedBytes) {
  pair.say("one");
  EXPECT_EQ(test::run(context, next(pair)), "one");
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  ASSERT_FALSE(waiting.done());
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "bye");
  EXPECT_EQ(test::run(context, next(pair)), "error: End of file");
}

TEST_F(Readable, SeesTheEndThatCameWithBytesWhileNobodyWaited) {
  pair.say("one");
  EXPECT_EQ(test::run(context, next(pair)), "one");
  pair.say("bye");
  pair.far.close();
  test::settle(context);
  EXPECT_EQ(test::run(context, next(pair)), "bye");
  EXPECT_EQ(test::run(context, next(pair)), "error: End of file");
}

TEST_F(Readable, GoesOnWhereARoomWasTooSmall) {
  pair.say("onetwothree");
  EXPECT_EQ(test::run(context, next(pair, 3)), "one");
  EXPECT_EQ(test::run(context, next(pair, 3)), "two");
  EXPECT_EQ(test::run(context, next(pair, 5)), "three");
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  EXPECT_FALSE(waiting.done());
  pair.say("four");
  EXPECT_EQ(waiting.wait(), "four");
}

// One receive for each answer: none that finds nothing.
TEST_F(Readable, TriesOnlyWhereSomethingMayBe) {
  for (int i = 0; i < 3; ++i) {
    test::Started<std::string> waiting(context, next(pair));
    test::settle(context);
    pair.say("word");
    EXPECT_EQ(waiting.wait(), "word");
  }
  const int before = pair.tries;
  for (int i = 0; i < 10; ++i) {
    test::Started<std::string> waiting(context, next(pair));
    test::settle(context);
    pair.say("word");
    EXPECT_EQ(waiting.wait(), "word");
  }
  EXPECT_EQ(pair.tries - before, 10);
}

TEST_F(Readable, SeesTheEndWhileItWaits) {
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "error: End of file");
}

// A word, and then nothing that is awaited.
void hear(asio::io_context& context, Pair& pair) {
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  pair.say("word");
  ASSERT_EQ(waiting.wait(), "word");
}

TEST_F(Readable, IsQuietUntilSomethingComesUnasked) {
  hear(context, pair);
  hear(context, pair);
  EXPECT_TRUE(pair.near->quiet());
  test::settle(context);
  EXPECT_TRUE(pair.near->quiet());
  pair.say("unasked");
  test::settle(context);
  EXPECT_FALSE(pair.near->quiet());
  EXPECT_EQ(test::run(context, next(pair)), "unasked");
}

TEST_F(Readable, IsNotQuietAfterTheEnd) {
  hear(context, pair);
  ASSERT_TRUE(pair.near->quiet());
  pair.far.close();
  test::settle(context);
  EXPECT_FALSE(pair.near->quiet());
}

TEST_F(Readable, IsNotQuietWhereTheEndCameWithTheLastBytes) {
  hear(context, pair);
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  pair.say("bye");
  pair.far.close();
  EXPECT_EQ(waiting.wait(), "bye");
  EXPECT_FALSE(pair.near->quiet());
}

TEST_F(Readable, IsNotKnownToBeQuietBeforeItWasEmpty) {
  EXPECT_FALSE(pair.near->quiet());
  EXPECT_FALSE(pair.near->stale());
  EXPECT_TRUE(pair.near->quiet());
  pair.say("unasked");
  test::settle(context);
  EXPECT_FALSE(pair.near->quiet());
  EXPECT_EQ(test::run(context, next(pair)), "unasked");
}

TEST_F(Readable, EndsWhenItsSocketIsClosed) {
  test::Started<std::string> waiting(context, next(pair));
  test::settle(context);
  pair.near->close();
  EXPECT_FALSE(waiting.done());
  EXPECT_EQ(waiting.wait(), "closed");
  EXPECT_TRUE(test::run(context, next(pair)).starts_with("error: "));
}

Task<int> count_turns(const bool& over) {
  const Executor executor = co_await this_executor;
  int turns = 0;
  for (; !over && turns < 1'000'000; ++turns) {
    Wait wait;
    wait.until_next_turn(Reactor::of(executor));
    co_await wait;
  }
  co_return turns;
}

// The sanitizers see whether its frames are freed.
TEST(Reactor, TakesThoseWhoWaitWithIt) {
  auto context = std::make_unique<asio::io_context>();
  auto pair = std::make_unique<Pair>(*context);
  auto other = std::make_unique<Pair>(*context);
  test::Started<std::string> waiting(*context, next(*pair));
  test::Started<std::string> left(*context, next(*other));
  const bool never = false;
  test::Started<int> turning(*context, count_turns(never));
  test::settle(*context);
  other->near->close();
  pair->far.close();
  other->far.close();
  context.reset();
  EXPECT_FALSE(waiting.done());
  EXPECT_FALSE(left.done());
}

TEST_F(ReactorTest, RunEndsWhenNobodyWaits) {
  test::Started<std::string> waiting(context, next(pair));
  std::thread speaker([this] { pair.say("at last"); });
  context.run();
  speaker.join();
  EXPECT_TRUE(waiting.done());
  EXPECT_TRUE(context.stopped());
}

TEST_F(ReactorTest, RunsWhatOtherThreadsPostWhileItBlocks) {
  test::Started<std::string> waiting(context, next(pair));
  std::thread running([this] { context.run(); });
  std::string ran;
  for (const char* word : {"one ", "two ", "three"}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asio::post(context, [&ran, word] { ran += word; });
  }
  asio::post(context, [this] { pair.near->close(); });
  running.join();
  EXPECT_EQ(ran, "one two three");
  EXPECT_EQ(waiting.wait(), "closed");
}

TEST_F(ReactorTest, StopsFromAnotherThread) {
  test::Started<std::string> waiting(context, next(pair));
  std::thread running([this] { context.run(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  context.stop();
  running.join();
  EXPECT_FALSE(waiting.done());
}

// What a coroutine posts runs before the thread blocks again; so do timers.
Task<std::string> post_and_sleep(Pair& pair) {
  const Executor executor = co_await this_executor;
  std::string said;
  std::string told = co_await next(pair);
  asio::post(executor, [&said] { said += " posted"; });
  Timer timer(executor, std::chrono::milliseconds(3));
  ErrorCode ignored;
  co_await timer.async_wait(into(ignored));
  co_return told + said;
}

TEST_F(ReactorTest, RunsHandlersAndTimersOfItsThread) {
  test::Started<std::string> waiting(context, post_and_sleep(pair));
  Pair other(context);
  test::Started<std::string> idle(context, next(other));
  test::settle(context);
  pair.say("word");
  EXPECT_EQ(waiting.wait(), "word posted");
  EXPECT_FALSE(idle.done());
}

Task<std::string> close_after(Pair& pair, Pair& other) {
  const std::string told = co_await next(pair);
  other.near->close();
  co_return told;
}

// Both edges are told of by one look: the news of one that is closed meanwhile goes nowhere.
TEST_F(ReactorTest, TellsNothingOfWhatHasLeft) {
  Pair other(context);
  test::Started<std::string> first(context, close_after(pair, other));
  test::Started<std::string> second(context, close_after(other, pair));
  test::settle(context);
  pair.say("one");
  other.say("two");
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const std::string outcome = first.wait() + " " + second.wait();
  EXPECT_TRUE(outcome == "one closed" || outcome == "closed two") << outcome;
}

Task<std::string> either(Pair& pair, Pair& other) {
  Wait wait;
  wait.until_readable(pair.near->watch());
  wait.until_readable(other.near->watch());
  co_await wait;
  std::string who = wait.ended_by(pair.near->watch()) ? "first" : "";
  who += wait.ended_by(other.near->watch()) ? "second" : "";
  co_return who + (wait.left() ? " left" : "");
}

TEST_F(ReactorTest, WaitsForWhicheverComesFirst) {
  Pair other(context);
  ASSERT_TRUE(pair.near->silent() && other.near->silent());
  test::Started<std::string> second(context, either(pair, other));
  test::settle(context);
  other.say("word");
  EXPECT_EQ(second.wait(), "second");
  EXPECT_EQ(test::run(context, next(other)), "word");
  test::Started<std::string> first(context, either(pair, other));
  test::settle(context);
  pair.say("word");
  EXPECT_EQ(first.wait(), "first");
  EXPECT_EQ(test::run(context, next(pair)), "word");
  test::Started<std::string> left(context, either(pair, other));
  test::settle(context);
  other.near->close();
  EXPECT_EQ(left.wait(), "second left");
  EXPECT_EQ(test::run(context, either(pair, other)), "second left");
}

// An edge that came before the wait ends it.
TEST_F(ReactorTest, DoesNotWaitForWhatHasCome) {
  Pair other(context);
  ASSERT_TRUE(pair.near->silent() && other.near->silent());
  pair.say("word");
  test::settle(context);
  EXPECT_EQ(test::run(context, either(pair, other)), "first");
}

Task<std::string> send_all(Stream& stream, const std::string& text) {
  const std::size_t sent = stream.send_now(text);
  const ErrorCode error = co_await stream.send_rest(std::string_view(text).substr(sent));
  co_return error ? error.message() : "sent";
}

std::size_t drain(Socket& far) {
  std::vector<char> room(1 << 20);
  ErrorCode error;
  far.non_blocking(true);
  const std::size_t got = far.read_some(asio::buffer(room), error);
  return error ? 0 : got;
}

TEST_F(ReactorTest, SendsAsThereIsRoom) {
  const std::string text(30 << 20, 'x');
  for (int round = 0; round < 2; ++round) {
    test::Started<std::string> sending(context, send_all(*pair.near, text));
    test::settle(context);
    EXPECT_FALSE(sending.done());
    std::size_t got = 0;
    for (int i = 0; i < 100'000 && got < text.size(); ++i) {
      got += drain(pair.far);
      test::settle(context);
    }
    EXPECT_EQ(got, text.size());
    EXPECT_EQ(sending.wait(), "sent");
  }
}

TEST_F(ReactorTest, SendingEndsWhenTheStreamIsClosed) {
  const std::string text(30 << 20, 'x');
  test::Started<std::string> sending(context, send_all(*pair.near, text));
  test::Started<std::string> reading(context, next(pair));
  test::settle(context);
  pair.near->close();
  EXPECT_EQ(sending.wait(), "Operation canceled");
  EXPECT_EQ(reading.wait(), "closed");
}

// Both are told of the end by one event, and the first to go on closes the stream.
Task<std::string> close_at_end(Pair& pair) {
  std::string told = co_await next(pair);
  pair.near->close();
  co_return told;
}

TEST_F(ReactorTest, TheEndWakesWhoReadsAndWhoSends) {
  const std::string text(30 << 20, 'x');
  test::Started<std::string> sending(context, send_all(*pair.near, text));
  test::Started<std::string> reading(context, close_at_end(pair));
  test::settle(context);
  pair.far.set_option(asio::socket_base::linger(true, 0));
  pair.far.close();  // a reset
  EXPECT_TRUE(reading.wait().starts_with("error: "));
  EXPECT_EQ(sending.wait(), "Operation canceled");
}

Task<std::string> next_and(Pair& pair, bool& over) {
  std::string told = co_await next(pair);
  over = true;
  co_return told;
}

// Who always asks for the next turn keeps nobody from theirs.
TEST_F(ReactorTest, GoesOnInTheNextTurn) {
  bool over = false;
  test::Started<int> turning(context, count_turns(over));
  test::Started<std::string> waiting(context, next_and(pair, over));
  test::settle(context);
  EXPECT_FALSE(turning.done());
  pair.say("word");
  EXPECT_EQ(waiting.wait(), "word");
  EXPECT_GT(turning.wait(), 1);
  EXPECT_LT(turning.wait(), 1'000'000);
}

TEST_F(ReactorTest, AStreamGoesToAnotherThread) {
  asio::io_context there;
  pair.near->leave_for(there.get_executor());
  pair.say("word");
  ASSERT_FALSE(pair.near->arrive());
  EXPECT_FALSE(pair.near->quiet());
  EXPECT_EQ(test::run(there, next(pair)), "word");
  test::Started<std::string> waiting(there, next(pair));
  test::settle(there);
  pair.say("more");
  EXPECT_EQ(waiting.wait(), "more");
  pair.near.reset();
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
