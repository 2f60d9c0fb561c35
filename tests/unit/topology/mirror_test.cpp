#include "topology/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "await.h"
#include "topology/memory_store.h"

namespace tessera::topology {
namespace {

using testing::ElementsAre;
using testing::Key;

class MirrorTest : public testing::Test {
 protected:
  void put(const std::string& key, const std::string& value) {
    Put wanted{.key = key, .value = value, .lease = 0, .expected = {}};
    const auto done = await<Result<Revision>>(io_, [&] { return store_.put(wanted); });
    EXPECT_TRUE(done);
  }
  void start() {
    spawn(
        io_.get_executor(), [this] { return mirror_.run([this] { ++changes_; }); },
        [](std::exception_ptr) {});
    EXPECT_TRUE(run_until(io_, [this] { return mirror_.complete(); }));
  }
  [[nodiscard]] bool settles(const std::function<bool()>& condition) {
    return run_until(io_, condition);
  }

  asio::io_context io_{1};
  MemoryStore store_{io_.get_executor()};
  Mirror mirror_{store_, "/service/a/"};
  int changes_ = 0;
};

TEST_F(MirrorTest, HoldsWhatIsUnderItsPrefixOnly) {
  put("/service/a/leader", "n1");
  put("/service/a/members/n1", "{}");
  put("/service/b/leader", "n7");
  start();
  EXPECT_TRUE(mirror_.connected());
  EXPECT_THAT(mirror_.entries(), ElementsAre(Key("leader"), Key("members/n1")));
  EXPECT_EQ(mirror_.find("leader")->value, "n1");
  EXPECT_EQ(mirror_.find("config"), nullptr);
}

TEST_F(MirrorTest, FollowsPutsAndDeletes) {
  start();
  put("/service/a/leader", "n1");
  EXPECT_TRUE(settles([&] { return mirror_.find("leader") != nullptr; }));
  put("/service/a/leader", "n2");
  EXPECT_TRUE(settles([&] { return mirror_.find("leader")->value == "n2"; }));
  const int before = changes_;
  store_.erase("/service/a/leader");
  EXPECT_TRUE(settles([&] { return mirror_.find("leader") == nullptr; }));
  EXPECT_EQ(changes_, before + 1);
}

// After a compaction the changes in between are gone: only reading again is right.
TEST_F(MirrorTest, ReadsAgainWhatACompactionTookAway) {
  start();
  // Given two changes that no one has looked at when the store forgets them.
  spawn(
      io_.get_executor(),
      [this]() -> Task<> {
        Put first{.key = "/service/a/leader", .value = "n1", .lease = 0, .expected = {}};
        const auto done = co_await store_.put(first);
        EXPECT_TRUE(done);
        store_.compact();
      },
      [](std::exception_ptr) {});
  EXPECT_TRUE(settles([&] { return mirror_.find("leader") != nullptr; }));
}

TEST_F(MirrorTest, MemoryStoreComparesBeforeItPuts) {
  put("/k", "1");
  Put wrong{.key = "/k", .value = "2", .lease = 0, .expected = {{.key = "/k", .modified = 99}}};
  const auto refused = await<Result<Revision>>(io_, [&] { return store_.put(wrong); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "40001");
  Put absent{.key = "/new", .value = "2", .lease = 0, .expected = {{.key = "/new", .modified = 0}}};
  EXPECT_TRUE(await<Result<Revision>>(io_, [&] { return store_.put(absent); }));
  EXPECT_FALSE(await<Result<Revision>>(io_, [&] { return store_.put(absent); }));
}

}  // namespace
}  // namespace tessera::topology
