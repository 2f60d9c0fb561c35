#include "proxy/backend/pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/run_task.h"

namespace tessera::backend {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using test::FakeConnection;
using test::FakeServer;
using test::run;
using test::Started;
using LeaseResult = Result<Lease>;

Deadline soon(std::chrono::milliseconds patience = 10s) { return Clock::now() + patience; }

std::string ready_reply(std::string_view tag = "SELECT 1") {
  std::string out;
  wire::put_command_complete(out, tag);
  wire::put_ready(out, wire::TxnStatus::kIdle);
  return out;
}

// Welcomes everybody and answers every Query.
void serve_all(FakeConnection& peer) {
  if (peer.accept()) peer.serve(ready_reply());
}

void hang_after_welcome(FakeConnection& peer) {
  if (peer.accept()) peer.hang();
}

// A pool of one server, and the thread that uses it. The lease results of the tests are declared
// behind it: the pool outlives its leases.
struct Bench {
  Bench(std::vector<FakeServer::Script> scripts, std::uint32_t connections_max,
        PoolOptions options = {})
      : server(std::move(scripts)),
        budget(connections_max),
        pool(context.get_executor(), source(), options, budget) {}

  [[nodiscard]] rules::DataSource source() const {
    rules::DataSource source;
    source.name = "ds_0";
    source.host = "127.0.0.1";
    source.port = server.port();
    source.database = "shop";
    source.username = "shop";
    return source;
  }
  LeaseResult lease(std::chrono::milliseconds patience = 10s) {
    return run(context, pool.lease(soon(patience)));
  }
  Started<LeaseResult> start_lease(std::chrono::milliseconds patience = 10s) {
    Started<LeaseResult> started(context, pool.lease(soon(patience)));
    test::settle(context);
    return started;
  }
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

TEST(Pool, LendsACleanConnectionAgain) {
  Bench bench({serve_all}, 5);
  for (int round = 0; round < 3; ++round) {
    LeaseResult lease = bench.lease();
    ASSERT_TRUE(lease);
    ASSERT_TRUE(bench.query(*lease));
  }
  EXPECT_EQ(bench.server.accepted(), 1U);
  EXPECT_EQ(bench.pool.idle(), 1U);
}

TEST(Pool, OpensAsManyAsAreUsedAtOnce) {
  Bench bench({serve_all}, 3);
  std::vector<LeaseResult> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(bench.lease());
  for (const LeaseResult& lease : leases) EXPECT_TRUE(lease);
  EXPECT_EQ(bench.server.accepted(), 3U);
}

TEST(Pool, WaitersAreServedInTheOrderTheyCame) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  std::vector<Started<LeaseResult>> waiters;
  for (int i = 0; i < 4; ++i) waiters.push_back(bench.start_lease());
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    held->release();
    held = std::move(waiters[i].wait());
    ASSERT_TRUE(held) << i;
    for (std::size_t later = i + 1; later < waiters.size(); ++later)
      EXPECT_FALSE(waiters[later].done());
  }
  EXPECT_EQ(bench.server.accepted(), 1U);
}

TEST(Pool, NobodyOvertakesThoseWhoWait) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> first = bench.start_lease();
  held->release();
  Started<LeaseResult> second = bench.start_lease();
  ASSERT_TRUE(first.wait());
  EXPECT_FALSE(second.done());
  first.wait()->release();
  EXPECT_TRUE(second.wait());
}

TEST(Pool, AConnectionThatWentThroughAWaiterIsKept) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> waiter = bench.start_lease();
  held->release();
  ASSERT_TRUE(waiter.wait());
  waiter.wait()->release();
  EXPECT_EQ(bench.pool.idle(), 1U);
  EXPECT_TRUE(bench.lease());
  EXPECT_EQ(bench.server.accepted(), 1U);
}

TEST(Pool, AWaiterWhoseDeadlinePassesGets57014AndLeavesTheQueue) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  const LeaseResult late = bench.lease(20ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().sqlstate, "57014");
  Started<LeaseResult> next = bench.start_lease();
  held->release();
  EXPECT_TRUE(next.wait());
}

// A CancelRequest of who waits; the others wait on.
TEST(Pool, WhoGivesUpItsPlaceGets57014AndLeavesTheQueue) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  WaitingPlace place;
  place.give_up();  // of nothing yet
  Started<LeaseResult> impatient(bench.context, bench.pool.lease(soon(), &place));
  Started<LeaseResult> next = bench.start_lease();
  place.give_up();
  const LeaseResult& given_up = impatient.wait();
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().sqlstate, "57014");
  EXPECT_EQ(given_up.error().message, "canceling statement due to user request");
  held->release();
  EXPECT_TRUE(next.wait());
}

