#include "rules/algorithm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "rules/java.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Targets numbered(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int n = 0; n < count; ++n) names.push_back(prefix + std::to_string(n));
  return Targets(names);
}

std::shared_ptr<const Algorithm> made(std::string_view type, const Properties& properties) {
  auto algorithm = make_algorithm(type, properties, "id");
  if (!algorithm) throw std::runtime_error(algorithm.error().message);
  return *algorithm;
}

std::string fault(std::string_view type, const Properties& properties) {
  const auto algorithm = make_algorithm(type, properties, "id");
  return algorithm ? "none" : algorithm.error().sqlstate + " " + algorithm.error().message;
}

std::int64_t picked(const Algorithm& algorithm, const Targets& targets, const Value& value,
                    ValueType type = ValueType::kInt8) {
  const auto ordinal = algorithm.pick(targets, value, type);
  return ordinal ? std::int64_t{*ordinal} : -1;
}

TEST(Java, HashesTextOverUtf16CodeUnits) {
  EXPECT_EQ(java::hash_text(""), 0);
  EXPECT_EQ(java::hash_text("a"), 97);
  EXPECT_EQ(java::hash_text("hello"), 99162322);
  EXPECT_EQ(java::hash_text("Aa"), java::hash_text("BB"));
  EXPECT_EQ(java::hash_text("polygenelubricants"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(java::hash_text("\xC3\xA9"), 0xE9);
  EXPECT_EQ(java::hash_text("\xE2\x82\xAC"), 0x20AC);
  // U+1F600 is the surrogates D83D DE00.
  EXPECT_EQ(java::hash_text("\xF0\x9F\x98\x80"), 0xD83D * 31 + 0xDE00);
}

TEST(Java, HashesBrokenUtf8AsReplacementCharacters) {
  EXPECT_EQ(java::hash_text("\xFF"), 0xFFFD);
  EXPECT_EQ(java::hash_text("\xC3"), 0xFFFD);
  EXPECT_EQ(java::hash_text("\xED\xA0\x80"), ((0xFFFD * 31) + 0xFFFD) * 31 + 0xFFFD);
}

TEST(Java, HashesLongsByFoldingTheirHalves) {
  EXPECT_EQ(java::hash_long(42), 42);
  EXPECT_EQ(java::hash_long(-1), 0);
  EXPECT_EQ(java::hash_long(-2), 1);
  EXPECT_EQ(java::hash_long(1LL << 32), 1);
  EXPECT_EQ(java::hash_long(1234567890123LL), 1912276436);
  EXPECT_EQ(java::hash_long(std::numeric_limits<std::int64_t>::min()),
            std::numeric_limits<std::int32_t>::min());
}

TEST(Targets, FindsNamesInAnyCaseThatFoldsToThem) {
  const Targets targets({"t_a", "T_B"});
  EXPECT_EQ(targets.find("t_a"), 0U);
  EXPECT_EQ(targets.find("T_A"), 0U);
  EXPECT_EQ(targets.find("T_B"), 1U);
  EXPECT_EQ(targets.find("t_b"), Targets::kNone);
}

TEST(Targets, FindsNumericSuffixesHoweverPadded) {
  const Targets targets({"t_00", "t_01", "t_10", "plain"});
  EXPECT_EQ(targets.find_suffix(0), 0U);
  EXPECT_EQ(targets.find_suffix(1), 1U);
  EXPECT_EQ(targets.find_suffix(10), 2U);
  EXPECT_EQ(targets.find_suffix(2), Targets::kNone);
}

TEST(Mod, IsNeverNegative) {
  const auto mod = made("MOD", {{"sharding-count", "4"}});
  const Targets targets = numbered("t_", 4);
  EXPECT_EQ(picked(*mod, targets, Value(7)), 3);
  EXPECT_EQ(picked(*mod, targets, Value(-1)), 3);
  EXPECT_EQ(picked(*mod, targets, Value(-4)), 0);
  EXPECT_EQ(picked(*mod, targets, Value(std::numeric_limits<std::int64_t>::min())), 0);
}

TEST(Mod, TakesTextOfAnyLength) {
  const auto mod = made("mod", {{"sharding-count", "7"}});
  const Targets targets = numbered("t_", 7);
  EXPECT_EQ(picked(*mod, targets, Value("123456789012345678901234567890"), ValueType::kText), 0);
  EXPECT_EQ(picked(*mod, targets, Value("-1"), ValueType::kText), 6);
  const auto error = mod->pick(targets, Value("abc"), ValueType::kText);
  EXPECT_EQ(error.error().sqlstate, "22P02");
}

TEST(Mod, EnumeratesARangeThatIsShorterThanItsCount) {
  const auto mod = made("MOD", {{"sharding-count", "4"}});
  const Targets targets = numbered("t_", 4);
  EXPECT_THAT(*mod->pick_range(targets, Value(3), Value(4), ValueType::kInt8), ElementsAre(0, 3));
  EXPECT_THAT(*mod->pick_range(targets, Value(-1), Value(1), ValueType::kInt8),
              ElementsAre(0, 1, 3));
  EXPECT_THAT(*mod->pick_range(targets, Value(0), Value(3), ValueType::kInt8),
              ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(*mod->pick_range(targets, Value(9), Value(8), ValueType::kInt8), ElementsAre());
  EXPECT_THAT(*mod->pick_range(targets, Value(3), std::nullopt, ValueType::kInt8),
              ElementsAre(0, 1, 2, 3));
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(*mod->pick_range(targets, Value(kMin), Value(kMax), ValueType::kInt8),
              ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(*mod->pick_range(targets, Value(kMax - 1), Value(kMax), ValueType::kInt8),
              ElementsAre(2, 3));
}

TEST(Mod, FindsItsTargetBySuffixAndNotByPlace) {
  const auto mod = made("MOD", {{"sharding-count", "2"}});
  const Targets targets({"t_1", "t_0"});
  EXPECT_EQ(picked(*mod, targets, Value(0)), 1);
}

TEST(Mod, SaysWhichSuffixHasNoTarget) {
  const auto mod = made("MOD", {{"sharding-count", "4"}});
  const auto error = mod->pick(numbered("t_", 2), Value(3), ValueType::kInt8);
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error().sqlstate, "22023");
  EXPECT_THAT(error.error().message, HasSubstr("suffix 3 does not exist"));
}

TEST(HashMod, HashesByTheColumnsType) {
  const auto hash = made("HASH_MOD", {{"sharding-count", "16"}});
  const Targets targets = numbered("t_", 16);
  EXPECT_EQ(picked(*hash, targets, Value(-1), ValueType::kInt4), 1);
  EXPECT_EQ(picked(*hash, targets, Value(-1), ValueType::kInt8), 0);
  EXPECT_EQ(picked(*hash, targets, Value(-1), ValueType::kUnknown), 1);
  EXPECT_EQ(picked(*hash, targets, Value("hello"), ValueType::kText), 99162322 % 16);
  EXPECT_EQ(picked(*hash, targets, Value(42), ValueType::kText), 1662 % 16);
  EXPECT_EQ(picked(*hash, targets, Value("polygenelubricants"), ValueType::kText),
            2147483648LL % 16);
}

TEST(HashMod, TakesLongsForIntsWhenToldTo) {
  const auto hash =
      made("HASH_MOD", {{"sharding-count", "16"}, {"normalize-numeric-int-range", "true"}});
  const Targets targets = numbered("t_", 16);
  EXPECT_EQ(picked(*hash, targets, Value(-1), ValueType::kInt8), 1);
  EXPECT_EQ(picked(*hash, targets, Value((1LL << 32) + 2), ValueType::kInt8), 3);
}

TEST(HashMod, AsksEveryTargetForARange) {
  const auto hash = made("HASH_MOD", {{"sharding-count", "3"}});
  EXPECT_THAT(*hash->pick_range(numbered("t_", 3), Value(1), Value(1), ValueType::kInt8),
              ElementsAre(0, 1, 2));
}

TEST(Inline, SaysWhichNameHasNoTarget) {
  const auto by_id = made("INLINE", {{"algorithm-expression", "t_${id % 2}"}});
  const auto error = by_id->pick(numbered("t_", 2), Value(-3), ValueType::kInt8);
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error().sqlstate, "22023");
  EXPECT_THAT(error.error().message, HasSubstr("\"t_-1\" does not exist"));
}

// What is found without making the name must be that name all the same.
std::int64_t quickly(const Algorithm& algorithm, const Targets& targets, std::int64_t value) {
  const std::int64_t target = picked(algorithm, targets, Value(value));
  const std::uint32_t quick = algorithm.quick_pick(targets, value);
  if (quick != Targets::kNone) {
    EXPECT_EQ(quick, target);
  }
  return quick == Targets::kNone ? -1 : std::int64_t{quick};
}

TEST(Inline, QuicklyFindsExactlyTheNameThatItComputes) {
  const Properties by_remainder{{"algorithm-expression", "t_${id % 4}"}};
  const auto remainder = made("INLINE", by_remainder);
  EXPECT_EQ(quickly(*remainder, Targets({"u_2", "t_3", "t_1", "t_01", "t_0"}), 5), 2);
  EXPECT_EQ(quickly(*remainder, Targets({"t_01", "u_2", "t_1"}), 1), 2);
  EXPECT_EQ(quickly(*remainder, Targets({"t_01", "t_11", "xt_1"}), 1), -1);
  EXPECT_EQ(quickly(*remainder, Targets({"t_1", "T_1"}), 1), 0);
  EXPECT_EQ(quickly(*remainder, Targets({"t_0", "t_1", "t_-3"}), -7), -1);
  const auto tens = made("INLINE", {{"algorithm-expression", "t_1${id % 4L}"}});
  EXPECT_EQ(quickly(*tens, Targets({"t_0", "t_2", "t_12", "t_1"}), 6), -1);
  EXPECT_EQ(picked(*tens, Targets({"t_0", "t_2", "t_12", "t_1"}), Value(6)), 2);
  const auto in_capitals = made("INLINE", {{"algorithm-expression", "T_${ID % 2}"}});
  EXPECT_EQ(quickly(*in_capitals, Targets({"t_0", "t_1"}), 7), -1);
  const auto swapped = made("INLINE", {{"algorithm-expression", "t_${7 % id}"}});
  EXPECT_EQ(quickly(*swapped, Targets({"t_0", "t_1", "t_2", "t_3"}), 4), -1);
}

TEST(Inline, RoutesRangesOnlyWhereAllowed) {
  const Targets targets = numbered("t_", 2);
  const auto strict = made("INLINE", {{"algorithm-expression", "t_${id % 2}"}});
  const auto refused = strict->pick_range(targets, Value(1), Value(2), ValueType::kInt8);
  EXPECT_EQ(refused.error().sqlstate, "0A000");
  const auto open = made("INLINE", {{"algorithm-expression", "t_${id % 2}"},
                                    {"allow-range-query-with-inline-sharding", "true"}});
  EXPECT_THAT(*open->pick_range(targets, Value(1), Value(2), ValueType::kInt8), ElementsAre(0, 1));
}

// ShardingSphere cuts the digits before it takes the remainder.
TEST(Mod, LooksAtTheDigitsBetweenItsOffsets) {
  const auto mod = made("MOD", {{"sharding-count", "16"},
                                {"start-offset", "2"},
                                {"stop-offset", "1"},
                                {"zero-padding", "true"}});
  std::vector<std::string> names;
  for (int n = 0; n < 16; ++n) {
    names.push_back(std::string(n < 10 ? "t_0" : "t_") + std::to_string(n));
  }
  const Targets padded(names);
  EXPECT_EQ(picked(*mod, padded, 99073), 7);
  EXPECT_EQ(picked(*mod, padded, "AB31X", ValueType::kText), 31 % 16);
  EXPECT_EQ(mod->pick(padded, Value(123), ValueType::kInt8).error().sqlstate, "22P02");
  EXPECT_THAT(*mod->pick_range(padded, Value(10000), Value(10001), ValueType::kInt8),
              testing::SizeIs(16));
  EXPECT_EQ(mod->modulus(), 0);
  EXPECT_EQ(mod->quick_pick(padded, 99073), Targets::kNone);
}

TEST(Mod, IsQuickForIntegers) {
  const auto mod = made("MOD", {{"sharding-count", "4"}});
  EXPECT_EQ(mod->modulus(), 4);
  for (const std::int64_t value : {0, 7, -1, -4}) {
    EXPECT_EQ(mod->quick_pick(numbered("t_", 4), value), picked(*mod, numbered("t_", 4), value));
  }
}

TEST(Mod, TakesNumericsWithoutTheirFraction) {
  const auto mod = made("MOD", {{"sharding-count", "4"}});
  EXPECT_EQ(picked(*mod, numbered("t_", 4), "6.99", ValueType::kNumeric), 2);
  EXPECT_EQ(picked(*mod, numbered("t_", 4), "-1.5", ValueType::kNumeric), 3);
  EXPECT_EQ(picked(*mod, numbered("t_", 4), "0.5", ValueType::kNumeric), 0);
}

// The hashes are those of BigDecimal, UUID and Boolean in Java.
TEST(HashMod, HashesEachTypeAsJavaDoes) {
  const auto hash = made("HASH_MOD", {{"sharding-count", "1000"}});
  const Targets targets = numbered("t_", 1000);
  EXPECT_EQ(picked(*hash, targets, "1.5", ValueType::kNumeric), 466);
  EXPECT_EQ(picked(*hash, targets, "1.50", ValueType::kNumeric), 466);
  EXPECT_EQ(picked(*hash, targets, "-1.5", ValueType::kNumeric), 464);
  EXPECT_EQ(picked(*hash, targets, "42", ValueType::kNumeric), 1302 % 1000);
  EXPECT_EQ(picked(*hash, targets, "12345678901234567890.5", ValueType::kNumeric),
            1337890915 % 1000);
  EXPECT_EQ(picked(*hash, targets, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", ValueType::kUuid),
            984650697 % 1000);
  EXPECT_EQ(picked(*hash, targets, "t", ValueType::kBool), 231);
  EXPECT_EQ(picked(*hash, targets, "f", ValueType::kBool), 237);
  EXPECT_EQ(picked(*hash, targets, "hello", ValueType::kBpchar), 99162322 % 1000);
}

TEST(HashMod, IsQuickForWhatBothWidthsHashAlike) {
  const auto hash = made("HASH_MOD", {{"sharding-count", "7"}});
  const Targets targets = numbered("t_", 7);
  for (const std::int64_t value : {0, 6, 2'147'483'647}) {
    EXPECT_EQ(hash->quick_pick(targets, value), picked(*hash, targets, value));
    EXPECT_EQ(hash->quick_pick(targets, value), picked(*hash, targets, value, ValueType::kInt4));
  }
  EXPECT_EQ(hash->quick_pick(targets, -1), Targets::kNone);
  EXPECT_EQ(hash->quick_pick(targets, 2'147'483'648), Targets::kNone);
}

TEST(HashMod, RefusesTypesWhoseJavaHashIsUncertain) {
  const auto hash = made("HASH_MOD", {{"sharding-count", "4"}});
  for (const ValueType type : {ValueType::kDate, ValueType::kTimestamp, ValueType::kFloat8}) {
    const auto refused = hash->pick(numbered("t_", 4), Value("2024-01-01"), type);
    EXPECT_EQ(refused.error().sqlstate, "0A000");
  }
  EXPECT_EQ(hash->pick(numbered("t_", 4), Value("x"), ValueType::kUuid).error().sqlstate, "22P02");
}

TEST(Algorithm, NamesTheTypeThatIsNotBuilt) {
  EXPECT_THAT(fault("COSID_MOD", {}), HasSubstr("0A000 sharding algorithm type \"COSID_MOD\""));
}

TEST(Algorithm, NamesThePropertyThatIsWrong) {
  EXPECT_THAT(fault("MOD", {}), HasSubstr("22023 property \"sharding-count\""));
  EXPECT_THAT(fault("MOD", {{"sharding-count", "0"}}), HasSubstr("must be a number"));
  EXPECT_THAT(fault("MOD", {{"sharding-count", "4x"}}), HasSubstr("must be a number"));
  EXPECT_THAT(fault("MOD", {{"sharding-count", "4"}, {"zero-padding", "yes"}}),
              HasSubstr("must be true or false"));
  EXPECT_THAT(fault("MOD", {{"sharding-count", "4"}, {"start-offset", "-1"}}),
              HasSubstr("22023 property \"start-offset\""));
  EXPECT_EQ(fault("MOD", {{"sharding-count", "4"}, {"start-offset", "0"}}), "none");
  EXPECT_THAT(fault("HASH_MOD", {{"sharding-count", "4"}, {"count", "4"}}),
              HasSubstr("property \"count\" of sharding algorithm HASH_MOD is unknown"));
  EXPECT_THAT(fault("INLINE", {}), HasSubstr("\"algorithm-expression\""));
  EXPECT_THAT(fault("INLINE", {{"algorithm-expression", "t_${id.x}"}}), HasSubstr("0A000"));
}

}  // namespace
}  // namespace tessera::rules
