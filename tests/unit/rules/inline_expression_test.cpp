#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/rules/inline_cases.h"

namespace tessera::rules {
namespace {

using testing::HasSubstr;

TEST(InlineExpression, KeepsTheSignOfTheDividend) {
  EXPECT_EQ(computed("ds_${id % 2}", 7), "ds_1");
  EXPECT_EQ(computed("ds_${id % 2}", -3), "ds_-1");
  EXPECT_EQ(computed("ds_${Math.floorMod(id, 2)}", -3), "ds_1");
  EXPECT_EQ(computed("ds_${Math.floorDiv(id, 2)}", -3), "ds_-2");
}

TEST(InlineExpression, ComputesWhatConfigurationsUse) {
  EXPECT_EQ(computed("t_${id % 16 + 1}", 31), "t_16");
  EXPECT_EQ(computed("t_$->{(id % 32) >> 1}", 31), "t_15");
  EXPECT_EQ(computed("ds_$->{((id % 32) >> 4) & 1}", 16), "ds_1");
  EXPECT_EQ(computed("t_$->{((id+1) % 4).intdiv(2)}", 2), "t_1");
  EXPECT_EQ(computed("t_$->{(id % 2).abs()}", -1), "t_1");
  EXPECT_EQ(computed("ds_${Integer.valueOf(id) % 2}", 5), "ds_1");
  EXPECT_EQ(computed("t_${id}", 5), "t_5");
  EXPECT_EQ(computed("ds_${id % 2}.t_${id % 4}", 7), "ds_1.t_3");
  EXPECT_EQ(computed("${Math.floorMod(Math.floorDiv(id.longValue(), 10L), 4L)}", 57), "1");
  EXPECT_EQ(computed("t_constant", 5), "t_constant");
  EXPECT_EQ(computed("t_$->{((id+1) % 4).intdiv(2)+1}", 2), "t_2");
  EXPECT_EQ(computed("t_${id % 3 - 1}", 5), "t_1");
  EXPECT_EQ(computed("t_${id / 1000}", 1500), "t_1.5");
  EXPECT_EQ(computed("t_${(id / 1000) as int}", 1500), "t_1");
  EXPECT_EQ(computed("${id}", "ds_eu"), "ds_eu");
  EXPECT_EQ(computed("t_${id.substring(0, 4)}", "2024-01"), "t_2024");
  EXPECT_EQ(computed("t_${id.toString().substring(0, 4)}", 20240131), "t_2024");
  EXPECT_EQ(computed("t_${Long.parseLong(id) % 4}", "42"), "t_2");
  EXPECT_EQ(computed("t_$->{Math.abs(id.hashCode()%2) +1}", "hello"), "t_1");
}

TEST(InlineExpression, HashesTextAsJavaDoes) {
  EXPECT_EQ(computed("${id.hashCode()}", Value("hello"), ValueType::kText), "99162322");
  EXPECT_EQ(computed("t_${Math.abs(id.hashCode()) % 2}", Value("hello"), ValueType::kText), "t_0");
  EXPECT_EQ(computed("t_${(id.hashCode() & Integer.MAX_VALUE) % 10}", Value("polygenelubricants"),
                     ValueType::kText),
            "t_0");
  // The hash of this text is Integer.MIN_VALUE, whose abs() is itself.
  EXPECT_EQ(computed("${Math.abs(id.hashCode())}", Value("polygenelubricants"), ValueType::kText),
            "-2147483648");
  EXPECT_EQ(computed("t_${(id.hashCode() & 0x7fffffff) % 10}", Value("hello"), ValueType::kText),
            "t_2");
}

TEST(InlineExpression, HashesNumbersByTheirWidth) {
  EXPECT_EQ(computed("${id.hashCode()}", -1, ValueType::kInt4), "-1");
  EXPECT_EQ(computed("${id.hashCode()}", -1, ValueType::kInt8), "0");
  EXPECT_EQ(computed("${id.hashCode()}", -1, ValueType::kUnknown), "-1");
  EXPECT_EQ(computed("${id.hashCode()}", 1LL << 32, ValueType::kUnknown), "1");
  EXPECT_EQ(computed("${id.toString().hashCode()}", 42), "1662");
}

TEST(InlineExpression, WrapsAsJavaDoes) {
  constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kLongMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLongMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(computed("${id + 1}", kIntMax, ValueType::kInt4), "-2147483648");
  EXPECT_EQ(computed("${id + 1}", kIntMax, ValueType::kInt8), "2147483648");
  EXPECT_EQ(computed("${id + 1L}", kIntMax, ValueType::kInt4), "2147483648");
  EXPECT_EQ(computed("${id * 2}", kLongMax), "-2");
  EXPECT_EQ(computed("${id.intdiv(-1)}", kLongMin), "-9223372036854775808");
  EXPECT_EQ(computed("${id % -1}", kLongMin), "0");
  EXPECT_EQ(computed("${-id}", kLongMin), "-9223372036854775808");
  EXPECT_EQ(computed("${id - 2147483648}", std::int64_t{0}, ValueType::kInt4), "-2147483648");
  EXPECT_EQ(computed("${-2147483648 - id}", 1, ValueType::kInt4), "2147483647");
  EXPECT_EQ(computed("${id.intValue()}", (1LL << 32) + 5), "5");
}

TEST(InlineExpression, ShiftsByTheWidthOfItsLeftSide) {
  EXPECT_EQ(computed("${id << 33}", 1, ValueType::kInt4), "2");
  EXPECT_EQ(computed("${id << 33}", 1, ValueType::kInt8), "8589934592");
  EXPECT_EQ(computed("${id >> 1}", -3), "-2");
  EXPECT_EQ(computed("${id >>> 28}", -1, ValueType::kInt4), "15");
  EXPECT_EQ(computed("${id >>> 60}", -1, ValueType::kInt8), "15");
  EXPECT_EQ(computed("${id << 33L}", 1, ValueType::kInt4), "2");
}

TEST(InlineExpression, FollowsGroovysPrecedence) {
  EXPECT_EQ(computed("${id + 2 * 3 - 1}", 1), "6");
  EXPECT_EQ(computed("${1 | 2 ^ 3 & id}", 1), "3");
  EXPECT_EQ(computed("${id << 1 + 1}", 1), "4");
  EXPECT_EQ(computed("${-id % 3}", 5), "-2");
  EXPECT_EQ(computed("${~id & 7}", 2), "5");
  EXPECT_EQ(computed("${10 - id - 3}", 2), "5");
}

TEST(InlineExpression, KnowsItsColumnInAnyCase) { EXPECT_EQ(computed("t_${ID % 2}", 3), "t_1"); }

TEST(InlineExpression, TakesUntypedTextForTheNumberItHolds) {
  EXPECT_EQ(computed("t_${id % 4}", Value(" 42 "), ValueType::kUnknown), "t_2");
  EXPECT_EQ(computed("t_${id % 4}", Value("abc"), ValueType::kUnknown), "22P02");
  EXPECT_EQ(computed("t_${id + 1}", Value("42"), ValueType::kUnknown), "t_43");
  EXPECT_EQ(computed("t_${id + 1}", Value("42"), ValueType::kText), "t_421");
  EXPECT_EQ(computed("t_${id.intValue() == 42}", Value("42"), ValueType::kUnknown), "t_true");
}

TEST(InlineExpression, DoesNoArithmeticOnTextColumns) {
  EXPECT_EQ(computed("t_${id % 4}", Value("42"), ValueType::kText), "22P02");
  EXPECT_EQ(computed("t_${id.toLong() % 4}", Value("42"), ValueType::kText), "t_2");
  EXPECT_EQ(computed("ds_${id}", Value("eu"), ValueType::kText), "ds_eu");
}

TEST(InlineExpression, GivesPostgresqlsErrorForADivisionByZero) {
  EXPECT_EQ(computed("t_${1.intdiv(id)}", std::int64_t{0}), "22012");
  EXPECT_EQ(computed("t_${5 % id}", std::int64_t{0}), "22012");
  EXPECT_EQ(computed("t_${id % 0}", 1), "compile 22023");
}

TEST(InlineExpression, HasTheClassOfItsColumnsType) {
  using enum ValueType;
  EXPECT_EQ(computed("${id / 3}", "12.5", kNumeric), "4.1666666667");
  EXPECT_EQ(computed("${id.hashCode()}", "12.5", kNumeric), "3876");
  EXPECT_EQ(computed("${id ? 'y' : 'n'}", "f", kBool), "n");
  EXPECT_EQ(computed("${id.hashCode()}", "t", kBool), "1231");
  EXPECT_EQ(computed("${id.hashCode()}", "123e4567-e89b-12d3-a456-426614174000", kUuid),
            "1256478162");
  EXPECT_EQ(computed("${id}", "123e4567-e89b-12d3-a456-426614174000", kUuid),
            "123e4567-e89b-12d3-a456-426614174000");
  EXPECT_EQ(computed("${id}", "0.001", kFloat8), "0.001");
  EXPECT_EQ(computed("${id * 2}", "5e7", kFloat8), "1.0E8");
  EXPECT_EQ(computed("${id.hashCode()}", "1.5", kFloat8), "1073217536");
}

// A date is a Timestamp to its methods, and a text to those of String.
TEST(InlineExpression, FormatsDates) {
  using enum ValueType;
  const char* time = "2024-02-29 13:05:09.25";
  EXPECT_EQ(computed("t_${id.format('yyyyMM')}", time, kTimestamp), "t_202402");
  EXPECT_EQ(computed("${id.format(\"yy-M-d'T'HH:mm:ss.SSS h a D E MMM\")}", time, kTimestamp),
            "24-2-29T13:05:09.250 1 PM 60 Thu Feb");
  EXPECT_EQ(computed("${id.format('EEEE MMMM')}", "2024-03-03", kDate), "Sunday March");
  EXPECT_EQ(computed("${id}", time, kTimestamp), "2024-02-29 13:05:09.25");
  EXPECT_EQ(computed("${id}", "2024-02-29 13:05:09", kTimestamp), "2024-02-29 13:05:09.0");
  EXPECT_EQ(computed("${id}", "2024-02-29", kDate), "2024-02-29");
  EXPECT_EQ(computed("${id.substring(0, 7)}", time, kTimestamp), "2024-02");
  EXPECT_EQ(computed("${id.hashCode()}", "1970-01-01 00:00:01.5", kTimestamp), "1500");
  EXPECT_EQ(computed("${id.hashCode()}", time, kTimestamp), "-185074417");
  EXPECT_EQ(computed("${id.format('QQ')}", time, kTimestamp), "0A000");
}

TEST(InlineExpression, TakesSeveralVariables) {
  const std::vector<std::string> names{"order_id", "User_Id"};
  const auto expression =
      InlineExpression::compile("t_$->{(order_id % 2) + (user_id % 2)}_${USER_ID}", names);
  ASSERT_TRUE(expression.has_value());
  const Value order(std::int64_t{7});
  const Value user(std::int64_t{9});
  const std::vector<InlineArgument> arguments{{&order, ValueType::kInt8},
                                              {&user, ValueType::kInt4}};
  EXPECT_EQ(*expression->run(arguments), "t_2_9");
  EXPECT_EQ(expression->modulus(), 0);

  const auto one = InlineExpression::compile("t_${order_id % 2}", names);
  EXPECT_FALSE(one->quick_number(3).has_value());
  const auto other = InlineExpression::compile("t_${item % 2}", names);
  EXPECT_THAT(other.error().message, HasSubstr("\"item\" is none of the sharding columns"));
}

TEST(InlineExpression, HasNullForAHintThatIsMissing) {
  EXPECT_EQ(computed("t_${id}", Value(Null{})), "t_null");
  EXPECT_EQ(computed("t_${id ?: 0}", Value(Null{})), "t_0");
  EXPECT_EQ(computed("t_${id?.abs()}", Value(Null{})), "t_null");
  EXPECT_EQ(computed("t_${id == null}", Value(Null{})), "t_true");
}

TEST(InlineExpression, HasOneShapeForTheSameArithmetic) {
  const auto a = InlineExpression::compile("orders_${order_id % 8}", "order_id");
  const auto b = InlineExpression::compile("order_lines_${oid%8}", "oid");
  const auto c = InlineExpression::compile("orders_${order_id % 16}", "order_id");
  EXPECT_EQ(a->shape(), b->shape());
  EXPECT_NE(a->shape(), c->shape());
  EXPECT_EQ(a->prefix(), "orders_");
}

}  // namespace
}  // namespace tessera::rules
