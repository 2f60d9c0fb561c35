// Sessions of a database of one shard, each of which returns to its own connection.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/fake_server.h"
#include "tests/unit/proxy/txn/bench.h"

namespace tessera::txn {
namespace {

using namespace std::chrono_literals;
using test::FakeConnection;
using test::FakeServer;
using test::run;

void serve_all(FakeConnection& peer) {
  std::string reply;
  wire::put_command_complete(reply, "SELECT 0");
  wire::put_ready(reply, wire::TxnStatus::kIdle);
  if (peer.accept()) peer.serve(reply);
}

struct Town {
  explicit Town(std::uint32_t connections_max)
      : server({serve_all}),
        rules(make_rules(server.port(), connections_max)),
        endpoints(*rules),
        backends(context.get_executor(), rules, endpoints) {}

  static std::shared_ptr<const rules::RuleSet> make_rules(std::uint16_t port, std::uint32_t max) {
    auto rules = std::make_shared<rules::RuleSet>();
    rules::DataSource source;
    source.name = "ds_0";
    source.host = "127.0.0.1";
    source.port = port;
    source.username = "shop";
    source.pool_max = max;
    rules->shards.push_back({.name = "ds_0", .primary = std::move(source)});
    return rules;
  }
  void settle(Transaction& session) {
    session.set_home(run(context, backends.make_home(0, Clock::now() + 10s)), true);
  }
  // Runs a statement; where was that? The connection may be gone when it is told.
  const backend::ServerConn* ask(Transaction& session) {
    const Status done = run(context, run_statement(session, 0, "select"));
    const Participant* joined = session.find(0);
    const backend::ServerConn* where = done && joined != nullptr ? &joined->conn() : nullptr;
    session.release();
    return where;
  }

  FakeServer server;
  asio::io_context context;
  std::shared_ptr<const rules::RuleSet> rules;
  backend::Endpoints endpoints;
  backend::Backends backends;
};

TEST(TransactionHome, EachSessionReturnsToItsOwn) {
  Town town(5);
  Transaction one(town.backends);
  Transaction other(town.backends);
  town.settle(one);
  town.settle(other);
  const auto* home = town.ask(one);
  const auto* other_home = town.ask(other);
  ASSERT_TRUE(home != nullptr && other_home != nullptr);
  EXPECT_NE(home, other_home);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(town.ask(one), home);
    EXPECT_EQ(town.ask(other), other_home);
  }
  EXPECT_EQ(town.server.accepted(), 2U);
}

TEST(TransactionHome, WhileAnotherSessionHasItAnyConnectionWillDo) {
  Town town(1);
  Transaction one(town.backends);
  Transaction other(town.backends);
  town.settle(one);
  town.settle(other);
  const auto* home = town.ask(one);
  EXPECT_EQ(town.ask(other), home);
  EXPECT_EQ(town.ask(one), home);
  EXPECT_EQ(town.server.accepted(), 1U);
}

// Not that of the other session, though that is idle.
TEST(TransactionHome, WhoHasLostItsOwnGetsANewOne) {
  Town town(5);
  Transaction one(town.backends);
  Transaction other(town.backends);
  town.settle(one);
  town.settle(other);
  const auto* other_home = town.ask(other);
  ASSERT_NE(town.ask(one), nullptr);
  ASSERT_NE(one.try_join(0, backend::Side::kPrimary), nullptr);
  one.find(0)->conn().taint();
  one.release();
  const auto* home = town.ask(one);
  ASSERT_NE(home, nullptr);
  EXPECT_NE(home, other_home);
  EXPECT_EQ(town.ask(one), home);
  EXPECT_EQ(town.ask(other), other_home);
  EXPECT_EQ(town.server.accepted(), 3U);
}

TEST(TransactionHome, WhoseHomeAnotherSessionKeepsForItselfFindsAnother) {
  Town town(2);
  Transaction one(town.backends);
  Transaction other(town.backends);
  Transaction third(town.backends);
  town.settle(one);
  town.settle(other);
  town.settle(third);
  const auto* home = town.ask(third);
  ASSERT_NE(home, nullptr);
  Transaction& keeper = town.ask(one) == home ? one : other;
  ASSERT_NE(keeper.try_join(0, backend::Side::kPrimary), nullptr);
  keeper.find(0)->pinned = true;
  keeper.find(0)->conn().taint();
  const auto* found = town.ask(third);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found, home);
  EXPECT_EQ(town.ask(third), found);
}

// Nothing is opened for a statement beyond the size of the pool.
TEST(TransactionHome, ManySessionsShareFew) {
  constexpr std::size_t kConnections = 3;
  Town town(kConnections);
  std::vector<std::unique_ptr<Transaction>> sessions;
  for (int i = 0; i < 50; ++i) {
    sessions.push_back(std::make_unique<Transaction>(town.backends));
    town.settle(*sessions.back());
    ASSERT_NE(town.ask(*sessions.back()), nullptr);
  }
  for (const auto& session : sessions) EXPECT_NE(town.ask(*session), nullptr);
  EXPECT_EQ(town.server.accepted(), kConnections);
}

}  // namespace
}  // namespace tessera::txn