TEST(Pool, RefusesMoreWaitersThanItMayHave) {
  Bench bench({serve_all}, 1, {.waiters_max = 2});
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> first = bench.start_lease();
  Started<LeaseResult> second = bench.start_lease();
  const LeaseResult refused = bench.lease();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "53300");
  held->release();
  ASSERT_TRUE(first.wait());
  first.wait()->release();
  EXPECT_TRUE(second.wait());
}

TEST(Pool, AConnectionAbandonedInMidReplyIsClosedAndNotReused) {
  Bench bench({[](FakeConnection& peer) {
                 // Half of a reply, then nothing.
                 if (peer.accept() && peer.message('Q') && peer.send("D\0\0\0\x06\0\0"s))
                   peer.hang();
               },
               serve_all},
              1);
  {
    LeaseResult lease = bench.lease();
    ASSERT_TRUE(lease);
    (*lease)->put_query("SELECT 1");
    ASSERT_TRUE(run(bench.context, (*lease)->flush()));
    ASSERT_TRUE(run(bench.context, (*lease)->read()));
  }
  EXPECT_EQ(bench.pool.idle(), 0U);
  EXPECT_TRUE(bench.server.wait_for_ended(1));
  LeaseResult next = bench.lease();
  ASSERT_TRUE(next);
  EXPECT_TRUE(bench.query(*next));
  EXPECT_EQ(bench.server.accepted(), 2U);
}

TEST(Pool, AConnectionWithSomethingUnsentIsNotReused) {
  Bench bench({hang_after_welcome}, 1);
  LeaseResult lease = bench.lease();
  ASSERT_TRUE(lease);
  (*lease)->put_query("SELECT 1");
  lease->release();
  EXPECT_EQ(bench.pool.idle(), 0U);
  EXPECT_TRUE(bench.server.wait_for_ended(1));
}

TEST(Pool, AConnectionInATransactionIsNotReused) {
  Bench bench({[](FakeConnection& peer) {
                if (!peer.accept() || !peer.message('Q')) return;
                std::string out;
                wire::put_command_complete(out, "BEGIN");
                wire::put_ready(out, wire::TxnStatus::kInBlock);
                if (peer.send(out)) peer.hang();
              }},
              1);
  LeaseResult lease = bench.lease();
  ASSERT_TRUE(lease);
  ASSERT_TRUE(bench.query(*lease));
  lease->release();
  EXPECT_EQ(bench.pool.idle(), 0U);
}

TEST(Pool, ATaintedConnectionIsNotReused) {
  Bench bench({serve_all}, 1);
  LeaseResult lease = bench.lease();
  ASSERT_TRUE(lease);
  (*lease)->taint();
  lease->release();
  EXPECT_EQ(bench.pool.idle(), 0U);
  EXPECT_TRUE(bench.lease());
}

TEST(Pool, AConnectionPastItsLifetimeIsNotReused) {
  Bench bench({serve_all}, 1);
  LeaseResult lease = bench.lease();
  ASSERT_TRUE(lease);
  (*lease)->created_at -= bench.source().lifetime_max + 1s;
  lease->release();
  EXPECT_EQ(bench.pool.idle(), 0U);
}

TEST(Pool, AClosedConnectionLetsTheNextWaiterOpenOne) {
  Bench bench({serve_all}, 1);
  LeaseResult held = bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> waiter = bench.start_lease();
  (*held)->taint();
  held->release();
  EXPECT_TRUE(waiter.wait());
  EXPECT_EQ(bench.server.accepted(), 2U);
}

TEST(Pool, AFailedConnectGivesItsPlaceBack) {
  Bench bench({[](FakeConnection&) {}, [](FakeConnection&) {}, serve_all}, 1);
  for (int i = 0; i < 2; ++i) {
    const LeaseResult failed = bench.lease();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "08001");
  }
  EXPECT_TRUE(bench.lease());
}

TEST(Pool, AFailedConnectLetsTheNextWaiterTry) {
  Bench bench({[](FakeConnection& peer) { peer.first_packet(); }, serve_all}, 1);
  Started<LeaseResult> first(bench.context, bench.pool.lease(soon()));
  Started<LeaseResult> second(bench.context, bench.pool.lease(soon()));
  EXPECT_FALSE(first.wait());
  EXPECT_TRUE(second.wait());
}

TEST(Pool, AConnectWaitsNoLongerThanTheDataSourceSays) {
  Bench bench({[](FakeConnection& peer) { peer.hang(); }}, 1);
  rules::DataSource source = bench.source();
  source.connect_timeout = 20ms;
  Budget budget(1);
  Pool pool(bench.context.get_executor(), source, {}, budget);
  const LeaseResult lease = run(bench.context, pool.lease(soon()));
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().sqlstate, "08001");
}

