#include "base/send_batch.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <string>
#include <thread>

#include "base/stream.h"
#include "tests/support/run_task.h"

namespace tessera {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// A stream and the socket that it is connected to.
struct Pair {
  explicit Pair(asio::io_context& context) : far(context.get_executor()) {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    far.connect(acceptor.local_endpoint());
    Socket accepted(context.get_executor());
    acceptor.accept(accepted);
    accepted.native_non_blocking(true);
    far.non_blocking(true);
    near = std::make_unique<Stream>(context.get_executor(), accepted.release());
  }
  void say(const std::string& text) { asio::write(far, asio::buffer(text)); }
  // All that has arrived, and "|" where the end has.
  std::string heard() {
    std::string all;
    std::array<char, 65536> room{};
    ErrorCode error;
    while (!error) all.append(room.data(), far.read_some(asio::buffer(room), error));
    return error == asio::error::eof ? all + '|' : all;
  }
  // Until there is no room, and none comes, if only by a delayed ACK; how much it took.
  std::size_t fill() {
    const std::string much(1 << 20, 'x');
    std::size_t all = 0;
    for (int full = 0; full < 5; ++full) {
      while (const std::size_t sent = near->send_now(much) + near->send_now("x")) {
        all += sent;
        full = 0;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
    return all;
  }

  std::unique_ptr<Stream> near;
  Socket far;
};

// What the far side says is answered with `text`, and what is sent at once with `more`.
Task<std::string> answer(Pair& pair, std::string text, std::string more = {}) {
  std::array<char, 64> room{};
  std::size_t bytes = 0;
  const ErrorCode error = co_await pair.near->receive(room, bytes);
  if (error) co_return error.message();
  const std::size_t soon = pair.near->send_soon(text);
  const std::size_t rest = more.empty() ? 0 : pair.near->send_now(more);
  co_return std::to_string(soon + rest);
}

class SendBatchTest : public testing::Test {
 protected:
  // Both are told of what has come in one turn.
  void speak() {
    one.say("?");
    two.say("?");
    test::settle(context);
  }

  // The first has no room for its answer then. (What it is told makes some.)
  std::size_t speak_to_a_full_one() {
    one.say("?");
    two.say("?");
    const std::size_t filled = one.fill();
    test::settle(context);
    return filled;
  }

  asio::io_context context;
  Pair one{context};
  Pair two{context};
};

TEST_F(SendBatchTest, WhatSeveralSendInATurnArrives) {
  for (int round = 0; round < 3; ++round) {
    test::Started<std::string> first(context, answer(one, "first"));
    test::Started<std::string> second(context, answer(two, "second"));
    test::settle(context);
    speak();
    EXPECT_EQ(one.heard(), "first");
    EXPECT_EQ(two.heard(), "second");
  }
}

TEST_F(SendBatchTest, SendsMoreThanItHoldsAtOnce) {
  constexpr int kPairs = 200;
  std::vector<std::unique_ptr<Pair>> pairs;
  std::vector<std::unique_ptr<test::Started<std::string>>> answers;
  const std::string text(1000, 'y');
  for (int i = 0; i < kPairs; ++i) {
    pairs.push_back(std::make_unique<Pair>(context));
    answers.push_back(std::make_unique<test::Started<std::string>>(
        context, answer(*pairs.back(), text + std::to_string(i))));
  }
  test::settle(context);
  for (const auto& pair : pairs) pair->say("?");
  test::settle(context);
  for (int i = 0; i < kPairs; ++i) EXPECT_EQ(pairs[i]->heard(), text + std::to_string(i));
}

TEST_F(SendBatchTest, KeepsTheOrderOfAStream) {
  test::Started<std::string> first(context, answer(one, "soon ", "now"));
  test::Started<std::string> second(context, answer(two, "soon ", "now"));
  test::settle(context);
  speak();
  EXPECT_EQ(one.heard(), "soon now");
  EXPECT_EQ(two.heard(), "soon now");
}

TEST_F(SendBatchTest, WhatThereIsNoRoomForIsSentLater) {
  test::Started<std::string> first(context, answer(one, "tail"));
  test::Started<std::string> second(context, answer(two, "second"));
  test::settle(context);
  const std::size_t filled = speak_to_a_full_one();
  ASSERT_EQ(first.wait(), "4");
  std::string heard;
  for (int i = 0; i < 10'000 && heard.size() < filled + 4; ++i) {
    heard += one.heard();
    test::settle(context);
  }
  EXPECT_EQ(two.heard(), "second");
  EXPECT_EQ(heard.size(), filled + 4);
  EXPECT_TRUE(heard.ends_with("xtail"));
}

// As a client that does not take its replies is not asked for more.
TEST_F(SendBatchTest, WhoTakesNothingIsNotRead) {
  test::Started<std::string> first(context, answer(one, "tail"));
  test::Started<std::string> second(context, answer(two, "second"));
  test::settle(context);
  const std::size_t filled = speak_to_a_full_one();
  ASSERT_EQ(first.wait(), "4");
  test::Started<std::string> next(context, answer(one, " next"));
  test::settle(context);
  one.say("?");
  test::settle(context);
  EXPECT_FALSE(next.done());
  std::string heard;
  for (int i = 0; i < 10'000 && heard.size() < filled + 9; ++i) {
    heard += one.heard();
    test::settle(context);
  }
  EXPECT_TRUE(heard.ends_with("xtail next"));
  EXPECT_TRUE(next.done());
}

Task<std::string> answer_and_close(Pair& pair, std::string text, bool drained) {
  auto answered = co_await answer(pair, std::move(text));
  if (drained) co_await pair.near->drained();
  pair.near->close();
  co_return answered;
}

TEST_F(SendBatchTest, WhatClosesInTheSameTurnHasSent) {
  test::Started<std::string> first(context, answer_and_close(one, "bye", false));
  test::Started<std::string> second(context, answer_and_close(two, "bye", false));
  test::settle(context);
  speak();
  EXPECT_EQ(one.heard(), "bye|");
  EXPECT_EQ(two.heard(), "bye|");
}

TEST_F(SendBatchTest, DrainedWaitsForRoom) {
  test::Started<std::string> first(context, answer_and_close(one, "tail", true));
  test::Started<std::string> second(context, answer(two, "second"));
  test::settle(context);
  const std::size_t filled = speak_to_a_full_one();
  EXPECT_FALSE(first.done());
  std::string heard;
  for (int i = 0; i < 10'000 && !heard.ends_with('|'); ++i) {
    heard += one.heard();
    test::settle(context);
  }
  EXPECT_EQ(heard.size(), filled + 5);
  EXPECT_TRUE(heard.ends_with("xtail|"));
}

// Its peer may have gone meanwhile: the next receive tells.
TEST_F(SendBatchTest, AnErrorIsToldByTheNextReceive) {
  test::Started<std::string> first(context, answer(one, "nobody"));
  test::Started<std::string> second(context, answer(two, "second"));
  test::settle(context);
  one.say("?");
  two.say("?");
  one.far.set_option(asio::socket_base::linger(true, 0));
  test::Started<std::string> next(
      context, [](Pair& pair, test::Started<std::string>& before) -> Task<std::string> {
        Timer timer(pair.near->executor());
        ErrorCode error;
        while (!before.done()) {
          timer.expires_after(std::chrono::milliseconds(1));
          co_await timer.async_wait(into(error));
        }
        auto told = co_await answer(pair, "");
        co_return told;
      }(one, first));
  one.far.close();
  EXPECT_NE(next.wait(), "0");
  EXPECT_EQ(second.wait(), "6");
  EXPECT_EQ(two.heard(), "second");
}

// From now on this thread may not make a ring.
void forbid_rings() {
  std::array<sock_filter, 4> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST_F(SendBatchTest, WhereRingsAreForbiddenEverybodySendsForHimself) {
  std::thread([this] {
    forbid_rings();
    test::Started<std::string> first(context, answer(one, "soon ", "now"));
    test::Started<std::string> second(context, answer(two, "soon"));
    test::settle(context);
    speak();
    EXPECT_EQ(one.heard(), "soon now");
    EXPECT_EQ(two.heard(), "soon");
  }).join();
}

}  // namespace
}  // namespace tessera
