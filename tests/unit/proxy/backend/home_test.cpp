#include "proxy/backend/home.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/backend/pool.h"
#include "tests/support/fake_server.h"
#include "tests/support/run_task.h"

namespace tessera::backend {
namespace {

using namespace std::chrono_literals;
using test::FakeConnection;
using test::FakeServer;
using test::run;
using test::Started;

Deadline soon() { return Clock::now() + 10s; }

std::string ready_reply() {
  std::string out;
  wire::put_command_complete(out, "SELECT 1");
  wire::put_ready(out, wire::TxnStatus::kIdle);
  return out;
}

void serve_all(FakeConnection& peer) {
  if (peer.accept()) peer.serve(ready_reply());
}

// Says goodbye after its first statement.
void serve_once(FakeConnection& peer) {
  if (peer.accept() && peer.message('Q')) peer.send(ready_reply());
}

struct HomeBench {
  explicit HomeBench(std::uint32_t connections_max,
                     std::vector<FakeServer::Script> scripts = {serve_all})
      : server(std::move(scripts)),
        budget(connections_max),
        pool(context.get_executor(), source(), {}, budget) {}

  [[nodiscard]] rules::DataSource source() const {
    rules::DataSource source;
    source.name = "ds_0";
    source.host = "127.0.0.1";
    source.port = server.port();
    source.database = "shop";
    source.username = "shop";
    return source;
  }
  HomePtr make_home() { return run(context, pool.make_home(soon())); }
  Result<Lease> lease_own() { return run(context, pool.lease_own(soon(), nullptr)); }
  Status query(Lease& lease) {
    lease->put_query("SELECT 1");
    const Status sent = run(context, lease->flush());
    if (!sent) return sent;
    return run(context, lease->drain());
  }

  FakeServer server;
  asio::io_context context;
  Budget budget;
  Pool pool;
};

TEST(Home, EachSessionHasItsOwnWhileThereIsRoom) {
  HomeBench bench(2);
  const HomePtr first = bench.make_home();
  const HomePtr second = bench.make_home();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first, second);
  EXPECT_EQ(bench.server.accepted(), 2U);
}

TEST(Home, WhereThereIsNoRoomAllAreEquallyCrowded) {
  HomeBench bench(2);
  std::vector<HomePtr> homes;
  for (int i = 0; i < 6; ++i) homes.push_back(bench.make_home());
  for (const HomePtr& home : homes) {
    ASSERT_TRUE(home);
    EXPECT_EQ(tenants(home), 3);
  }
  EXPECT_EQ(bench.server.accepted(), 2U);
}

TEST(Home, WhereOthersHaveAllConnectionsForThemselvesOneIsWaitedFor) {
  HomeBench bench(1);
  Result<Lease> held = bench.lease_own();
  ASSERT_TRUE(held);
  (*held)->taint();
  EXPECT_EQ(run(bench.context, bench.pool.make_home(Clock::now() + 20ms)), nullptr);
  Started<HomePtr> waiting(bench.context, bench.pool.make_home(soon()));
  test::settle(bench.context);
  EXPECT_FALSE(waiting.done());
  held->release();
  EXPECT_NE(waiting.wait(), nullptr);
}

TEST(Home, IsLentToWhoAsksForItAndNoOther) {
  HomeBench bench(3);
  const std::vector<HomePtr> homes{bench.make_home(), bench.make_home(), bench.make_home()};
  for (const HomePtr& home : {homes[1], homes[0], homes[2], homes[0]}) {
    Lease lease = bench.pool.try_lease(*home);
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->home(), home);
    EXPECT_FALSE(bench.pool.try_lease(*home)) << "it is lent already";
    EXPECT_TRUE(bench.query(lease));
  }
  EXPECT_EQ(bench.pool.idle(), 3U);
}

