#include "proxy/session/arrivals.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "tests/support/run_task.h"

namespace tessera::session {
namespace {

using asio::ip::tcp;

tcp::endpoint free_endpoint(asio::io_context& context) {
  return tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint();
}

class ArrivalsTest : public testing::Test {
 protected:
  ~ArrivalsTest() override {
    for (const int socket : begun) ::close(socket);
  }
  void begin() {
    spawn(
        context.get_executor(),
        [this] { return arrivals.run([this](int socket) { begun.push_back(socket); }); },
        [](const std::exception_ptr&) {});
  }
  void come(std::size_t clients) {
    for (std::size_t i = 0; i < clients; ++i) {
      there.emplace_back(context);
      there.back().connect(endpoint);
    }
  }

  asio::io_context context;
  tcp::endpoint endpoint = free_endpoint(context);
  Arrivals arrivals{context.get_executor()};
  std::vector<tcp::socket> there;
  std::vector<int> begun;
};

TEST_F(ArrivalsTest, BeginsWithAllInTheEnd) {
  arrivals.listen(endpoint);
  begin();
  test::settle(context);
  come(3);
  test::settle(context);
  EXPECT_EQ(begun.size(), 3U);
  come(50);
  test::settle(context);
  EXPECT_EQ(begun.size(), 53U);
}

// The others have their turn between.
TEST_F(ArrivalsTest, BeginsWithFewInATurn) {
  arrivals.listen(endpoint);
  come(50);
  begin();
  context.poll();
  const std::size_t first = begun.size();
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, 50U);
  context.poll();
  EXPECT_GT(begun.size(), first);
  EXPECT_LT(begun.size(), 50U);
}

TEST_F(ArrivalsTest, ClosesWhoWaitsWhenItCloses) {
  arrivals.listen(endpoint);
  come(50);
  begin();
  context.poll();
  ASSERT_LT(begun.size(), 50U);
  arrivals.close();
  test::settle(context);
  EXPECT_FALSE(arrivals.is_open());
  char byte = 0;
  boost::system::error_code error;
  there.back().read_some(asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::eof);
  tcp::socket late(context);
  late.connect(endpoint, error);
  EXPECT_EQ(error, asio::error::connection_refused);
}

// No edge tells of those that were left when enough were accepted.
TEST_F(ArrivalsTest, LeavesNobodyOutside) {
  constexpr std::size_t kMany = 1'100;  // more than are accepted at once
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  arrivals.listen(endpoint);
  begin();
  test::settle(context);
  come(kMany);
  for (int turn = 0; turn < 1'000 && begun.size() < kMany; ++turn) context.poll();
  EXPECT_EQ(begun.size(), kMany);
}

// It goes on as soon as there are descriptors again.
TEST_F(ArrivalsTest, OutlastsALackOfDescriptors) {
  arrivals.listen(endpoint);
  begin();
  test::settle(context);
  come(2);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit none{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  test::settle(context);
  EXPECT_TRUE(begun.empty());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  context.run_for(std::chrono::milliseconds(300));
  EXPECT_EQ(begun.size(), 2U);
}

TEST_F(ArrivalsTest, APortThatIsTakenIsAnError) {
  tcp::acceptor other(context, {asio::ip::address_v4::loopback(), 0});
  EXPECT_THROW(arrivals.listen(other.local_endpoint()), boost::system::system_error);
}

}  // namespace
}  // namespace tessera::session
