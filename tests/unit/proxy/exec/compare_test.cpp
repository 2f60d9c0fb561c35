#include "proxy/exec/compare.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace tessera::exec {
namespace {

using namespace std::string_literals;

struct Ranked {
  int rank = 0;
  std::string bytes;
};

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// What PostgreSQL said: see compare_order.sql.
std::map<std::uint32_t, std::vector<Ranked>> ordered_values() {
  std::ifstream file(TESSERA_SOURCE_DIR "/tests/unit/proxy/exec/compare_order.txt");
  std::map<std::uint32_t, std::vector<Ranked>> values;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::uint32_t type = 0;
    Ranked value;
    std::string hex;
    words >> type >> value.rank >> hex;
    value.bytes = from_hex(hex);
    values[type].push_back(std::move(value));
  }
  return values;
}

int sign(int order) { return (order > 0) - (order < 0); }

TEST(Compare, OrdersEveryPairAsPostgresqlDoes) {
  const auto values = ordered_values();
  ASSERT_EQ(values.size(), 23U);
  for (const auto& [type, ranked] : values) {
    const auto comparator = comparator_for(type);
    ASSERT_TRUE(comparator) << type;
    for (const Ranked& left : ranked) {
      for (const Ranked& right : ranked) {
        ASSERT_EQ(sign(comparator->compare(left.bytes, right.bytes)), sign(left.rank - right.rank))
            << "type " << type << ", ranks " << left.rank << " and " << right.rank;
      }
    }
  }
}

TEST(Compare, KnowsOnlyTypesWhoseOrderItKnows) {
  for (const std::uint32_t type :
       {0U, 22U, 114U, 142U, 869U, 1007U, 1560U, 2205U, 3802U, 16'384U}) {
    EXPECT_FALSE(comparator_for(type)) << type;
  }
}

TEST(Compare, OnlyTextsHaveACollation) {
  for (const auto& [type, ranked] : ordered_values()) {
    const bool text = type == 19 || type == 25 || type == 1042 || type == 1043;
    EXPECT_EQ(comparator_for(type)->collatable, text) << type;
  }
}

TEST(Compare, NumericsWithLeadingAndTrailingZeroDigitsAreEqualToThoseWithout) {
  const std::string one = from_hex("00010000000000000001");
  const std::string padded = from_hex("0003000100000004000000010000");
  const std::string zero = from_hex("0000000000000000");
  const std::string minus_zero = from_hex(
      "00020005400000040000"
      "0000");
  const auto compare = comparator_for(1700)->compare;
  EXPECT_EQ(compare(one, padded), 0);
  EXPECT_EQ(compare(padded, one), 0);
  EXPECT_EQ(compare(zero, minus_zero), 0);
  EXPECT_LT(compare(minus_zero, one), 0);
}

TEST(Compare, AValueOfAWrongSizeIsOrderedAndNotReadPastItsEnd) {
  for (const auto& [type, ranked] : ordered_values()) {
    const auto compare = comparator_for(type)->compare;
    for (const Ranked& value : ranked) {
      for (std::size_t cut = 0; cut <= value.bytes.size(); ++cut) {
        // A heap copy of exactly this size, so that a sanitizer sees the first byte too many.
        const std::vector<char> exact(value.bytes.begin(),
                                      value.bytes.begin() + static_cast<std::ptrdiff_t>(cut));
        const std::string_view part(exact.data(), exact.size());
        EXPECT_EQ(sign(compare(part, value.bytes)), -sign(compare(value.bytes, part)));
      }
    }
  }
}

TEST(Compare, RandomBytesAreOrderedTheSameFromBothSides) {
  std::mt19937 random(13);
  for (const auto& [type, ranked] : ordered_values()) {
    const auto compare = comparator_for(type)->compare;
    for (int round = 0; round < 2'000; ++round) {
      std::string left(random() % 20, '\0');
      std::string right(random() % 3 == 0 ? left.size() : random() % 20, '\0');
      for (char& byte : left) byte = static_cast<char>(random() % 3 == 0 ? random() : 0);
      for (char& byte : right) byte = static_cast<char>(random() % 3 == 0 ? random() : 0);
      EXPECT_EQ(sign(compare(left, right)), -sign(compare(right, left))) << type;
    }
  }
}

}  // namespace
}  // namespace tessera::exec
