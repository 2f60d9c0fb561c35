#include "rules/algorithms/range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Algorithm> made(std::string_view type, const Properties& properties) {
  auto algorithm = make_algorithm(type, properties, "id");
  if (!algorithm) throw std::runtime_error(algorithm.error().message);
  return *algorithm;
}

std::string fault(std::string_view type, const Properties& properties) {
  const auto algorithm = make_algorithm(type, properties, "id");
  return algorithm ? "none" : algorithm.error().sqlstate + " " + algorithm.error().message;
}

Targets targets(int count) {
  std::vector<std::string> names;
  for (int n = 0; n < count; ++n) names.push_back("t_" + std::to_string(n));
  return Targets(names);
}

std::int64_t picked(const Algorithm& algorithm, int count, const Value& value,
                    ValueType type = ValueType::kInt8) {
  const auto ordinal = algorithm.pick(targets(count), value, type);
  return ordinal ? std::int64_t{*ordinal} : -1;
}

const Properties kVolume{{"range-lower", "10"}, {"range-upper", "45"}, {"sharding-volume", "10"}};

TEST(VolumeRange, HasATargetBelowAndOneAbove) {
  const auto volume = made("VOLUME_RANGE", kVolume);
  EXPECT_EQ(volume->table_count(), 6U);
  EXPECT_EQ(picked(*volume, 6, -5), 0);
  EXPECT_EQ(picked(*volume, 6, 9), 0);
  EXPECT_EQ(picked(*volume, 6, 10), 1);
  EXPECT_EQ(picked(*volume, 6, 19), 1);
  EXPECT_EQ(picked(*volume, 6, 20), 2);
  EXPECT_EQ(picked(*volume, 6, 44), 4);
  EXPECT_EQ(picked(*volume, 6, 45), 5);
  EXPECT_EQ(picked(*volume, 6, "19.99", ValueType::kNumeric), 1);
  EXPECT_EQ(picked(*volume, 6, "20", ValueType::kText), 2);
}

TEST(VolumeRange, RoutesRangesInOrder) {
  const auto volume = made("VOLUME_RANGE", kVolume);
  const auto range = [&](std::optional<Value> lower, std::optional<Value> upper) {
    return *volume->pick_range(targets(6), lower, upper, ValueType::kInt8);
  };
  EXPECT_THAT(range(15, 30), ElementsAre(1, 2, 3));
  EXPECT_THAT(range(std::nullopt, 10), ElementsAre(0, 1));
  EXPECT_THAT(range(40, std::nullopt), ElementsAre(4, 5));
  EXPECT_EQ(
      volume->pick_range(targets(6), Value("x"), std::nullopt, ValueType::kText).error().sqlstate,
      "22P02");
}

TEST(VolumeRange, NamesThePropertyThatIsWrong) {
  EXPECT_THAT(fault("VOLUME_RANGE", {{"range-lower", "1"}, {"sharding-volume", "1"}}),
              HasSubstr("\"range-upper\" of sharding algorithm VOLUME_RANGE is missing"));
  EXPECT_THAT(
      fault("VOLUME_RANGE", {{"range-lower", "9"}, {"range-upper", "1"}, {"sharding-volume", "1"}}),
      HasSubstr("must be above range-lower"));
  EXPECT_THAT(fault("VOLUME_RANGE",
                    {{"range-lower", "0"}, {"range-upper", "99999999"}, {"sharding-volume", "1"}}),
              HasSubstr("more than 65536 tables"));
  EXPECT_EQ(made("VOLUME_RANGE", {{"range-lower", "-9223372036854775808"},
                                  {"range-upper", "9223372036854775807"},
                                  {"sharding-volume", "9223372036854775807"}})
                ->table_count(),
            5U);
}