TEST(Pool, OfAPrimaryRefusesAServerInRecovery) {
  const auto standby = [](FakeConnection& peer) {
    if (peer.first_packet() && peer.welcome(1, 2, true)) peer.serve(ready_reply());
  };
  Bench primary({standby}, 1);
  const LeaseResult refused = primary.lease();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "57P03");
  EXPECT_EQ(refused.error().retry, Retry::kElsewhere);
  EXPECT_TRUE(primary.server.wait_for_ended(1));
  Bench replica({standby}, 1, {.primary = false});
  EXPECT_TRUE(replica.lease());
}

TEST(Pool, SweepsConnectionsWhoseServerWentAway) {
  Bench bench({[](FakeConnection& peer) { peer.accept(); }, serve_all}, 2);
  bench.lease()->release();
  ASSERT_EQ(bench.pool.idle(), 1U);
  ASSERT_TRUE(bench.server.wait_for_ended(1));
  bench.pool.sweep();
  EXPECT_EQ(bench.pool.idle(), 0U);
  LeaseResult next = bench.lease();
  ASSERT_TRUE(next);
  EXPECT_TRUE(bench.query(*next));
}

TEST(Pool, SweepsConnectionsThatWereIdleTooLongDownToItsMinimum) {
  Bench bench({serve_all}, 3);
  {
    LeaseResult first = bench.lease();
    LeaseResult second = bench.lease();
    LeaseResult third = bench.lease();
    ASSERT_TRUE(first && second && third);
  }
  ASSERT_EQ(bench.pool.idle(), 3U);
  bench.pool.sweep();
  EXPECT_EQ(bench.pool.idle(), 3U);
  rules::DataSource source = bench.source();
  source.idle_timeout = 1ms;
  Budget budget(3);
  Pool impatient(bench.context.get_executor(), source, {}, budget);
  {
    LeaseResult first = run(bench.context, impatient.lease(soon()));
    LeaseResult second = run(bench.context, impatient.lease(soon()));
    ASSERT_TRUE(first && second);
  }
  const auto until = soon();
  while (impatient.idle() > source.pool_min && Clock::now() < until) impatient.sweep();
  EXPECT_EQ(impatient.idle(), source.pool_min);
}

// Two pools of one data source, each on a thread of its own (an io_context; the test turns both).
struct TwoThreads {
  // `role`: whom the second pool is for; null: for the same as the first.
  explicit TwoThreads(std::uint32_t connections_max, RolePtr role = nullptr)
      : bench({serve_all}, connections_max),
        other(context.get_executor(), bench.source(), {.role = std::move(role)}, bench.budget) {}

  // Turns both until `done()` or ten seconds have passed.
  template <class Done>
  [[nodiscard]] bool turn_until(Done done) {
    const Deadline until = soon();
    while (!done() && Clock::now() < until) {
      bench.context.restart();
      bench.context.poll();
      context.restart();
      context.run_one_for(1ms);
    }
    return done();
  }

  Bench bench;
  asio::io_context context;
  Pool other;
};

TEST(Pool, GivesAnIdleConnectionToAnotherThread) {
  TwoThreads two(1);
  two.bench.lease()->release();
  ASSERT_EQ(two.bench.pool.idle(), 1U);
  Started<LeaseResult> waiter(two.context, two.other.lease(soon()));
  ASSERT_TRUE(two.turn_until([&] { return waiter.done(); }));
  ASSERT_TRUE(waiter.wait());
  EXPECT_EQ(two.bench.pool.idle(), 0U);
  Lease moved = std::move(*waiter.wait());
  moved->put_query("SELECT 1");
  ASSERT_TRUE(run(two.context, moved->flush()));
  EXPECT_TRUE(run(two.context, moved->drain()));
  moved.release();
  EXPECT_EQ(two.other.idle(), 1U);
  EXPECT_EQ(two.bench.server.accepted(), 1U) << "it was closed and opened again, not moved";
}

TEST(Pool, AnotherRolesIdleConnectionIsClosedForWhoWaitsAndOnlyOne) {
  constexpr std::size_t kIdle = 3;
  TwoThreads two(kIdle, std::make_shared<Role>(Role{"another", {}}));
  {
    std::vector<LeaseResult> leases;
    for (std::size_t i = 0; i < kIdle; ++i) leases.push_back(two.bench.lease());
  }
  ASSERT_EQ(two.bench.pool.idle(), kIdle);

  Started<LeaseResult> waiter(two.context, two.other.lease(soon()));

  ASSERT_TRUE(two.turn_until([&] { return waiter.done(); }));
  ASSERT_TRUE(waiter.wait());
  EXPECT_EQ((*waiter.wait())->role(), "another");
  EXPECT_EQ(two.bench.pool.idle(), kIdle - 1);
  EXPECT_EQ(two.bench.server.accepted(), kIdle + 1);
}

