#include "rules/algorithms/interval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/algorithm.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Properties monthly(Properties changes = {}) {
  Properties all{
      {"datetime-pattern", "yyyy-MM-dd HH:mm:ss"}, {"datetime-lower", "2024-01-01 00:00:00"},
      {"datetime-upper", "2024-12-31 23:59:59"},   {"sharding-suffix-pattern", "yyyyMM"},
      {"datetime-interval-amount", "1"},           {"datetime-interval-unit", "MONTHS"}};
  for (auto& [name, value] : changes) {
    if (value.empty()) {
      all.erase(name);
    } else {
      all[name] = value;
    }
  }
  return all;
}

std::shared_ptr<const Algorithm> made(const Properties& properties) {
  auto algorithm = make_algorithm("INTERVAL", properties, "created_at");
  if (!algorithm) throw std::runtime_error(algorithm.error().message);
  return *algorithm;
}

std::string fault(const Properties& properties) {
  const auto algorithm = make_algorithm("INTERVAL", properties, "created_at");
  return algorithm ? "none" : algorithm.error().sqlstate + " " + algorithm.error().message;
}

Targets year() {
  std::vector<std::string> names;
  for (int n = 1; n <= 12; ++n)
    names.push_back("events_2024" + std::string(n < 10 ? "0" : "") + std::to_string(n));
  return Targets(names);
}

// The target's name, or the error.
std::string routed(const Algorithm& algorithm, const Targets& targets, const Value& value,
                   ValueType type = ValueType::kTimestamp) {
  const auto found = algorithm.pick(targets, value, type);
  return found ? targets.names()[*found] : found.error().sqlstate + " " + found.error().message;
}

TEST(Interval, FindsTheTableByItsSuffix) {
  const auto by_month = made(monthly());
  EXPECT_EQ(routed(*by_month, year(), "2024-01-01 00:00:00"), "events_202401");
  EXPECT_EQ(routed(*by_month, year(), "2024-02-29 23:59:59.999999"), "events_202402");
  EXPECT_EQ(routed(*by_month, year(), "2024-12-31 23:59:59"), "events_202412");
  EXPECT_EQ(routed(*by_month, year(), "2024-07-04", ValueType::kDate), "events_202407");
  EXPECT_EQ(routed(*by_month, year(), "2024-07-04 10:00:00", ValueType::kText), "events_202407");
}

// As ShardingSphere does: what is longer than the pattern is cut, what is shorter reads as its
// start.
TEST(Interval, ReadsTextThatIsLongerOrShorterThanThePattern) {
  const auto by_month = made(monthly());
  EXPECT_EQ(routed(*by_month, year(), "2024-07-04 10:00:00.5+02", ValueType::kText),
            "events_202407");
  EXPECT_EQ(routed(*by_month, year(), "2024-07-04", ValueType::kText), "events_202407");
  EXPECT_THAT(routed(*by_month, year(), "July", ValueType::kText), HasSubstr("22007"));
  EXPECT_THAT(routed(*by_month, year(), "infinity"), HasSubstr("22007"));
}

TEST(Interval, HasNoTargetOutsideOfItsIntervals) {
  const auto by_month = made(monthly());
  EXPECT_THAT(routed(*by_month, year(), "2023-12-31 23:59:59"), HasSubstr("22023"));
  EXPECT_THAT(routed(*by_month, year(), "2025-01-01 00:00:00"), HasSubstr("22023"));
  EXPECT_THAT(routed(*by_month, Targets({"events_202401"}), "2024-02-01 00:00:00"),
              HasSubstr("ends in \"202402\" does not exist"));
}

TEST(Interval, RoutesRangesToTheTablesBetween) {
  const auto by_month = made(monthly());
  const auto range = [&](std::optional<Value> lower, std::optional<Value> upper) {
    return *by_month->pick_range(year(), lower, upper, ValueType::kTimestamp);
  };
  EXPECT_THAT(range("2024-03-15 00:00:00", "2024-05-01 00:00:00"), ElementsAre(2, 3, 4));
  EXPECT_THAT(range(std::nullopt, "2024-02-01 00:00:00"), ElementsAre(0, 1));
  EXPECT_THAT(range("2024-11-30 00:00:00", std::nullopt), ElementsAre(10, 11));
  EXPECT_THAT(range("2025-03-01 00:00:00", std::nullopt), IsEmpty());
  EXPECT_THAT(range(std::nullopt, "2023-03-01 00:00:00"), IsEmpty());
  EXPECT_EQ(
      by_month->pick_range(year(), Value("x"), std::nullopt, ValueType::kText).error().sqlstate,
      "22007");
}

TEST(Interval, StepsByEveryUnit) {
  const auto quarter =
      made(monthly({{"datetime-interval-amount", "3"}, {"sharding-suffix-pattern", "yyyy'q'Q"}}));
  const Targets quarters({"t_2024q1", "t_2024q2", "t_2024q3", "t_2024q4"});
  EXPECT_EQ(routed(*quarter, quarters, "2024-09-30 23:00:00"), "t_2024q3");
  const auto week =
      made(monthly({{"datetime-interval-unit", "Weeks"}, {"sharding-suffix-pattern", "MMdd"}}));
  EXPECT_EQ(routed(*week, Targets({"t_0101", "t_0108"}), "2024-01-14 23:00:00"), "t_0108");
  const auto hours = made(monthly({{"datetime-interval-unit", "hours"},
                                   {"datetime-interval-amount", "6"},
                                   {"sharding-suffix-pattern", "dd_HH"}}));
  EXPECT_EQ(routed(*hours, Targets({"t_01_00", "t_01_06"}), "2024-01-01 11:59:59"), "t_01_06");
}

