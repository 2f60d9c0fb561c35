#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "rules/rule_set.h"
#include "tests/unit/rules/config_text.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRules = R"(
- !SHARDING
  tables:
    by_shard:
      actualDataNodes: ds_${0..1}.by_shard
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: shard_of_id}}
    strict:
      actualDataNodes: ds_${0..1}.strict
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: strict_shard}}
    grid:
      actualDataNodes: ds_${0..1}.grid_${0..1}
      databaseStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: shard_of_a}}
      tableStrategy: {standard: {shardingColumn: b, shardingAlgorithmName: grid_of_b}}
    square:
      actualDataNodes: ds_${0..1}.square_${0..3}
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: shard_of_id}}
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: square_of_id}}
    diagonal:
      actualDataNodes: ds_0.diagonal_0, ds_1.diagonal_1
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: diagonal_of_id}}
    sparse:
      actualDataNodes: ds_0.sparse_0, ds_1.sparse_1
      databaseStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: shard_of_a}}
      tableStrategy: {standard: {shardingColumn: b, shardingAlgorithmName: sparse_of_b}}
    everywhere:
      tableStrategy: {none: }
    doubled:
      actualDataNodes: ds_${0..1}.doubled_${0..1}
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: doubled_of_id}}
  autoTables:
    modded:
      actualDataSources: ds_${0..1}
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: mod_5}}
    hashed:
      actualDataSources: ds_0, ds_1
      shardingStrategy: {standard: {shardingColumn: email, shardingAlgorithmName: hash_4}}
  shardingAlgorithms:
    shard_of_id: {type: INLINE, props: {algorithm-expression: "ds_${id % 2}", allow-range-query-with-inline-sharding: true}}
    strict_shard: {type: INLINE, props: {algorithm-expression: "ds_${id % 2}"}}
    shard_of_a: {type: INLINE, props: {algorithm-expression: "ds_${a % 2}", allow-range-query-with-inline-sharding: true}}
    grid_of_b: {type: INLINE, props: {algorithm-expression: "grid_${b % 2}", allow-range-query-with-inline-sharding: true}}
    square_of_id: {type: INLINE, props: {algorithm-expression: "square_${id % 4}", allow-range-query-with-inline-sharding: true}}
    diagonal_of_id: {type: INLINE, props: {algorithm-expression: "diagonal_${id % 2}"}}
    sparse_of_b: {type: INLINE, props: {algorithm-expression: "sparse_${b % 2}"}}
    doubled_of_id: {type: INLINE, props: {algorithm-expression: "doubled_${id % 2}"}}
    mod_5: {type: MOD, props: {sharding-count: 5}}
    hash_4: {type: HASH_MOD, props: {sharding-count: 4}}
)";

const RuleSet& rules() {
  static const RuleSet loaded = [] {
    auto settings = settings_of(shop(2, kRules));
    if (!settings) throw std::runtime_error(settings.error().message);
    return settings->databases.front();
  }();
  return loaded;
}

const ShardingTable& table(std::string_view name) { return *rules().find_sharding_table(name); }

ColumnCondition in(std::string column, std::vector<Value> values,
                   ValueType type = ValueType::kInt8) {
  ColumnCondition condition;
  condition.column = std::move(column);
  condition.values = std::move(values);
  condition.type = type;
  return condition;
}

ColumnCondition between(std::string column, std::optional<Value> lower, std::optional<Value> upper,
                        ValueType type = ValueType::kInt8) {
  ColumnCondition condition;
  condition.column = std::move(column);
  condition.range = true;
  condition.lower = std::move(lower);
  condition.upper = std::move(upper);
  condition.type = type;
  return condition;
}

// "ds.table" of each node, or the SQLSTATE.
std::vector<std::string> routed(std::string_view name,
                                const std::vector<ColumnCondition>& conditions) {
  const auto nodes = route(table(name), conditions);
  if (!nodes) return {nodes.error().sqlstate};
  std::vector<std::string> names;
  for (const std::uint32_t node : *nodes) {
    const DataNode& place = table(name).nodes[node];
    names.push_back(std::to_string(place.shard) + "." + place.table);
  }
  return names;
}