TEST(Pool, AConnectionThatComesBackIsClosedForWhoWaitsForAnotherRole) {
  TwoThreads two(1, std::make_shared<Role>(Role{"another", {}}));
  LeaseResult held = two.bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> waiter(two.context, two.other.lease(soon()));
  EXPECT_FALSE(waiter.done());

  held->release();

  ASSERT_TRUE(two.turn_until([&] { return waiter.done(); }));
  ASSERT_TRUE(waiter.wait());
  EXPECT_EQ((*waiter.wait())->role(), "another");
  // And back again.
  Started<LeaseResult> next(two.bench.context, two.bench.pool.lease(soon()));
  waiter.wait()->release();
  ASSERT_TRUE(two.turn_until([&] { return next.done(); }));
  ASSERT_TRUE(next.wait());
  EXPECT_EQ((*next.wait())->role(), "shop");
}

// Those who come again and again on one thread must not keep the connection among themselves.
TEST(Pool, AWaiterOnAnotherThreadIsServedWithinSomeTurns) {
  constexpr int kTurnsMax = 10;
  TwoThreads two(1);
  LeaseResult held = two.bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> afar(two.context, two.other.lease(soon()));
  int turns = 0;
  std::optional<Started<LeaseResult>> next;
  const bool served = two.turn_until([&] {
    if (!next) next.emplace(two.bench.context, two.bench.pool.lease(soon()));
    held->release();
    if (next->done()) {
      held = std::move(next->wait());
      next.reset();
      ++turns;
    }
    return afar.done() || turns > kTurnsMax;
  });
  ASSERT_TRUE(served);
  EXPECT_TRUE(afar.done());
  EXPECT_LE(turns, kTurnsMax);
  afar.wait()->release();
  ASSERT_TRUE(two.turn_until([&] { return !next || next->done(); }));
  EXPECT_EQ(two.bench.server.accepted(), 1U);
  held->release();
  if (next) next->wait()->release();
}

TEST(Pool, APlaceThatIsFreeOnOneThreadIsTakenByAWaiterOfAnother) {
  TwoThreads two(1);
  LeaseResult held = two.bench.lease();
  ASSERT_TRUE(held);
  Started<LeaseResult> waiter(two.context, two.other.lease(soon()));
  (*held)->taint();
  held->release();
  ASSERT_TRUE(two.turn_until([&] { return waiter.done(); }));
  EXPECT_TRUE(waiter.wait());
  EXPECT_EQ(two.bench.server.accepted(), 2U);
}

TEST(Pool, TwoPlacesThatAreFreedAtOnceServeTwoWaiters) {
  Bench bench({serve_all}, 2);
  LeaseResult first = bench.lease();
  LeaseResult second = bench.lease();
  ASSERT_TRUE(first && second);
  Started<LeaseResult> third = bench.start_lease();
  Started<LeaseResult> fourth = bench.start_lease();
  (*first)->taint();
  (*second)->taint();
  first->release();
  second->release();
  EXPECT_TRUE(third.wait());
  EXPECT_TRUE(fourth.wait());
}

TEST(Pool, TheReserveIsForThoseWhoHaveWaited) {
  Bench bench({serve_all}, 0);
  Budget budget(1, 1, 20ms);
  Pool pool(bench.context.get_executor(), bench.source(), {}, budget);
  LeaseResult held = run(bench.context, pool.lease(soon()));
  ASSERT_TRUE(held);
  const auto began = Clock::now();
  LeaseResult reserve = run(bench.context, pool.lease(soon()));
  ASSERT_TRUE(reserve);
  EXPECT_GE(Clock::now() - began, 20ms);
  const LeaseResult none = run(bench.context, pool.lease(soon(60ms)));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().sqlstate, "57014");
  // Back to the pool's size as soon as nobody waits.
  reserve->release();
  EXPECT_EQ(pool.idle(), 0U);
  held->release();
  EXPECT_EQ(pool.idle(), 1U);
}

TEST(Pool, KeepsItsIdleConnectionsWhenNobodyWantsThem) {
  Bench bench({serve_all}, 2);
  bench.lease()->release();
  bench.pool.sweep();
  EXPECT_EQ(bench.pool.idle(), 1U);
}

TEST(Lease, MovesAndIsGivenBackOnce) {
  Bench bench({serve_all}, 1);
  LeaseResult lease = bench.lease();
  ASSERT_TRUE(lease);
  Lease moved = std::move(*lease);
  EXPECT_FALSE(*lease);
  EXPECT_TRUE(moved);
  Lease again;
  again = std::move(moved);
  again.release();
  again.release();
  EXPECT_FALSE(again);
  EXPECT_EQ(bench.pool.idle(), 1U);
}

}  // namespace
}  // namespace tessera::backend