TEST(BoundaryRange, BeginsATargetAtEachBoundary) {
  const auto boundary = made("BOUNDARY_RANGE", {{"sharding-ranges", "5, 1,10"}});
  EXPECT_EQ(boundary->table_count(), 4U);
  EXPECT_EQ(picked(*boundary, 4, 0), 0);
  EXPECT_EQ(picked(*boundary, 4, 1), 1);
  EXPECT_EQ(picked(*boundary, 4, 5), 2);
  EXPECT_EQ(picked(*boundary, 4, 9), 2);
  EXPECT_EQ(picked(*boundary, 4, 10), 3);
  EXPECT_THAT(fault("BOUNDARY_RANGE", {{"sharding-ranges", "1,x"}}), HasSubstr("not \"x\""));
  EXPECT_THAT(fault("BOUNDARY_RANGE", {{"sharding-ranges", "1,,2"}}), HasSubstr("two commas"));
}

const Properties kAuto{{"datetime-lower", "2020-01-01 00:00:00"},
                       {"datetime-upper", "2020-01-01 00:00:16"},
                       {"sharding-seconds", "4"}};

TEST(AutoInterval, CountsIntervalsFromTheLowerEnd) {
  const auto intervals = made("AUTO_INTERVAL", kAuto);
  EXPECT_EQ(intervals->table_count(), 6U);
  const auto at = [&](const char* time) {
    return picked(*intervals, 6, std::string("2020-01-01 ") + time, ValueType::kTimestamp);
  };
  EXPECT_EQ(picked(*intervals, 6, "2019-06-01 00:00:00", ValueType::kTimestamp), 0);
  EXPECT_EQ(at("00:00:00"), 0);
  EXPECT_EQ(at("00:00:01"), 1);
  EXPECT_EQ(at("00:00:04"), 1);
  EXPECT_EQ(at("00:00:04.9"), 1);
  EXPECT_EQ(at("00:00:05"), 2);
  EXPECT_EQ(at("00:00:16"), 4);
  EXPECT_EQ(at("00:00:17"), 5);
  EXPECT_EQ(at("23:00:00"), 5);
  EXPECT_EQ(picked(*intervals, 6, "2020-01-01 00:00:05", ValueType::kText), 2);
  EXPECT_EQ(picked(*intervals, 6, 7), -1);
}

// ShardingSphere rounds to hundredths first: 17 seconds of an hour are none.
TEST(AutoInterval, RoundsToHundredthsAsShardingSphereDoes) {
  const auto hours = made("AUTO_INTERVAL", {{"datetime-lower", "2020-01-01 00:00:00"},
                                            {"datetime-upper", "2020-01-02 00:00:00"},
                                            {"sharding-seconds", "3600"}});
  EXPECT_EQ(hours->table_count(), 26U);
  EXPECT_EQ(picked(*hours, 26, "2020-01-01 00:00:17", ValueType::kTimestamp), 0);
  EXPECT_EQ(picked(*hours, 26, "2020-01-01 00:00:19", ValueType::kTimestamp), 1);
  EXPECT_EQ(picked(*hours, 26, "2020-01-01 01:00:10", ValueType::kTimestamp), 1);
}

TEST(AutoInterval, RoutesRangesInOrder) {
  const auto intervals = made("AUTO_INTERVAL", kAuto);
  EXPECT_THAT(*intervals->pick_range(targets(6), Value("2020-01-01 00:00:05"),
                                     Value("2020-01-01 00:00:09"), ValueType::kTimestamp),
              ElementsAre(2, 3));
}

TEST(AutoInterval, NamesThePropertyThatIsWrong) {
  EXPECT_THAT(fault("AUTO_INTERVAL", {{"datetime-lower", "x"},
                                      {"datetime-upper", "2020-01-01 00:00:16"},
                                      {"sharding-seconds", "4"}}),
              HasSubstr("\"datetime-lower\" of sharding algorithm AUTO_INTERVAL must be written"));
  EXPECT_THAT(fault("AUTO_INTERVAL", {{"datetime-lower", "2020-01-01 00:00:00"},
                                      {"datetime-upper", "2020-01-01 00:00:16"},
                                      {"sharding-seconds", "0"}}),
              HasSubstr("\"sharding-seconds\""));
}

}  // namespace
}  // namespace tessera::rules