TEST(Home, AnotherConnectionIsOpenedRatherThanAHomeLentIfThereIsRoom) {
  HomeBench bench(2);
  const HomePtr home = bench.make_home();
  Result<Lease> own = bench.lease_own();
  ASSERT_TRUE(own);
  EXPECT_NE((*own)->home(), home);
  Result<Lease> no_room = bench.lease_own();
  ASSERT_TRUE(no_room);
  EXPECT_EQ((*no_room)->home(), home);
}

TEST(Home, AServerThatTakesNoMoreLeavesTheHomesOfOthers) {
  HomeBench bench(3, {serve_all, [](FakeConnection&) {}});
  const HomePtr home = bench.make_home();
  ASSERT_TRUE(home);
  EXPECT_EQ(bench.make_home(), home);
  Result<Lease> lent = bench.lease_own();
  ASSERT_TRUE(lent);
  EXPECT_EQ((*lent)->home(), home);
  const Result<Lease> none = bench.lease_own();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().sqlstate, "08001");
}

// As it would without a proxy.
TEST(Home, ASessionThatBeginsAloneBeginsInANewServerSession) {
  HomeBench bench(5);
  ServerConn* left = bench.make_home()->conn;
  const HomePtr next = bench.make_home();
  ASSERT_TRUE(next);
  EXPECT_NE(next->conn, left);
  EXPECT_EQ(bench.server.accepted(), 2U);
  EXPECT_TRUE(bench.server.wait_for_ended(1)) << "what is left is not kept as well";
  EXPECT_EQ(bench.pool.idle(), 1U);
}

TEST(Home, WhereManyBeginTheyTakeWhatIsLeft) {
  HomeBench bench(5);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(bench.make_home());
  EXPECT_LT(bench.server.accepted(), 100U);
  EXPECT_EQ(bench.pool.idle(), 1U);
}

TEST(Home, WhereThereIsNoRoomWhatIsLeftIsTaken) {
  HomeBench bench(1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(bench.make_home());
  EXPECT_EQ(bench.server.accepted(), 1U);
}

TEST(Home, IsGoneWithItsConnection) {
  HomeBench bench(2);
  const HomePtr home = bench.make_home();
  Lease lease = bench.pool.try_lease(*home);
  ASSERT_TRUE(lease);
  lease->taint();
  lease.release();
  EXPECT_EQ(home->conn, nullptr);
  EXPECT_FALSE(bench.pool.try_lease(*home));
}

// Its sessions stay where they are.
TEST(Home, IsGoneWhenItsConnectionGoesToAnotherThread) {
  HomeBench bench(1);
  asio::io_context far;
  Pool other(far.get_executor(), bench.source(), {}, bench.budget);
  const HomePtr home = bench.make_home();
  Started<Result<Lease>> waiter(far, other.lease(soon()));
  test::settle(far);
  bench.pool.sweep();
  EXPECT_EQ(home->conn, nullptr);
  ASSERT_TRUE(waiter.wait());
  EXPECT_NE((*waiter.wait())->home(), home);
  EXPECT_FALSE(bench.pool.try_lease(*home));
  waiter.wait()->release();
  EXPECT_EQ(bench.server.accepted(), 1U);
}

// However lately it was used.
TEST(Pool, DoesNotLendWhatTheReactorKnowsToBeDead) {
  HomeBench bench(2, {serve_once, serve_all});
  const HomePtr home = bench.make_home();
  Lease lease = bench.pool.try_lease(*home);
  ASSERT_TRUE(lease);
  ASSERT_TRUE(bench.query(lease));
  lease.release();
  ASSERT_TRUE(bench.server.wait_for_ended(1));

  test::settle(bench.context);

  EXPECT_FALSE(bench.pool.try_lease(*home));
  Result<Lease> next = run(bench.context, bench.pool.lease(soon()));
  ASSERT_TRUE(next);
  EXPECT_TRUE(bench.query(*next));
  EXPECT_EQ(bench.server.accepted(), 2U);
}

}  // namespace
}  // namespace tessera::backend
