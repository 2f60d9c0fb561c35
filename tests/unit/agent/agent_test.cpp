// Whole agents over a store in memory, with two members that answer as Patroni does.

#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include "../topology/await.h"
#include "agent/pages.h"
#include "agent/server.h"
#include "agent/spawn.h"
#include "recorded.h"
#include "topology/memory_store.h"

namespace tessera::agent {
namespace {

using testing::HasSubstr;
using topology::HttpReply;
using topology::HttpRequest;
using topology::Membership;
using topology::MemoryStore;
using topology::Phase;

class AgentTest : public testing::Test {
 protected:
  // A member's REST API: answers what `replies_` holds, and 503 when that is empty.
  std::uint16_t start_member(const std::string& name) {
    auto server =
        std::make_shared<Server>(io_.get_executor(), [this, name](std::string) -> Task<Reply> {
          const std::string text = replies_[name];
          co_return Reply{.status = text.empty() ? 503U : 200U, .body = text};
        });
    EXPECT_TRUE(server->listen("127.0.0.1", 0));
    spawn(io_.get_executor(), name, [server] { return server->run(); });
    return server->port();
  }

  void SetUp() override {
    replies_["n1"] = recorded_replica();
    replies_["n2"] = recorded_primary();
    for (const auto& [key, entry] : recorded_keys()) {
      if (!key.starts_with("members/")) set("/service/shard_0/" + key, entry.value);
    }
    for (const char* name : {"n1", "n2"}) {
      const std::string port = std::to_string(start_member(name));
      set(std::string("/service/shard_0/members/") + name,
          R"({"conn_url":"postgres://127.0.0.1:1/postgres","api_url":"http://127.0.0.1:)" + port +
              R"(/patroni"})");
    }
  }

  void set(const std::string& key, const std::string& value) {
    topology::Put put{.key = key, .value = value, .lease = 0, .expected = {}};
    EXPECT_TRUE(topology::await<Result<topology::Revision>>(io_, [&] { return store_->put(put); }));
  }

  std::shared_ptr<Agent> make_agent(const std::string& name) {
    Config config{
        .shard = "ds_0", .scope = "shard_0", .cluster = "demo", .listen_host = "127.0.0.1"};
    return std::make_shared<Agent>(config, name, io_.get_executor(), store_);
  }
  std::shared_ptr<Agent> start_agent(const std::string& name) {
    auto agent = make_agent(name);
    agent->start();
    return agent;
  }

  [[nodiscard]] bool until(const std::function<bool()>& condition) {
    return topology::run_until(io_, condition);
  }
  [[nodiscard]] static bool leads(const Agent& agent, const std::string& name) {
    return agent.membership() && agent.membership()->primary == name;
  }
  Membership published() {
    const auto snapshot = topology::await<Result<topology::Snapshot>>(
        io_, [&] { return store_->get("/tessera/demo/shards/ds_0"); });
    if (!snapshot || snapshot->entries.empty()) return {};
    const auto membership = topology::membership_from_json(snapshot->entries[0].value);
    EXPECT_TRUE(membership);
    return membership ? *membership : Membership{};
  }
  void promote_n1() {
    std::string primary = recorded_primary();
    primary.replace(primary.find("\"timeline\": 2"), 13, "\"timeline\": 3");
    replies_["n1"] = primary;
    replies_["n2"].clear();
    set("/service/shard_0/leader", "n1");
  }
  HttpReply get(std::uint16_t port, const std::string& target) {
    HttpRequest request{.url = {.host = "127.0.0.1", .port = port, .target = target},
                        .timeout = std::chrono::seconds(20)};
    auto reply =
        topology::await<Result<HttpReply>>(io_, [&] { return topology::http_request(request); });
    EXPECT_TRUE(reply);
    return reply ? *reply : HttpReply{};
  }
  std::uint16_t start_pages(const std::shared_ptr<Agent>& agent) {
    auto server = std::make_shared<Server>(io_.get_executor(), [agent](std::string target) {
      return answer_page(agent, std::move(target));
    });
    EXPECT_TRUE(server->listen("127.0.0.1", 0));
    spawn(io_.get_executor(), "pages", [server] { return server->run(); });
    return server->port();
  }

  asio::io_context io_{1};
  std::map<std::string, std::string> replies_;
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>(io_.get_executor());
};

TEST_F(AgentTest, PublishesWhatItSees) {
  const auto agent = start_agent("one");
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));
  EXPECT_TRUE(until([&] { return published().version == agent->membership()->version; }));
  EXPECT_EQ(published().primary, "n2");
  EXPECT_EQ(published().shard, "ds_0");
}

TEST_F(AgentTest, FollowsAFailoverToANewTimeline) {
  const auto agent = start_agent("one");
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));
  promote_n1();
  EXPECT_TRUE(until([&] { return leads(*agent, "n1"); }));
  EXPECT_EQ(agent->membership()->timeline, 3U);
  EXPECT_TRUE(until([&] { return published().primary == "n1"; }));
}

