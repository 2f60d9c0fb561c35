// The etcd client against a real etcd.

#include "topology/etcd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "await.h"
#include "etcd_server.h"
#include "topology/etcd_json.h"
#include "topology/http_get.h"
#include "topology/mirror.h"

namespace tessera::topology {
namespace {

using std::chrono::seconds;

TEST(EtcdJson, Base64KeepsEveryByte) {
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    const auto again = bytes_from_base64(base64(bytes));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, bytes);
    bytes += static_cast<char>(size);
  }
  EXPECT_FALSE(bytes_from_base64("a*c="));
}

TEST(EtcdJson, RangeOfAPrefixEndsAtTheNextPrefix) {
  EXPECT_EQ(range_end("/service/a/"), "/service/a0");
  EXPECT_EQ(range_end("a\xff"), "b");
  EXPECT_EQ(range_end(""), std::string(1, '\0'));
}

class EtcdTest : public testing::Test {
 protected:
  void SetUp() override {
    if (EtcdServer::program().empty()) {
      std::cerr << "*** NOT TESTED: /usr/bin/etcd is missing (package etcd-server) ***\n";
      GTEST_SKIP();
    }
    server_.emplace();
    etcd_.emplace(EtcdOptions{.endpoints = {server_->url()}});
  }

  Result<Revision> put(const std::string& key, const std::string& value,
                       std::vector<Expected> expected = {}, LeaseId lease = 0) {
    Put wanted{.key = key, .value = value, .lease = lease, .expected = std::move(expected)};
    return await<Result<Revision>>(io_, [&] { return etcd_->put(wanted); });
  }
  Snapshot get(const std::string& prefix) {
    auto out = await<Result<Snapshot>>(io_, [&] { return etcd_->get(prefix); });
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : Snapshot{};
  }
  Result<Changes> next(Watch& watch, seconds patience = seconds(20)) {
    return await<Result<Changes>>(io_, [&] { return watch.next(Clock::now() + patience); });
  }

  asio::io_context io_{1};
  std::optional<EtcdServer> server_;
  std::optional<Etcd> etcd_;
};

TEST_F(EtcdTest, GivesBackWhatWasPut) {
  const std::string bytes("\0\xff\"\n", 4);
  ASSERT_TRUE(put("/t/b", bytes));
  ASSERT_TRUE(put("/t/a", ""));
  ASSERT_TRUE(put("/u", "other"));
  const auto again = put("/t/b", bytes + "!");
  ASSERT_TRUE(again);
  const Snapshot snapshot = get("/t/");
  ASSERT_EQ(snapshot.entries.size(), 2U);
  EXPECT_EQ(snapshot.entries[0].key, "/t/a");
  EXPECT_EQ(snapshot.entries[0].value, "");
  EXPECT_EQ(snapshot.entries[1].value, bytes + "!");
  EXPECT_EQ(snapshot.entries[1].modified, *again);
  EXPECT_LT(snapshot.entries[1].created, *again);
  EXPECT_EQ(snapshot.revision, *again);
  EXPECT_TRUE(get("/none").entries.empty());
}

TEST_F(EtcdTest, PutsOnlyWhenNothingExpectedHasChanged) {
  const auto created = put("/k", "1", {{.key = "/k", .modified = 0}});
  ASSERT_TRUE(created);
  const auto twice = put("/k", "2", {{.key = "/k", .modified = 0}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().sqlstate, "40001");
  EXPECT_TRUE(put("/k", "3", {{.key = "/k", .modified = *created}}));
  EXPECT_FALSE(put("/k", "4", {{.key = "/k", .modified = *created}}));
  EXPECT_FALSE(
      put("/other", "5", {{.key = "/other", .modified = 0}, {.key = "/k", .modified = *created}}));
  EXPECT_EQ(get("/k").entries.at(0).value, "3");
}

TEST_F(EtcdTest, WatchGivesChangesAfterItsRevision) {
  const auto first = put("/w/1", "a");
  ASSERT_TRUE(first);
  ASSERT_TRUE(put("/w/2", "b"));
  const auto watch = etcd_->watch("/w/", *first);
  const auto seen = next(*watch);
  ASSERT_TRUE(seen) << seen.error().message;
  ASSERT_EQ(seen->changes.size(), 1U);
  EXPECT_EQ(seen->changes[0].key, "/w/2");
  EXPECT_EQ(seen->changes[0].entry->value, "b");

  const auto third = put("/w/1", "c");
  const auto live = next(*watch);
  ASSERT_TRUE(live);
  EXPECT_EQ(live->changes.at(0).entry->value, "c");
  EXPECT_EQ(live->revision, *third);
  const auto silence = next(*watch, seconds(0));
  ASSERT_TRUE(silence);
  EXPECT_TRUE(silence->changes.empty());
}

TEST_F(EtcdTest, WatchResumesWithoutAGapWhenEtcdComesBack) {
  const auto first = put("/w/1", "a");
  ASSERT_TRUE(first);
  const auto watch = etcd_->watch("/w/", *first);
  ASSERT_TRUE(put("/w/1", "b"));
  ASSERT_TRUE(next(*watch));

  // When etcd dies under the watch, and the key changes after its return before the watch asks
  // again.
  server_->crash();
  const auto gone = next(*watch);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().sqlstate, "08006");
  server_->start();
  ASSERT_TRUE(put("/w/1", "c"));
  ASSERT_TRUE(put("/w/1", "d"));

  std::vector<std::string> values;
  while (values.size() < 2) {
    const auto seen = next(*watch);
    ASSERT_TRUE(seen) << seen.error().message;
    ASSERT_FALSE(seen->lost);
    for (const Change& change : seen->changes) values.push_back(change.entry->value);
  }
  EXPECT_THAT(values, testing::ElementsAre("c", "d"));
}