std::string row(std::string_view name, const std::vector<ColumnCondition>& values) {
  const auto node = route_row(table(name), values);
  if (!node) return node.error().sqlstate + " " + node.error().message;
  const DataNode& place = table(name).nodes[*node];
  return std::to_string(place.shard) + "." + place.table;
}

TEST(Route, FindsTheShardOfAValue) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value(4)})}), ElementsAre("0.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("id", {Value(5)})}), ElementsAre("1.by_shard"));
}

TEST(Route, GivesEveryNodeWithoutAUsableCondition) {
  EXPECT_THAT(routed("by_shard", {}), ElementsAre("0.by_shard", "1.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("name", {Value("x")})}),
              ElementsAre("0.by_shard", "1.by_shard"));
  EXPECT_THAT(routed("by_shard", {between("id", std::nullopt, std::nullopt)}),
              ElementsAre("0.by_shard", "1.by_shard"));
}

TEST(Route, GivesEachNodeOfAListOnce) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value(2), Value(4), Value(2), Value(6)})}),
              ElementsAre("0.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("id", {Value(3), Value(2), Value(5)})}),
              ElementsAre("0.by_shard", "1.by_shard"));
}

TEST(Route, MatchesNoRowByNull) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value(Null{})})}), ElementsAre());
  EXPECT_THAT(routed("by_shard", {in("id", {Value(Null{}), Value(3)})}), ElementsAre("1.by_shard"));
  EXPECT_THAT(routed("by_shard", {between("id", Value(Null{}), std::nullopt)}), ElementsAre());
}

TEST(Route, IntersectsTheConditionsOfAColumn) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value(1), Value(2)}), in("id", {Value(2), Value(3)})}),
              ElementsAre("0.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("id", {Value(1)}), in("id", {Value(2)})}), ElementsAre());
  EXPECT_THAT(
      routed("by_shard", {in("id", {Value(1), Value(8)}), between("id", Value(5), std::nullopt)}),
      ElementsAre("0.by_shard"));
  EXPECT_THAT(routed("by_shard",
                     {between("id", Value(5), Value(9)), between("id", Value(10), std::nullopt)}),
              ElementsAre());
}

TEST(Route, TakesARangeOfOneValueForThatValue) {
  EXPECT_THAT(routed("strict", {between("id", Value(7), Value(7))}), ElementsAre("1.strict"));
  EXPECT_THAT(routed("strict", {between("id", Value(3), std::nullopt),
                                between("id", std::nullopt, Value(3))}),
              ElementsAre("1.strict"));
}

TEST(Route, MatchesNothingByReversedBounds) {
  EXPECT_THAT(routed("strict", {between("id", Value(9), Value(3))}), ElementsAre());
}

TEST(Route, AsksForPermissionToRouteRangesByInline) {
  EXPECT_THAT(routed("strict", {between("id", Value(1), Value(5))}), ElementsAre("0A000"));
  EXPECT_THAT(routed("by_shard", {between("id", Value(1), Value(5))}),
              ElementsAre("0.by_shard", "1.by_shard"));
  EXPECT_THAT(routed("strict", {between("id", Value(1), Value(5)), in("id", {Value(4)})}),
              ElementsAre("0.strict"));
}

TEST(Route, ReadsTextForIntegerColumnsAsPostgresqlDoes) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value("43")})}), ElementsAre("1.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("id", {Value(" +43 ")})}), ElementsAre("1.by_shard"));
  EXPECT_THAT(routed("by_shard", {in("id", {Value("43"), Value(43)})}), ElementsAre("1.by_shard"));
  EXPECT_THAT(routed("by_shard", {between("id", Value("9"), Value("10"))}),
              ElementsAre("0.by_shard", "1.by_shard"));
  EXPECT_THAT(routed("by_shard", {between("id", Value("10"), Value("9"))}), ElementsAre());
}

