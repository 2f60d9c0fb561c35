#include "rules/inline_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> expanded(std::string_view text) {
  const auto names = expand_inline(text);
  return names ? *names : std::vector<std::string>{"error: " + names.error().message};
}

// The result for one value, or the SQLSTATE of the error.
std::string computed(std::string_view text, const Value& value, ValueType type = ValueType::kInt8) {
  const auto expression = InlineExpression::compile(text, "id");
  if (!expression) return "compile " + expression.error().sqlstate;
  std::string out;
  const Status status = expression->append_to(out, value, type);
  return status ? out : status.error().sqlstate;
}

std::string computed(std::string_view text, std::int64_t value, ValueType type = ValueType::kInt8) {
  return computed(text, Value(value), type);
}

TEST(NodeList, ExpandsRangesFromLeftToRight) {
  EXPECT_THAT(expanded("ds_${0..1}.t_order_${0..1}"),
              ElementsAre("ds_0.t_order_0", "ds_0.t_order_1", "ds_1.t_order_0", "ds_1.t_order_1"));
}

TEST(NodeList, TakesBothSpellingsOfAPlaceholder) {
  EXPECT_THAT(expanded("ds$->{0..1}.t_${8..9}"),
              ElementsAre("ds0.t_8", "ds0.t_9", "ds1.t_8", "ds1.t_9"));
}

TEST(NodeList, SplitsAtTopLevelCommasOnly) {
  EXPECT_THAT(expanded(" ds_0.t_a ,ds_${[1, 2]}.t , ds_3.t"),
              ElementsAre("ds_0.t_a", "ds_1.t", "ds_2.t", "ds_3.t"));
}

TEST(NodeList, ExpandsListsOfTexts) {
  EXPECT_THAT(expanded("${['online', \"offline\"]}_t${1..2}"),
              ElementsAre("online_t1", "online_t2", "offline_t1", "offline_t2"));
}

TEST(NodeList, FlattensNestedListsAndTexts) {
  EXPECT_THAT(expanded("t_${['a', ['b', [1, 2..3]], \"new${1+2}\"]}"),
              ElementsAre("t_a", "t_b", "t_1", "t_2", "t_3", "t_new3"));
}

TEST(NodeList, PrintsNullAsNothing) {
  EXPECT_THAT(expanded("t_order_${null}"), ElementsAre("t_order_"));
}

TEST(NodeList, ComputesConstants) {
  EXPECT_THAT(expanded("t_${1 + 2 * 3}_${'xx'}_${7.intdiv(2)}"), ElementsAre("t_7_xx_3"));
}

TEST(NodeList, CountsDownAndLeavesOutTheEndOfAnExclusiveRange) {
  EXPECT_THAT(expanded("${2..0}"), ElementsAre("2", "1", "0"));
  EXPECT_THAT(expanded("${0..<2}"), ElementsAre("0", "1"));
  EXPECT_THAT(expanded("${(0..1)}"), ElementsAre("0", "1"));
}

TEST(NodeList, AcceptsTheNameOfItsLanguage) {
  EXPECT_THAT(expanded("<GROOVY>t_${0..1}"), ElementsAre("t_0", "t_1"));
}

TEST(NodeList, RefusesWhatWouldTakeTooMuchMemory) {
  EXPECT_EQ(expand_inline("t_${0..2000000000}").error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${0..999}${0..999}${0..999}").error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${0..60000}" + std::string(1000, 'x')).error().sqlstate, "54000");
}

struct Refusal {
  const char* text;
  const char* sqlstate;
  const char* part;
};

