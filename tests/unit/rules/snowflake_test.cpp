#include "rules/key_generators/snowflake.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "rules/key_generators/uuid.h"

namespace tessera::rules {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEpoch{1'477'958'400'000};  // 2016-11-01 00:00 UTC

Snowflake generator(SnowflakeOptions options = {}) { return {options, kEpoch}; }

std::int64_t key(Snowflake& snowflake, milliseconds since_epoch) {
  const auto made = snowflake.next(kEpoch + since_epoch);
  return made && *made ? **made : -1;
}

TEST(Snowflake, PutsTimeWorkerAndSequenceTogether) {
  Snowflake snowflake = generator({.worker_id = 3});
  EXPECT_EQ(key(snowflake, milliseconds(5)), (5LL << 22) | (3LL << 12));
  EXPECT_EQ(key(snowflake, milliseconds(5)), (5LL << 22) | (3LL << 12) | 1);
}

// Else the keys of a quiet generator would all be even.
TEST(Snowflake, BeginsMillisecondsWithDifferentNumbers) {
  Snowflake snowflake = generator({.vibration_max = 2});
  for (std::int64_t n = 0; n < 6; ++n) {
    EXPECT_EQ(key(snowflake, milliseconds(n)) & 4095, n % 3);
  }
}

TEST(Snowflake, WaitsForTheNextMillisecondWhenThisOneIsFull) {
  Snowflake snowflake = generator();
  for (int n = 0; n < 4096; ++n) EXPECT_NE(key(snowflake, milliseconds(1)), -1);
  EXPECT_EQ(key(snowflake, milliseconds(1)), -1);
  EXPECT_EQ(snowflake.ready_at(), kEpoch + milliseconds(2));
  EXPECT_EQ(key(snowflake, milliseconds(2)), 2LL << 22);
}

TEST(Snowflake, WaitsForAClockThatSteppedBackALittle) {
  Snowflake snowflake = generator();
  EXPECT_NE(key(snowflake, milliseconds(100)), -1);
  EXPECT_EQ(key(snowflake, milliseconds(91)), -1);
  EXPECT_EQ(snowflake.ready_at(), kEpoch + milliseconds(100));
  EXPECT_EQ(snowflake.next(kEpoch + milliseconds(90)).error().sqlstate, "55000");
}

TEST(Snowflake, CountsFrom2016InTheLocalTimeZone) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(snowflake_epoch(), kEpoch);
  setenv("TZ", "CST-8", 1);
  tzset();
  EXPECT_EQ(snowflake_epoch(), kEpoch - std::chrono::hours(8));
  unsetenv("TZ");
  tzset();
}

TEST(Uuid, IsRandomAndHas32Digits) {
  std::array<std::uint8_t, 16> random{};
  EXPECT_EQ(uuid_key(random), "00000000000040008000000000000000");
  random.fill(0xFF);
  EXPECT_EQ(uuid_key(random), "ffffffffffff4fffbfffffffffffffff");
}

}  // namespace
}  // namespace tessera::rules