TEST_F(EtcdTest, WatchSaysThatItsPastWasCompacted) {
  const auto first = put("/w/1", "a");
  ASSERT_TRUE(first);
  ASSERT_TRUE(put("/w/1", "b"));
  ASSERT_TRUE(put("/w/1", "c"));
  server_->compact();
  const auto watch = etcd_->watch("/w/", *first - 1);
  const auto seen = next(*watch);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->lost);
}

TEST_F(EtcdTest, LeaseTakesItsKeysWithIt) {
  const auto lease = await<Result<LeaseId>>(io_, [&] { return etcd_->grant(seconds(30)); });
  ASSERT_TRUE(lease);
  ASSERT_TRUE(put("/l/me", "here", {}, *lease));
  EXPECT_TRUE(await<Status>(io_, [&] { return etcd_->keep_alive(*lease); }));
  EXPECT_EQ(get("/l/").entries.size(), 1U);
  EXPECT_TRUE(await<Status>(io_, [&] { return etcd_->revoke(*lease); }));
  EXPECT_TRUE(get("/l/").entries.empty());
  const auto ended = await<Status>(io_, [&] { return etcd_->keep_alive(*lease); });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().sqlstate, "42704");
}

TEST_F(EtcdTest, GoesToAnotherEndpointWhenOneIsDown) {
  HttpUrl dead = server_->url();
  dead.port = free_port();
  etcd_.emplace(EtcdOptions{.endpoints = {dead, server_->url()}});
  const auto done = put("/k", "1");
  ASSERT_TRUE(done) << done.error().message;
  Etcd fresh(EtcdOptions{.endpoints = {dead, server_->url()}});
  const auto watch = fresh.watch("/k", 1);
  const auto seen = next(*watch);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->changes.at(0).entry->value, "1");
}

TEST_F(EtcdTest, SaysThatNoEndpointAnswers) {
  server_->crash();
  const auto refused = put("/k", "1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "08006");
}

// The copy stays as it was while etcd is away, says so, and is right again after.
TEST_F(EtcdTest, MirrorOutlivesEtcd) {
  ASSERT_TRUE(put("/m/a", "1"));
  Mirror mirror(*etcd_, "/m/");
  spawn(
      io_.get_executor(), [&] { return mirror.run([] {}); }, [](std::exception_ptr) {});
  EXPECT_TRUE(run_until(io_, [&] { return mirror.find("a") != nullptr; }));
  server_->crash();
  EXPECT_TRUE(run_until(io_, [&] { return !mirror.connected(); }));
  EXPECT_EQ(mirror.find("a")->value, "1");
  EXPECT_FALSE(mirror.fault().empty());
  server_->start();
  ASSERT_TRUE(put("/m/a", "2"));
  EXPECT_TRUE(run_until(io_, [&] { return mirror.connected() && mirror.find("a")->value == "2"; }));
}

TEST_F(EtcdTest, BlockingGetReadsABodyAndReportsAStatus) {
  const HttpUrl url = server_->url();
  const auto version = http_get(url.host, url.port, "/version", seconds(5));
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_THAT(*version, testing::HasSubstr("etcdserver"));
  const auto missing = http_get(url.host, url.port, "/no/such/page", seconds(5));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("404"));
}

}  // namespace
}  // namespace tessera::topology