class RefusedNodeList : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedNodeList, NamesTheOffendingPart) {
  const auto names = expand_inline(GetParam().text);
  ASSERT_FALSE(names.has_value());
  EXPECT_EQ(names.error().sqlstate, GetParam().sqlstate);
  EXPECT_THAT(names.error().message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedNodeList,
    testing::Values(
        Refusal{"t_${(1..12).collect{ it.toString() }}", "0A000", "\"collect\""},
        Refusal{"t_${x}", "0A000", "\"x\" is a variable"}, Refusal{"t_${0..1", "22023", "the end"},
        Refusal{"t_$x", "0A000", "\"$x\""}, Refusal{"a,,b", "22023", "an empty piece"},
        Refusal{"", "22023", "an empty piece"}, Refusal{"t_${'a'..'c'}", "0A000", "quoted text"},
        Refusal{"t_${1 / 2}", "0A000", "\"/\" gives decimals"},
        Refusal{"t_${sprintf('%03d', 1)}", "0A000", "\"sprintf\""},
        Refusal{"t_${['a'}", "0A000", "\"]\" was expected"}, Refusal{"t_${'a}", "22023", "'a}"},
        Refusal{"t_${01..12}", "0A000", "octal"}, Refusal{"t_${1.5}", "0A000", "1.5"},
        Refusal{"<INTERVAL>P=t_", "0A000", "<INTERVAL>"},
        Refusal{"t_${99999999999999999999}", "0A000", "99999999999999999999"},
        Refusal{"t_${1 == 1}", "0A000", "=="}, Refusal{"t_${true ? 1 : 2}", "0A000", "?"}));

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
  EXPECT_EQ(computed("${id - 2147483648}", 0, ValueType::kInt4), "-2147483648");
  EXPECT_EQ(computed("${-2147483648 - id}", 1, ValueType::kInt4), "2147483647");
  EXPECT_EQ(computed("${id.intValue()}", (1LL << 32) + 5), "5");
}

TEST(InlineExpression, ShiftsByTheWidthOfItsLeftSide) {
  EXPECT_EQ(computed("${id << 33}", 1, ValueType::kInt4), "2");
  EXPECT_EQ(computed("${id << 33}", 1, ValueType::kInt8), "8589934592");
  EXPECT_EQ(computed("${id >> 1}", -3), "-2");
  EXPECT_EQ(computed("${id >>> 28}", -1, ValueType::kInt4), "15");
  EXPECT_EQ(computed("${id >>> 60}", -1, ValueType::kInt8), "15");
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
}

TEST(InlineExpression, DoesNoArithmeticOnTextColumns) {
  EXPECT_EQ(computed("t_${id % 4}", Value("42"), ValueType::kText), "22P02");
  EXPECT_EQ(computed("t_${id.toLong() % 4}", Value("42"), ValueType::kText), "t_2");
  EXPECT_EQ(computed("ds_${id}", Value("eu"), ValueType::kText), "ds_eu");
}

TEST(InlineExpression, GivesPostgresqlsErrorForADivisionByZero) {
  EXPECT_EQ(computed("t_${1.intdiv(id)}", 0), "22012");
  EXPECT_EQ(computed("t_${5 % id}", 0), "22012");
  EXPECT_EQ(computed("t_${id % 0}", 1), "compile 22023");
}

TEST(InlineExpression, RefusesWhatItCannotCompute) {
  for (const char* text : {"t_${id % 2 == 0 ? 1 : 2}",
                           "t_${id / 2}",
                           "t_${id ** 2}",
                           "t_${id.substring(0, 4)}",
                           "t_${(id + user_id) % 2}",
                           "t_${[1, 2]}",
                           "t_${0..1}",
                           "t_${'a' + id}",
                           "t_${null}",
                           "t_${id[0]}",
                           "t_${System.exit(1)}",
                           "t_${Math.random()}",
                           "t_${id++}",
                           "t_${id && 1}",
                           "t_${id || 1}",
                           "t_${!id}",
                           "t_${(int) id}",
                           "t_${id?.abs()}",
                           "t_${it -> it}",
                           "t_${id.toString() + 1}"}) {
    EXPECT_EQ(computed(text, 1), "compile 0A000") << text;
  }
}

TEST(InlineExpression, NamesTheVariableThatIsNotItsColumn) {
  const auto expression = InlineExpression::compile("t_${(id + user_id) % 2}", "id");
  ASSERT_FALSE(expression.has_value());
  EXPECT_THAT(expression.error().message, HasSubstr("\"user_id\" is not the sharding column"));
}

TEST(InlineExpression, BoundsItsNesting) {
  const std::string deep = "t_${" + std::string(100'000, '(') + "id";
  EXPECT_EQ(computed(deep, 1), "compile 0A000");
  EXPECT_EQ(computed("t_${" + std::string(100'000, '-') + "id}", 1), "compile 0A000");
  std::string right = "id";
  for (int n = 0; n < 20; ++n) right = "1 + (" + right + ")";
  EXPECT_EQ(computed("t_${" + right + "}", 1), "compile 0A000");
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
