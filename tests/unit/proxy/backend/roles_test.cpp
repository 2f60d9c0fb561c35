// Connections of several roles: how they log in, and how they share the budget of one data source.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "proxy/backend/role_backends.h"
#include "tests/support/fake_server.h"
#include "tests/support/run_task.h"

namespace tessera::backend {
namespace {

using namespace std::chrono_literals;
using test::FakeConnection;
using test::FakeServer;
using test::run;
using test::Started;
using testing::HasSubstr;
using LeaseResult = Result<Lease>;

Deadline soon() { return Clock::now() + 10s; }

void serve_all(FakeConnection& peer) {
  if (peer.accept()) peer.hang();
}

rules::DataSource source_at(std::uint16_t port) {
  rules::DataSource source;
  source.name = "ds_0";
  source.host = "127.0.0.1";
  source.port = port;
  source.database = "shop";
  source.pool_max = 1;
  return source;
}

// The connection does not outlive its context.
Status connect(FakeServer& server, const RolePtr& role) {
  asio::io_context context;
  const auto conn = run(
      context, ServerConn::connect(context.get_executor(), source_at(server.port()), role, soon()));
  return conn ? Status{} : Status{conn.error()};
}

RolePtr role(std::string name, wire::Secret secret = {}) {
  return std::make_shared<Role>(Role{std::move(name), std::move(secret)});
}

void ask_for_md5(FakeConnection& peer, const std::string& stored) {
  if (!peer.first_packet()) return;
  std::string out;
  wire::put_authentication_md5(out, "salt");
  if (!peer.send(out)) return;
  const auto answer = peer.message('p');
  const std::string right = wire::md5_answer(stored, "salt") + '\0';
  if (answer && answer->body == right && peer.welcome()) peer.hang();
}

TEST(RoleLogin, AnswersMd5FromThePasswordOrItsHash) {
  const std::string stored = wire::md5_of_password("secret", "alice");
  for (const wire::Secret& secret :
       {wire::Secret{.password = "secret"}, wire::Secret{.md5 = stored}}) {
    FakeServer server({[&stored](FakeConnection& peer) { ask_for_md5(peer, stored); }});
    EXPECT_TRUE(connect(server, role("alice", secret)));
  }
}

TEST(RoleLogin, SaysWhatIsMissing) {
  const wire::ScramKeys keys{"some salt", 4096, "client", "server"};
  FakeServer md5({[](FakeConnection& peer) { ask_for_md5(peer, "md5"); }});
  const auto by_md5 = connect(md5, role("alice", {.scram = {keys}}));
  ASSERT_FALSE(by_md5);
  EXPECT_EQ(by_md5.error().sqlstate, "28000");
  EXPECT_EQ(by_md5.error().message, "cannot log in to data source \"ds_0\" as role \"alice\"");
  EXPECT_THAT(by_md5.error().detail, HasSubstr("md5 password"));

  for (const wire::Secret& secret : {wire::Secret{}, wire::Secret{.md5 = "md5"}}) {
    FakeServer scram({[](FakeConnection& peer) { peer.authenticate("secret"); }});
    const auto by_scram = connect(scram, role("alice", secret));
    ASSERT_FALSE(by_scram);
    EXPECT_EQ(by_scram.error().sqlstate, "28000");
    EXPECT_THAT(by_scram.error().detail, HasSubstr("SCRAM keys"));
  }

  FakeServer other({[](FakeConnection& peer) { peer.authenticate("secret"); }});
  const auto by_other = connect(other, role("alice", {.scram = {keys}}));
  ASSERT_FALSE(by_other);
  EXPECT_EQ(by_other.error().sqlstate, "28000");
  EXPECT_THAT(by_other.error().detail, HasSubstr("another SCRAM verifier"));
}

TEST(RoleLogin, KeepsTheKeysThatItComputed) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.authenticate("secret") && peer.welcome()) peer.hang();
  }});
  const RolePtr alice = role("alice", {.password = "secret"});
  ASSERT_TRUE(connect(server, alice));
  EXPECT_EQ(alice->secret.scram.size(), 1U);
}

TEST(Role, LearnsWhatANewerLoginKnows) {
  const wire::ScramKeys old_keys{"old", 4096, "", ""};
  const wire::ScramKeys new_keys{"new", 4096, "", ""};
  Role by_keys{"alice", {.scram = {old_keys}}};
  by_keys.learn({});
  EXPECT_EQ(by_keys.secret.scram.at(0).salt, "old");
  by_keys.learn({.scram = {new_keys}});
  EXPECT_EQ(by_keys.secret.scram.at(0).salt, "new");
  by_keys.learn({.password = "secret"});
  EXPECT_EQ(by_keys.secret.password, "secret");

  Role by_password{"alice", {.password = "secret", .scram = {old_keys}}};
  by_password.learn({.password = "secret"});
  EXPECT_FALSE(by_password.secret.scram.empty());
  by_password.learn({.password = "another"});
  EXPECT_EQ(by_password.secret.password, "another");
  EXPECT_TRUE(by_password.secret.scram.empty());
}

std::shared_ptr<const rules::RuleSet> rules_with(const std::string& username, std::uint16_t port) {
  auto rules = std::make_shared<rules::RuleSet>();
  rules::Shard shard{.name = "ds_0", .primary = source_at(port)};
  shard.primary.username = username;
  rules->shards.push_back(shard);
  return rules;
}

TEST(RoleBackends, AreOneWhereServersHaveTheirOwnRole) {
  asio::io_context context;
  const auto rules = rules_with("shop", 1);
  Endpoints endpoints(*rules);
  RoleBackends backends(context.get_executor(), rules, endpoints);
  EXPECT_FALSE(backends.by_role());
  EXPECT_EQ(backends.of("alice", {}), backends.of("bob", {}));
}

TEST(RoleBackends, AreApartWhereServersSeeTheClients) {
  FakeServer server({serve_all});
  asio::io_context context;
  const auto rules = rules_with("", server.port());
  Endpoints endpoints(*rules);
  RoleBackends backends(context.get_executor(), rules, endpoints);
  EXPECT_TRUE(backends.by_role());
  const auto alice = backends.of("alice", {.password = "a"});
  EXPECT_EQ(backends.of("alice", {.password = "b"}), alice);
  EXPECT_EQ(alice->role()->secret.password, "b");
  EXPECT_NE(backends.of("bob", {}), alice);
  Side side = Side::kPrimary;
  LeaseResult lease = run(context, alice->lease(0, side, soon()));
  ASSERT_TRUE(lease);
  lease->release();
  EXPECT_EQ(alice->idle(), 1U);
  EXPECT_EQ(backends.of("bob", {})->idle(), 0U);
}

}  // namespace
}  // namespace tessera::backend
