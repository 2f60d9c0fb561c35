#include "proxy/plan/decimal.h"

#include <gtest/gtest.h>

#include <limits>

namespace tessera::plan {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

void expect_part(std::string_view text, std::int64_t floor, bool exact, bool out_of_range = false) {
  const auto part = integer_part(text);
  ASSERT_TRUE(part.has_value()) << text;
  EXPECT_EQ(part->floor, floor) << text;
  EXPECT_EQ(part->exact, exact) << text;
  EXPECT_EQ(part->out_of_range, out_of_range) << text;
}

TEST(IntegerPart, ReadsIntegersInEverySpelling) {
  expect_part("42", 42, true);
  expect_part(" +42.000 ", 42, true);
  expect_part("0042", 42, true);
  expect_part(".42e2", 42, true);
  expect_part("4200e-2", 42, true);
  expect_part("0.0", 0, true);
  expect_part("0e999", 0, true);
}

TEST(IntegerPart, RoundsDownAndSaysSo) {
  expect_part("42.5", 42, false);
  expect_part("-42.5", -43, false);
  expect_part("-0.001", -1, false);
  expect_part("1e-30", 0, false);
}

TEST(IntegerPart, KnowsTheEdgesOf64Bits) {
  expect_part("9223372036854775807", kMax, true);
  expect_part("9223372036854775808", kMax, false, true);
  expect_part("-9223372036854775808", kMin, true);
  expect_part("-9223372036854775808.5", kMin, false, true);
  expect_part("1e400", kMax, false, true);
  expect_part("-1e400", kMin, false, true);
}

TEST(IntegerPart, NegatesWhatAUnaryMinusStandsBefore) {
  EXPECT_EQ(integer_part("9223372036854775808", true)->floor, kMin);
  EXPECT_EQ(integer_part("-5", true)->floor, 5);
}

TEST(IntegerPart, RefusesWhatIsNoNumber) {
  for (const char* text : {"", " ", "NaN", "Infinity", "1e", "1e9999999", "--1", "1 2", "x", "."}) {
    EXPECT_FALSE(integer_part(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tessera::plan
