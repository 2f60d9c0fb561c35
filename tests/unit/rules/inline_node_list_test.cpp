#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/inline_cases.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;

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

TEST(NodeList, NamesEachValueOfAPlaceholderOnce) {
  EXPECT_THAT(expanded("t_${[1, 2, 1, '1']}"), ElementsAre("t_1", "t_2"));
}

TEST(NodeList, TakesTextWithoutPlaceholdersAsItIs) {
  EXPECT_THAT(expanded("t_$x, u"), ElementsAre("t_$x", "u"));
}

// What real configurations write for months, days and numbered tables.
TEST(NodeList, RunsClosures) {
  EXPECT_THAT(expanded("t_${(9..11).collect{ it.toString().padLeft(2,'0') }}"),
              ElementsAre("t_09", "t_10", "t_11"));
  EXPECT_THAT(expanded("t_${(1..2).collect{t ->t.toString().padLeft(2,'0')}}"),
              ElementsAre("t_01", "t_02"));
  EXPECT_THAT(expanded("t_${(1..2).collect(i->i.toString().padLeft(2,'0'))}"),
              ElementsAre("t_01", "t_02"));
  EXPECT_THAT(expanded("t_${(1..2).collect((i) -> i * 10)}"), ElementsAre("t_10", "t_20"));
  EXPECT_THAT(expanded("t_${(126..127).collect{sprintf('%03d', it)}}"),
              ElementsAre("t_126", "t_127"));
  EXPECT_THAT(expanded("t_${(0..5).findAll{ it % 2 == 0 }}"), ElementsAre("t_0", "t_2", "t_4"));
  EXPECT_THAT(expanded("t_${(1..2).collect{ y -> (1..2).collect{ m -> \"${y}_${m}\" } }}"),
              ElementsAre("t_1_1", "t_1_2", "t_2_1", "t_2_2"));
}

TEST(NodeList, PutsTwoPlaceholdersSideBySide) {
  EXPECT_THAT(expanded("t_$->{2021..2022}_$->{1..2}"),
              ElementsAre("t_2021_1", "t_2021_2", "t_2022_1", "t_2022_2"));
  EXPECT_THAT(expanded("t_$->{2021..2022}$->{['01','02']}"),
              ElementsAre("t_202101", "t_202102", "t_202201", "t_202202"));
  EXPECT_EQ(expanded("ds$->{2023..2025}.T_$->{1..12}").size(), 36U);
}

TEST(NodeList, TakesRangesOfLetters) {
  EXPECT_THAT(expanded("t_${'a'..'c'}"), ElementsAre("t_a", "t_b", "t_c"));
}

TEST(NodeList, AcceptsTheNameOfItsLanguage) {
  EXPECT_THAT(expanded("<GROOVY>t_${0..1}"), ElementsAre("t_0", "t_1"));
}

TEST(NodeList, RefusesWhatWouldTakeTooMuchMemory) {
  EXPECT_EQ(expand_inline("t_${0..2000000000}").error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${0..999}${0..999}${0..999}").error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${0..60000}" + std::string(1000, 'x')).error().sqlstate, "54000");
}

TEST(NodeList, BoundsTheWorkOfItsClosures) {
  const std::string many = "(1..60000)";
  const std::string square = "${" + many + ".collect{ x -> " + many + ".collect{ x } }}";
  EXPECT_EQ(expand_inline(square).error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${" + many + ".collect{ 'x'.padLeft(60000) }}").error().sqlstate,
            "54000");
  EXPECT_EQ(expand_inline("${'x' * 2000000000}").error().sqlstate, "54000");
  EXPECT_EQ(expand_inline("${2 ** 2000000000}").error().sqlstate, "22003");
  const std::string searched = "[" + many + "].collect{ l -> " + many + ".any{ l.contains(-it) } }";
  EXPECT_EQ(expand_inline("${" + searched + "}").error().sqlstate, "54000");
  std::string doubled = "[[1]]";
  for (int n = 0; n < 30; ++n) doubled += ".collect{ [it, it] }";
  EXPECT_EQ(expand_inline("${" + doubled + "}").error().sqlstate, "54000");
}

}  // namespace
}  // namespace tessera::rules