// The unit is DAYS and the amount 1 where nothing is said; without an upper end there is none.
TEST(Interval, HasDefaults) {
  const auto daily = made(monthly({{"datetime-interval-unit", ""},
                                   {"datetime-interval-amount", ""},
                                   {"datetime-upper", ""},
                                   {"sharding-suffix-pattern", "yyyyMMdd"}}));
  EXPECT_EQ(routed(*daily, Targets({"t_20240229", "t_20310101"}), "2031-01-01 10:00:00"),
            "t_20310101");
}

TEST(Interval, ReadsNumbersByThePattern) {
  const auto daily = made(monthly({{"datetime-pattern", "yyyyMMdd"},
                                   {"datetime-lower", "20240101"},
                                   {"datetime-upper", "20241231"}}));
  EXPECT_EQ(routed(*daily, year(), 20240704, ValueType::kInt4), "events_202407");
  EXPECT_EQ(routed(*daily, year(), "2024-07-04 12:00:00"), "events_202407");
}

// A month that begins on the 31st goes on from the day it was cut to, as in Java.
TEST(Interval, KeepsTheDayThatAShorterMonthLeft) {
  const auto by_month = made(
      monthly({{"datetime-lower", "2024-01-31 00:00:00"}, {"sharding-suffix-pattern", "MMdd"}}));
  EXPECT_EQ(routed(*by_month, Targets({"t_0229", "t_0329"}), "2024-03-29 00:00:00"), "t_0329");
}

TEST(Interval, NamesThePropertyThatIsWrong) {
  EXPECT_THAT(fault(monthly({{"datetime-pattern", ""}})),
              HasSubstr("\"datetime-pattern\" of sharding algorithm INTERVAL is missing"));
  EXPECT_THAT(fault(monthly({{"datetime-lower", "2024"}})), "none");
  EXPECT_THAT(fault(monthly({{"datetime-lower", "x"}})),
              HasSubstr("\"datetime-lower\" of sharding algorithm INTERVAL does not match"));
  EXPECT_THAT(fault(monthly({{"datetime-upper", "2023-01-01 00:00:00"}})),
              HasSubstr("is before datetime-lower"));
  EXPECT_THAT(fault(monthly({{"sharding-suffix-pattern", "YYYYMM"}})),
              HasSubstr("0A000 property \"sharding-suffix-pattern\""));
  EXPECT_THAT(fault(monthly({{"sharding-suffix-pattern", "MMM"}})), HasSubstr("\"MMM\""));
  EXPECT_THAT(fault(monthly({{"datetime-interval-unit", "MOONS"}})), HasSubstr("ChronoUnit"));
  EXPECT_THAT(fault(monthly({{"datetime-interval-amount", "0"}})), HasSubstr("from 1 to"));
  EXPECT_THAT(fault(monthly({{"datetime-interval-unit", "SECONDS"}})),
              HasSubstr("more than 200000 intervals"));
  EXPECT_THAT(fault(monthly({{"surprise", "1"}})), HasSubstr("\"surprise\""));
}

TEST(Interval, BindsTablesWithTheSameSuffixes) {
  const auto by_month = made(monthly());
  EXPECT_EQ(by_month->residue("events_202403"), by_month->residue("lines_202403"));
  EXPECT_NE(by_month->residue("events_202403"), by_month->residue("lines_202404"));
  EXPECT_EQ(by_month->shape(), made(monthly())->shape());
  EXPECT_NE(by_month->shape(), made(monthly({{"datetime-interval-amount", "2"}}))->shape());
}

TEST(DatePattern, WritesWhatItReads) {
  for (const auto& [pattern, text] : std::vector<std::pair<std::string, std::string>>{
           {"yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-02-29T13:45:07.250"},
           {"dd/M/uuuu h:mm a", "29/2/2024 1:45 PM"},
           {"yyMMddHHmmss", "240229134507"},
           {"yyyy'o''clock'", "2024o'clock"}}) {
    const auto made = DatePattern::compile(pattern);
    ASSERT_TRUE(made.has_value()) << pattern;
    const auto moment = made->parse(text);
    ASSERT_TRUE(moment.has_value()) << pattern;
    EXPECT_EQ(made->format(*moment), text) << pattern;
  }
}

TEST(DatePattern, ReadsNoDayThatDoesNotExist) {
  const auto pattern = DatePattern::compile("yyyy-MM-dd HH:mm");
  EXPECT_FALSE(pattern->parse("2023-02-29 00:00").has_value());
  EXPECT_FALSE(pattern->parse("2024-13-01 00:00").has_value());
  EXPECT_FALSE(pattern->parse("2024-01-01 24:00").has_value());
}

}  // namespace
}  // namespace tessera::rules