TEST_F(AgentTest, HasNoPrimaryWhenItsPrimaryStopsAnswering) {
  const auto agent = start_agent("one");
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));
  replies_["n2"].clear();
  EXPECT_TRUE(until([&] { return agent->membership()->phase == Phase::kNoPrimary; }));
  EXPECT_EQ(agent->membership()->members[0].role, topology::Role::kReplica);
}

// The second agent sees the first one's key and serves what that one publishes.
TEST_F(AgentTest, TwoAgentsAgree) {
  const auto first = start_agent("one");
  EXPECT_TRUE(until([&] { return published().primary == "n2"; }));
  const auto second = start_agent("two");
  EXPECT_TRUE(until([&] { return leads(*second, "n2"); }));
  EXPECT_EQ(second->membership()->version, first->membership()->version);

  promote_n1();
  EXPECT_TRUE(until([&] { return leads(*first, "n1") && leads(*second, "n1"); }));
  EXPECT_TRUE(until([&] { return first->membership()->version == second->membership()->version; }));
  EXPECT_TRUE(until([&] { return published().version == first->membership()->version; }));
}

TEST_F(AgentTest, KeepsMembersWhoseKeysVanish) {
  const auto agent = start_agent("one");
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));
  store_->erase("/service/shard_0/members/n1");
  store_->erase("/service/shard_0/leader");
  EXPECT_TRUE(until([&] { return agent->membership()->primary.empty(); }));
  EXPECT_EQ(agent->membership()->members.size(), 2U);
  EXPECT_EQ(agent->membership()->members[0].role, topology::Role::kReplica);
}

TEST_F(AgentTest, AnswersItsPages) {
  const auto agent = make_agent("one");
  const std::uint16_t port = start_pages(agent);
  EXPECT_EQ(get(port, "/membership").status, 503U);
  EXPECT_EQ(get(port, "/healthz").status, 503U);
  agent->start();
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));

  const HttpReply page = get(port, "/membership");
  EXPECT_EQ(page.status, 200U);
  const auto membership = topology::membership_from_json(page.body);
  ASSERT_TRUE(membership) << membership.error().message;
  EXPECT_EQ(membership->primary, "n2");
  EXPECT_EQ(get(port, "/healthz").status, 200U);
  EXPECT_THAT(get(port, "/healthz").body, HasSubstr("\"etcd\":true"));
  EXPECT_EQ(get(port, "/membership?watch=x").status, 400U);
  EXPECT_EQ(get(port, "/membership?watch=").status, 400U);
  EXPECT_EQ(get(port, "/members").status, 404U);
  EXPECT_EQ(get(port, "/").status, 404U);
}

TEST_F(AgentTest, WatchedPageAnswersWhenTheVersionChanges) {
  const auto agent = start_agent("one");
  const std::uint16_t port = start_pages(agent);
  EXPECT_TRUE(until([&] { return leads(*agent, "n2"); }));
  const std::uint64_t version = agent->membership()->version;
  EXPECT_EQ(get(port, "/membership?watch=0").status, 200U);

  // Given one who waits, when n1 is promoted, then the answer comes and tells it.
  std::optional<HttpReply> answer;
  HttpRequest request{.url = {.host = "127.0.0.1",
                              .port = port,
                              .target = "/membership?watch=" + std::to_string(version)},
                      .timeout = std::chrono::seconds(40)};
  tessera::spawn(
      io_.get_executor(), [request] { return topology::http_request(request); },
      [&](std::exception_ptr, Result<HttpReply> reply) {
        if (reply) answer = *reply;
      });
  EXPECT_EQ(get(port, "/healthz").status, 200U);
  EXPECT_FALSE(answer);
  promote_n1();
  EXPECT_TRUE(until([&] { return answer.has_value(); }));
  const auto membership = topology::membership_from_json(answer->body);
  ASSERT_TRUE(membership);
  EXPECT_GT(membership->version, version);
}

// What clients send that is no small GET is turned away, and others are served on.
TEST_F(AgentTest, ServerSurvivesBadRequests) {
  const auto agent = start_agent("one");
  const std::uint16_t port = start_pages(agent);
  const std::string large = "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n";
  for (const std::string& text :
       {std::string("\0\xff\r\n\r\n", 6), std::string("GET\r\n\r\n"), large}) {
    asio::ip::tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    boost::system::error_code error;
    asio::write(socket, asio::buffer(text), error);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    bool closed = false;
    char letter = 0;
    asio::async_read(
        socket, asio::buffer(&letter, 1),
        [&](const boost::system::error_code& ended, std::size_t) { closed = bool(ended); });
    EXPECT_TRUE(until([&] { return closed; }));
  }
  HttpRequest post{.url = {.host = "127.0.0.1", .port = port, .target = "/membership"},
                   .body = "{}"};
  EXPECT_FALSE(
      topology::await<Result<HttpReply>>(io_, [&] { return topology::http_request(post); }));
  EXPECT_EQ(get(port, "/nothing").status, 404U);
}

}  // namespace
}  // namespace tessera::agent
