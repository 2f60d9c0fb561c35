#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/inline_cases.h"

namespace tessera::rules {
namespace {

using testing::HasSubstr;

struct Refusal {
  const char* text;
  const char* sqlstate;
  const char* part;
};

class RefusedNodeList : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedNodeList, NamesTheOffendingPartAndItsColumn) {
  const auto names = expand_inline(GetParam().text);
  ASSERT_FALSE(names.has_value());
  EXPECT_EQ(names.error().sqlstate, GetParam().sqlstate);
  EXPECT_THAT(names.error().message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedNodeList,
    testing::Values(
        Refusal{"t_${(1..12).collectMany{ it }}", "0A000", "column 13: \"collectMany\""},
        Refusal{"t_${(1..12).collect(3)}", "0A000", "\"collect\" takes a closure"},
        Refusal{"t_${[1].join{ it }}", "0A000", "is a closure, which only"},
        Refusal{"t_${'a'.substring()}", "0A000", "\"substring\" takes 1 to 2 arguments, not 0"},
        Refusal{"t_${x}", "0A000", "column 5: \"x\" is a variable"},
        Refusal{"é_${x}", "0A000", "column 5: \"x\""}, Refusal{"t_${0..1", "22023", "the end"},
        Refusal{"t_${1}$x", "0A000", "\"x\" is a variable"},
        Refusal{"t_${1}$", "0A000", "opens no placeholder"},
        Refusal{"a,,b", "22023", "an empty piece"}, Refusal{"", "22023", "an empty piece"},
        Refusal{"t_${'ab'..'c'}", "22023", "range of String and String"},
        Refusal{"t_${1.5..2}", "22023", "range of BigDecimal and Integer"},
        Refusal{"t_${1 / 0}", "22023", "divides by zero"},
        Refusal{"t_${1 % (1 - 1)}", "22012", "division by zero"},
        Refusal{"t_${println(1)}", "0A000", "\"println\" is no function"},
        Refusal{"t_${['a'}", "0A000", "\"]\" was expected"}, Refusal{"t_${'a}", "22023", "'a}"},
        Refusal{"t_${\"a}", "22023", "column 5: \"\"a}\" is a quoted text without its end"},
        Refusal{"t_${08}", "22023", "is no number"}, Refusal{"t_${1x}", "0A000", "1x"},
        Refusal{"t_${0xg}", "22023", "is no number"},
        Refusal{"t_${99999999999L.x}", "0A000", "\"x\" is a property"},
        Refusal{"t_${99999999999999999999L}", "0A000", "does not fit a Java long"},
        Refusal{"t_${['a': 1]}", "0A000", "belongs to a map"},
        Refusal{"t_${{ it }}", "0A000", "stands where a value was expected"},
        Refusal{"t_${a = 1}", "0A000", "\"=\" changes a variable"},
        Refusal{"t_${new File('/')}", "0A000", "\"new\" makes an object"},
        Refusal{"t_${'ls'.execute()}", "0A000", "\"execute\" is no method"},
        Refusal{"t_${1.class}", "0A000", "\"class\" is a property"},
        Refusal{"t_${1.getClass()}", "0A000", "\"getClass\" is no method"},
        Refusal{"t_${System.exit(0)}", "0A000", "\"exit\" is no method"},
        Refusal{"t_${Math.random()}", "0A000", "\"Math.random\" is no function"},
        Refusal{"t_${Math.PI}", "0A000", "\"Math.PI\" is no constant"},
        Refusal{"t_${/a/}", "0A000", "stands where a value was expected"},
        Refusal{"t_${'a' =~ 'b'}", "0A000", "\"=~\" is no operator"},
        Refusal{"t_${1 instanceof Integer}", "0A000", "\"instanceof\" is no operator"},
        Refusal{"t_${1 as Date}", "0A000", "\"Date\" is no type"},
        Refusal{"t_${'\\q'}", "0A000", "is no escape"}, Refusal{"t_${1; 2}", "0A000", "; 2}"},
        Refusal{"t_${'a.b'.split('a|b')}", "22023", "regular expression a|b"},
        Refusal{"<ESPRESSO>t_${1}", "0A000", "<ESPRESSO>"}, Refusal{"<PERL>t", "0A000", "<PERL>"}));

TEST(RefusedNodeList, NestsToABoundedDepth) {
  EXPECT_EQ(expand_inline("${" + std::string(100'000, '(') + "1").error().sqlstate, "54001");
  EXPECT_EQ(expand_inline("${" + std::string(100'000, '~') + "1}").error().sqlstate, "54001");
  EXPECT_EQ(expand_inline("${" + std::string(100'000, '[') + "1").error().sqlstate, "54001");
  std::string sum = "1";
  for (int n = 0; n < 100'000; ++n) sum += "+1";
  EXPECT_EQ(expand_inline("${" + sum + "}").error().sqlstate, "54001");
  std::string quoted = "1";
  for (int n = 0; n < 1000; ++n) quoted = "\"${" + quoted + "}\"";
  EXPECT_EQ(expand_inline("${" + quoted + "}").error().sqlstate, "54001");
  std::string closures = "1";
  for (int n = 0; n < 10; ++n) closures = "[1].collect{" + closures + "}";
  EXPECT_EQ(expand_inline("${" + closures + "}").error().sqlstate, "54001");
}

TEST(RefusedExpression, NamesTheVariableThatIsNotItsColumn) {
  const auto expression = InlineExpression::compile("t_${(id + user_id) % 2}", "id");
  ASSERT_FALSE(expression.has_value());
  EXPECT_THAT(expression.error().message,
              HasSubstr("column 11: \"user_id\" is not the sharding column (\"id\")"));
}

TEST(RefusedExpression, HasNoLanguageForNodeLists) {
  EXPECT_EQ(constant("<LITERAL>t_0"), "compile 0A000");
  EXPECT_EQ(constant("<INTERVAL>P=t"), "compile 0A000");
  EXPECT_EQ(constant("<GROOVY>t_${id}"), "t_0");
}

TEST(RefusedExpression, CannotReachOutside) {
  for (const char* text : {"t_${id++}", "t_${it -> it}", "t_${id = 3}", "t_${System.exit(1)}",
                           "t_${Runtime.getRuntime()}", "t_${Class.forName('a')}", "t_${this}",
                           "t_${Thread.sleep(1)}", "t_${id.metaClass}", "t_${id.@value}",
                           "t_${id.&abs}", "t_${Math.random()}", "t_${id.invokeMethod('a', 1)}"}) {
    EXPECT_EQ(computed(text, 1), "compile 0A000") << text;
  }
}

// What the class of the value decides shows only when it runs.
TEST(RefusedExpression, SaysWhatAValueCannotDo) {
  EXPECT_EQ(computed("${id.substring(0, 4)}", 5), "42883");
  EXPECT_EQ(computed("${id.abs()}", "x"), "22P02");
  EXPECT_EQ(computed("${id % 2}", "x"), "22P02");
  EXPECT_EQ(computed("${id.substring(9)}", "x"), "22023");
  EXPECT_EQ(computed("${id.collect{ it }}", 5), "42883");
  EXPECT_EQ(computed("${id < 'ab'}", 5), "22023");
  EXPECT_EQ(computed("${Math.max(id, 3)}", "x"), "22P02");
  EXPECT_EQ(computed("${10 ** 400 * 1.5d}_${-(10 ** 400) * 1.0d}", 5), "Infinity_-Infinity");
  EXPECT_EQ(computed("${1e-400 * 1.0d}", 5), "0.0");
  EXPECT_EQ(computed("${Math.min(3, id)}", "7", ValueType::kUnknown), "3");
  EXPECT_EQ(computed("${Long.valueOf(Math.sqrt(id))}", -1), "22P02");
  EXPECT_EQ(computed("${Math.sqrt(id) as BigInteger}", -1), "22003");
  EXPECT_EQ(computed("${id.toInteger()}", "99999999999"), "22003");
  EXPECT_EQ(computed("${id.format('yyyy')}", 5), "42883");
  EXPECT_EQ(computed("${id.hashCode()}", Value(Null{})), "22004");
  EXPECT_EQ(computed("${id + 1}", Value(Null{})), "22004");
  EXPECT_EQ(computed("${sprintf('%d', id)}", "x"), "22023");
  EXPECT_EQ(computed("${sprintf('%q', id)}", "x"), "22023");
  EXPECT_EQ(computed("${sprintf('%d %d', id)}", 1), "22023");
}

}  // namespace
}  // namespace tessera::rules
