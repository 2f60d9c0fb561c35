// What PostgreSQL 15 itself said: the remainder r for which
// satisfies_hash_partition(table, 9973, r, value) was true.

#include "rules/algorithms/pg_hash.h"

#include <gtest/gtest.h>

#include <array>

namespace tessera::rules {
namespace {

struct Golden {
  ValueType type;
  Value value;
  std::uint64_t remainder;
};

std::uint64_t remainder(std::span<const TypedValue> columns) {
  const auto hash = pg_row_hash(columns);
  return hash ? *hash % 9973 : 9999;
}

class PgHash : public testing::TestWithParam<Golden> {};

TEST_P(PgHash, IsThatOfPartitionByHash) {
  const std::array column{TypedValue{&GetParam().value, GetParam().type}};
  EXPECT_EQ(remainder(column), GetParam().remainder);
}

INSTANTIATE_TEST_SUITE_P(
    Integers, PgHash,
    testing::Values(Golden{ValueType::kInt4, 0, 4474}, Golden{ValueType::kInt4, 1, 5046},
                    Golden{ValueType::kInt4, -1, 426}, Golden{ValueType::kInt4, 42, 1991},
                    Golden{ValueType::kInt4, 2147483647, 1896},
                    Golden{ValueType::kInt4, -2147483648LL, 3314},
                    Golden{ValueType::kInt8, 42, 1991}, Golden{ValueType::kInt8, -1, 426},
                    Golden{ValueType::kInt8, 5000000000, 3412},
                    Golden{ValueType::kInt8, -5000000000, 5189},
                    Golden{ValueType::kInt8, 9223372036854775807, 3314},
                    Golden{ValueType::kInt2, 7, 759}, Golden{ValueType::kInt2, -7, 2176}));

INSTANTIATE_TEST_SUITE_P(
    Texts, PgHash,
    testing::Values(Golden{ValueType::kText, "", 9716}, Golden{ValueType::kText, "a", 123},
                    Golden{ValueType::kText, "abc", 2573},
                    Golden{ValueType::kText, "hello world!", 1947},
                    Golden{ValueType::kText, "hello world, longer than twelve", 3456},
                    Golden{ValueType::kText, "straße 日本", 2576},
                    Golden{ValueType::kBpchar, "abc   ", 2573},
                    Golden{ValueType::kBpchar, "abc", 2573}, Golden{ValueType::kBpchar, "", 9716}));

INSTANTIATE_TEST_SUITE_P(
    Others, PgHash,
    testing::Values(Golden{ValueType::kUuid, "00000000-0000-0000-0000-000000000000", 2039},
                    Golden{ValueType::kUuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 9047},
                    Golden{ValueType::kBool, "t", 5046}, Golden{ValueType::kBool, "f", 4474}));

INSTANTIATE_TEST_SUITE_P(
    Numerics, PgHash,
    testing::Values(
        Golden{ValueType::kNumeric, "0", 9259}, Golden{ValueType::kNumeric, "1", 9315},
        Golden{ValueType::kNumeric, "-1", 9315}, Golden{ValueType::kNumeric, "1.5", 7500},
        Golden{ValueType::kNumeric, "1.50", 7500}, Golden{ValueType::kNumeric, "-12345.6789", 7230},
        Golden{ValueType::kNumeric, "10000", 9316}, Golden{ValueType::kNumeric, "120000000", 8716},
        Golden{ValueType::kNumeric, "0.0001", 4958},
        Golden{ValueType::kNumeric, "0.00000001", 4957},
        Golden{ValueType::kNumeric, "123456789012345678901234567890.5", 4574}));

INSTANTIATE_TEST_SUITE_P(
    Times, PgHash,
    testing::Values(Golden{ValueType::kDate, "2000-01-01", 4474},
                    Golden{ValueType::kDate, "1999-12-31", 426},
                    Golden{ValueType::kDate, "2024-02-29", 6993},
                    Golden{ValueType::kTimestamp, "2000-01-01 00:00:00", 4474},
                    Golden{ValueType::kTimestamp, "1999-12-31 23:59:59.5", 5043},
                    Golden{ValueType::kTimestamp, "2024-02-29 13:45:00.25", 955},
                    Golden{ValueType::kTimestamptz, "2024-02-29 11:45:00.25", 1835}));

TEST(PgRowHash, CombinesItsColumns) {
  const Value seven(7);
  const Value abc("abc");
  const Value minus_seven(-7);
  const Value empty("");
  const std::array one{TypedValue{&seven, ValueType::kInt8}, TypedValue{&abc, ValueType::kText}};
  const std::array two{TypedValue{&minus_seven, ValueType::kInt8},
                       TypedValue{&empty, ValueType::kText}};
  EXPECT_EQ(remainder(one), 1592U);
  EXPECT_EQ(remainder(two), 6628U);
}

TEST(PgRowHash, RefusesTypesThatItDoesNotKnow) {
  EXPECT_EQ(pg_hash(Value("1.5"), ValueType::kFloat8).error().sqlstate, "0A000");
  EXPECT_EQ(pg_hash(Value("infinity"), ValueType::kDate).error().sqlstate, "22007");
  EXPECT_EQ(pg_hash(Value("NaN"), ValueType::kNumeric).error().sqlstate, "22P02");
  EXPECT_EQ(pg_hash(Value("abc"), ValueType::kUuid).error().sqlstate, "22P02");
}

}  // namespace
}  // namespace tessera::rules
