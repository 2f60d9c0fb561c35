#include "proxy/session/key_maker.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace tessera::session {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNow{1'700'000'000'000};

// Two rules with the same worker id would else give the same numbers.
TEST(KeyMaker, CountsOnceForGeneratorsWithEqualProperties) {
  KeyMaker keys;
  const rules::KeyGenerator one{.snowflake = {.worker_id = 5}};
  const rules::KeyGenerator same{.snowflake = {.worker_id = 5}};
  const auto first = keys.next(one, kNow);
  const auto second = keys.next(same, kNow);
  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_NE(**first, **second);
  EXPECT_EQ(std::stoll(**first) >> 12 & 1023, 5);
}

TEST(KeyMaker, WaitsForTheNextMillisecondWhenOneIsFull) {
  KeyMaker keys;
  const rules::KeyGenerator generator;
  std::optional<std::string> last = "";
  int made = -1;
  while (last) {
    auto key = keys.next(generator, kNow);
    ASSERT_TRUE(key.has_value());
    last = *key;
    ++made;
  }
  EXPECT_EQ(made, 4096);
  const auto later = keys.next(generator, kNow + milliseconds(1));
  EXPECT_TRUE(later && *later);
}

TEST(KeyMaker, RefusesAClockThatHasGoneFarBack) {
  KeyMaker keys;
  const rules::KeyGenerator generator;
  ASSERT_TRUE(keys.next(generator, kNow).has_value());
  const auto refused = keys.next(generator, kNow - milliseconds(1000));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().sqlstate, "55000");
}

TEST(KeyMaker, GivesThreadsDifferentKeys) {
  KeyMaker keys;
  const rules::KeyGenerator generator;
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&keys, &generator, &mine] {
      for (int i = 0; i < 500; ++i) {
        const auto key = keys.next(generator, kNow);
        if (key && *key) mine.push_back(**key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 2000U);
}

TEST(KeyMaker, MakesUuidsWithoutHyphens) {
  KeyMaker keys;
  const rules::KeyGenerator generator{.kind = rules::KeyGenerator::Kind::kUuid};
  const auto one = keys.next(generator, kNow);
  const auto two = keys.next(generator, kNow);
  ASSERT_TRUE(one && *one && two && *two);
  EXPECT_EQ((*one)->size(), 32U);
  EXPECT_NE(**one, **two);
}

}  // namespace
}  // namespace tessera::session
