#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/inline_cases.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LiteralList, IsSplitAtCommas) {
  EXPECT_THAT(expanded("<LITERAL>t_${0..1}, u"), ElementsAre("t_${0..1}", "u"));
  EXPECT_THAT(expanded(" <LITERAL> a "), ElementsAre("a"));
  EXPECT_EQ(expand_inline("<LITERAL>").error().sqlstate, "22023");
}

TEST(IntervalList, StepsThroughDates) {
  EXPECT_THAT(expanded("<INTERVAL>P=t_order_;SP=yyyy_MM;DIA=1;DIU=Months;DL=2023_10;DU=2023_12"),
              ElementsAre("t_order_2023_10", "t_order_2023_11", "t_order_2023_12"));
  EXPECT_THAT(expanded("<INTERVAL>P=d.t;SP=yyyyMMdd;DIA=1;DIU=Days;DL=20231231;DU=20240101;C=ISO"),
              ElementsAre("d.t20231231", "d.t20240101"));
  EXPECT_THAT(expanded("<INTERVAL>P=t_;SP=yyyy_MMdd;DIA=1;DIU=Days;DL=2024_0228;DU=2024_0301"),
              ElementsAre("t_2024_0228", "t_2024_0229", "t_2024_0301"));
  EXPECT_THAT(expanded("<INTERVAL>P=t_;SP=yyyy;DIA=2;DIU=Years;DL=2021;DU=2024"),
              ElementsAre("t_2021", "t_2023"));
  EXPECT_THAT(expanded("<INTERVAL>P=t_;SP=yyyy_MM_dd;DIA=1;DIU=Weeks;DL=2024_01_01;DU=2024_01_15"),
              ElementsAre("t_2024_01_01", "t_2024_01_08", "t_2024_01_15"));
}

TEST(IntervalList, StepsThroughTimes) {
  EXPECT_THAT(
      expanded("<INTERVAL>P=t_;SP=HH_mm_ss_SSS;DIA=1;DIU=Millis;DL=22_48_52_999;DU=22_48_53_000"),
      ElementsAre("t_22_48_52_999", "t_22_48_53_000"));
  EXPECT_THAT(
      expanded(
          "<INTERVAL>P=t_;SP=yyyy_MM_dd_HH;DIA=12;DIU=Hours;DL=2023_12_31_12;DU=2024_01_01_13"),
      ElementsAre("t_2023_12_31_12", "t_2024_01_01_00", "t_2024_01_01_12"));
}

TEST(IntervalList, CountsMonthsWithoutAYear) {
  EXPECT_THAT(expanded("<INTERVAL>P=t_;SP=MM;DIA=1;DIU=Months;DL=10;DU=12"),
              ElementsAre("t_10", "t_11", "t_12"));
}

// java.time goes from the first date by whole units, and has no 31st of February.
TEST(IntervalList, KeepsToTheEndOfShorterMonths) {
  EXPECT_THAT(expanded("<INTERVAL>P=;SP=yyyyMMdd;DIA=1;DIU=Months;DL=20240131;DU=20240331"),
              ElementsAre("20240131", "20240229", "20240331"));
  EXPECT_THAT(expanded("<INTERVAL>P=;SP=yyyyMMdd;DIA=1;DIU=Months;DL=20240131;DU=20240229"),
              ElementsAre("20240131"));
}

struct Fault {
  const char* text;
  const char* sqlstate;
  const char* part;
};

class FaultyInterval : public testing::TestWithParam<Fault> {};

TEST_P(FaultyInterval, IsNamed) {
  const auto names = expand_inline(GetParam().text);
  ASSERT_FALSE(names.has_value());
  EXPECT_EQ(names.error().sqlstate, GetParam().sqlstate);
  EXPECT_THAT(names.error().message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyInterval,
    testing::Values(
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=Years;DL=2021", "22023", "\"DU\" is missing"},
        Fault{"<INTERVAL>P=t;X=1", "22023", "column 15: \"X\" is none of"},
        Fault{"<INTERVAL>P=t;P=u", "22023", "\"P\" is there twice"},
        Fault{"<INTERVAL>P", "22023", "KEY=VALUE"},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=0;DIU=Years;DL=2021;DU=2022", "22023",
              "\"0\" is no positive integer"},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=Days;DL=2021;DU=2022", "22023",
              "is no unit of what the pattern SP has"},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=YEARS;DL=2021;DU=2022", "22023", "is no unit"},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=Years;DL=21;DU=2022", "22023", "\"21\""},
        Fault{"<INTERVAL>P=t;SP=yyyyMMdd;DIA=1;DIU=Days;DL=20230229;DU=20230301", "22023",
              "\"20230229\""},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=Years;DL=2022;DU=2021", "22023", "before DL"},
        Fault{"<INTERVAL>P=t;SP=QQ;DIA=1;DIU=Years;DL=2022;DU=2021", "0A000", "\"QQ\""},
        Fault{"<INTERVAL>P=t;SP=ss;DIA=1;DIU=Years;DL=2022;DU=2021", "22023", "no pattern of a"},
        Fault{"<INTERVAL>P=t;SP=yyyy;DIA=1;DIU=Years;DL=2021;DU=2022;C=Japanese", "0A000",
              "\"Japanese\" is another calendar"},
        Fault{"<INTERVAL>P=t;SP=HHmmss;DIA=1;DIU=Nanos;DL=000000;DU=235959", "54000", "65536"},
        Fault{"<INTERVAL>P=t;SP=yyyyMMddHH;DIA=1;DIU=Nanos;DL=0001010100;DU=9999010100", "54000",
              "65536"}));

}  // namespace
}  // namespace tessera::rules