TEST(Route, GivesPostgresqlsErrorsForTextThatIsNoInteger) {
  const auto invalid = route(table("by_shard"), {in("id", {Value("abc")})});
  EXPECT_EQ(invalid.error().sqlstate, "22P02");
  EXPECT_EQ(invalid.error().message, "invalid input syntax for type bigint: \"abc\"");
  const auto decimal = route(table("by_shard"), {in("id", {Value("42.0")}, ValueType::kInt4)});
  EXPECT_EQ(decimal.error().message, "invalid input syntax for type integer: \"42.0\"");
  const auto large = route(table("by_shard"), {in("id", {Value("70000")}, ValueType::kInt2)});
  EXPECT_EQ(large.error().sqlstate, "22003");
  EXPECT_EQ(large.error().message, "value \"70000\" is out of range for type smallint");
  EXPECT_THAT(routed("by_shard", {in("id", {Value("99999999999999999999")})}),
              ElementsAre("22003"));
}

TEST(Route, MatchesNoRowByANumberBeyondTheColumnsType) {
  EXPECT_THAT(routed("by_shard", {in("id", {Value(3'000'000'001LL)}, ValueType::kInt4)}),
              ElementsAre());
}

TEST(Route, SaysWhichTargetDoesNotExist) {
  const auto error = route(table("by_shard"), {in("id", {Value(-3)})});
  EXPECT_EQ(error.error().sqlstate, "22023");
  EXPECT_THAT(error.error().message, HasSubstr("\"ds_-1\""));
}

TEST(Route, CombinesBothLevels) {
  EXPECT_THAT(routed("grid", {in("a", {Value(1)}), in("b", {Value(0)})}), ElementsAre("1.grid_0"));
  EXPECT_THAT(routed("grid", {in("a", {Value(1)})}), ElementsAre("1.grid_0", "1.grid_1"));
  EXPECT_THAT(routed("grid", {in("b", {Value(1)})}), ElementsAre("0.grid_1", "1.grid_1"));
  EXPECT_THAT(routed("grid", {in("a", {Value(0)}), in("b", {Value(Null{})})}), ElementsAre());
  EXPECT_THAT(routed("grid", {in("a", {Value(Null{})}), in("b", {Value(0)})}), ElementsAre());
  EXPECT_THAT(routed("grid", {between("a", Value(1), Value(2)), in("b", {Value(1)})}),
              ElementsAre("0.grid_1", "1.grid_1"));
}

TEST(Route, FollowsEachValueThroughBothLevels) {
  EXPECT_THAT(routed("square", {in("id", {Value(1), Value(2)})}),
              ElementsAre("0.square_2", "1.square_1"));
}

TEST(Route, FindsTheShardThatHasTheTable) {
  EXPECT_THAT(routed("diagonal", {in("id", {Value(1)})}), ElementsAre("1.diagonal_1"));
  EXPECT_THAT(routed("diagonal", {in("id", {Value(0), Value(1)})}),
              ElementsAre("0.diagonal_0", "1.diagonal_1"));
  EXPECT_THAT(routed("doubled", {in("id", {Value(1)})}), ElementsAre("0.doubled_1", "1.doubled_1"));
}

TEST(Route, RefusesValuesWhoseTableIsOnNoChosenShard) {
  EXPECT_THAT(routed("sparse", {in("a", {Value(0)}), in("b", {Value(0)})}),
              ElementsAre("0.sparse_0"));
  EXPECT_THAT(routed("sparse", {in("a", {Value(0)}), in("b", {Value(1)})}), ElementsAre("22023"));
  EXPECT_THAT(routed("sparse", {in("b", {Value(1)})}), ElementsAre("1.sparse_1"));
}

TEST(Route, SpreadsAutomaticTablesInTurn) {
  EXPECT_THAT(routed("modded", {}),
              ElementsAre("0.modded_0", "1.modded_1", "0.modded_2", "1.modded_3", "0.modded_4"));
  EXPECT_THAT(routed("modded", {in("id", {Value(-1)})}), ElementsAre("0.modded_4"));
  EXPECT_THAT(routed("modded", {between("id", Value(4), Value(6))}),
              ElementsAre("0.modded_0", "1.modded_1", "0.modded_4"));
  EXPECT_THAT(routed("hashed", {in("email", {Value("hello")}, ValueType::kText)}),
              ElementsAre("0.hashed_2"));
}

TEST(Route, LeavesTheOrderOfTextToPostgresql) {
  EXPECT_THAT(routed("hashed", {between("email", Value("z"), Value("a"), ValueType::kText)}),
              ElementsAre("0.hashed_0", "1.hashed_1", "0.hashed_2", "1.hashed_3"));
  EXPECT_THAT(routed("hashed", {in("email", {Value("hello")}, ValueType::kText),
                                between("email", Value("z"), std::nullopt, ValueType::kText)}),
              ElementsAre("0.hashed_2"));
}

TEST(Route, PutsARowOnItsNode) {
  EXPECT_EQ(row("by_shard", {in("id", {Value(3)})}), "1.by_shard");
  EXPECT_EQ(row("grid", {in("b", {Value(0)}), in("a", {Value(1)})}), "1.grid_0");
  EXPECT_EQ(row("square", {in("id", {Value("6")})}), "0.square_2");
  EXPECT_EQ(row("diagonal", {in("id", {Value(1)})}), "1.diagonal_1");
  EXPECT_EQ(row("modded", {in("id", {Value(7)})}), "0.modded_2");
}

TEST(Route, RefusesRowsWithoutAPlace) {
  EXPECT_EQ(row("by_shard", {in("id", {Value(Null{})})}),
            "0A000 sharding column \"id\" of table \"by_shard\" must not be null");
  EXPECT_THAT(row("grid", {in("a", {Value(1)})}), HasSubstr("sharding column \"b\""));
  EXPECT_THAT(row("everywhere", {}), HasSubstr("does not say where a row lives"));
  EXPECT_THAT(row("doubled", {in("id", {Value(1)})}), HasSubstr("0A000"));
  EXPECT_EQ(row("by_shard", {in("id", {Value(3'000'000'001LL)}, ValueType::kInt4)}),
            "22003 integer out of range");
  EXPECT_THAT(row("by_shard", {in("id", {Value(-3)})}), HasSubstr("22023"));
}

TEST(Route, AnswersAPointWithoutConditions) {
  const Value three(3);
  const Value null(Null{});
  const ColumnValue id{"id", &three, ValueType::kInt8};
  const ColumnValue none{"id", &null, ValueType::kInt8};

  const auto one = route_point(table("by_shard"), std::span(&id, 1));
  EXPECT_EQ(one->kind, PointRoute::Kind::kOne);
  EXPECT_EQ(one->node, 1U);
  EXPECT_EQ(route_point(table("by_shard"), std::span(&none, 1))->kind, PointRoute::Kind::kNone);
  EXPECT_EQ(route_point(table("by_shard"), {})->kind, PointRoute::Kind::kMany);
  EXPECT_EQ(route_point(table("everywhere"), {})->kind, PointRoute::Kind::kMany);
  EXPECT_EQ(route_point(table("doubled"), std::span(&id, 1))->kind, PointRoute::Kind::kMany);
}

TEST(Route, FindsAnIntegersNodeQuicklyWhereTheRulesDo) {
  for (const char* name : {"by_shard", "square", "diagonal", "doubled", "modded"}) {
    for (std::int64_t value = -9; value < 40; ++value) {
      const auto quick = quick_point(table(name), "id", value, ValueType::kInt8);
      if (!quick) continue;
      const Value whole = value;
      const std::array given{
          ColumnValue{.column = "id", .value = &whole, .type = ValueType::kInt8}};
      const auto node = route_point(table(name), given);
      ASSERT_TRUE(node && node->kind == PointRoute::Kind::kOne) << name << value;
      EXPECT_EQ(*quick, node->node) << name << value;
    }
  }
  for (const char* name : {"by_shard", "square", "diagonal"}) {
    EXPECT_FALSE(table(name).node_of_remainder.empty()) << name;
    EXPECT_TRUE(quick_point(table(name), "id", 123456789, ValueType::kInt8)) << name;
    EXPECT_FALSE(quick_point(table(name), "id", 123456789, ValueType::kInt2)) << name;
    EXPECT_FALSE(quick_point(table(name), "a", 1, ValueType::kInt8)) << name;
  }
  // Two columns decide.
  EXPECT_TRUE(table("grid").node_of_remainder.empty());
}

TEST(Route, NeedsAnIndexedTable) {
  ShardingTable bare;
  bare.nodes.push_back({0, "t"});
  EXPECT_EQ(route(bare, {}).error().sqlstate, "XX000");
}

TEST(ShardingTable, ListsItsColumnsOnce) {
  EXPECT_THAT(table("grid").sharding_columns(), ElementsAre("a", "b"));
  EXPECT_THAT(table("square").sharding_columns(), ElementsAre("id"));
  EXPECT_THAT(table("everywhere").sharding_columns(), ElementsAre());
  EXPECT_THAT(table("modded").sharding_columns(), ElementsAre("id"));
}

TEST(ShardingTable, KnowsWhetherAShardHoldsSeveralOfItsTables) {
  EXPECT_TRUE(table("grid").split_in_shard);
  EXPECT_TRUE(table("modded").split_in_shard);
  EXPECT_FALSE(table("diagonal").split_in_shard);
  EXPECT_FALSE(table("by_shard").split_in_shard);
}

// ShardingSphere hashes -1 as an Integer where a statement writes it so, and as a Long where a
// parameter is one. Rows may be in both places; a new row goes to the column's.
TEST(Route, AsksBothPlacesOfANegativeNumber) {
  constexpr const char* kHashed = R"(
- !SHARDING
  autoTables:
    t:
      actualDataSources: ds_0
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: h}}
    n:
      actualDataSources: ds_0
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: normal}}
  shardingAlgorithms:
    h: {type: HASH_MOD, props: {sharding-count: 4}}
    normal: {type: HASH_MOD, props: {sharding-count: 4, normalize-numeric-int-range: true}}
)";
  const auto settings = settings_of(shop(1, kHashed));
  ASSERT_TRUE(settings) << settings.error().message;
  const ShardingTable& hashed = *settings->databases[0].find_sharding_table("t");
  const ShardingTable& normal = *settings->databases[0].find_sharding_table("n");
  const Value minus_three(-3);
  const std::array point{ColumnValue{"id", &minus_three, ValueType::kInt8}};

  // As a Long it hashes to 2, as an Integer to 3.
  EXPECT_THAT(*route(hashed, {in("id", {-3})}), ElementsAre(2, 3));
  EXPECT_THAT(*route(hashed, {in("id", {-3}, ValueType::kInt4)}), ElementsAre(2, 3));
  EXPECT_THAT(*route(hashed, {in("id", {"-3", 1})}), ElementsAre(1, 2, 3));
  EXPECT_EQ(route_point(hashed, point)->kind, PointRoute::Kind::kMany);
  EXPECT_EQ(*route_row(hashed, {in("id", {-3})}), 2U);
  EXPECT_EQ(*route_row(hashed, {in("id", {-3}, ValueType::kInt4)}), 3U);
  EXPECT_THAT(*route(hashed, {in("id", {3})}), ElementsAre(3));
  EXPECT_THAT(*route(hashed, {in("id", {-5'000'000'000})}), testing::SizeIs(1));
  EXPECT_THAT(*route(normal, {in("id", {-3})}), testing::SizeIs(1));
}

}  // namespace
}  // namespace tessera::rules
