// Strategies complex and hint, and the algorithms that are ours.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "rules/rule_set.h"
#include "tests/unit/rules/config_text.h"

namespace tessera::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kRules = R"(
- !SHARDING
  tables:
    grid:
      actualDataNodes: ds_${0..1}.grid_${0..3}
      databaseStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: shard_of_a}}
      tableStrategy: {complex: {shardingColumns: "a, B", shardingAlgorithmName: grid_of_both}}
    strict:
      actualDataNodes: ds_0.strict_${0..3}
      tableStrategy: {complex: {shardingColumns: "a,b", shardingAlgorithmName: strict_of_both}}
    hashed:
      actualDataNodes: ds_0.hashed_${0..9}
      tableStrategy: {complex: {shardingColumns: "a,b", shardingAlgorithmName: hash_of_both}}
    hinted:
      actualDataNodes: ds_${0..1}.hinted_${0..1}
      databaseStrategy: {hint: {shardingAlgorithmName: shard_of_hint}}
      tableStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: hinted_of_a}}
    named:
      actualDataNodes: ds_0.named, ds_1.named
      databaseStrategy: {hint: {shardingAlgorithmName: name_of_hint}}
    listed:
      actualDataNodes: ds_0.listed_${['eu','us','other']}
      tableStrategy: {standard: {shardingColumn: region, shardingAlgorithmName: by_region}}
  shardingAlgorithms:
    shard_of_a: {type: INLINE, props: {algorithm-expression: "ds_${a % 2}", allow-range-query-with-inline-sharding: true}}
    grid_of_both: {type: COMPLEX_INLINE, props: {sharding-columns: "a,b", algorithm-expression: "grid_${(a + b) % 4}", allow-range-query-with-inline-sharding: true}}
    strict_of_both: {type: COMPLEX_INLINE, props: {algorithm-expression: "strict_${(a + b) % 4}"}}
    hash_of_both: {type: PG_HASH_MOD, props: {sharding-count: 10}}
    shard_of_hint: {type: HINT_INLINE, props: {algorithm-expression: "ds_${value % 2}"}}
    name_of_hint: {type: HINT_INLINE}
    hinted_of_a: {type: XXHASH_MOD, props: {sharding-count: 2}}
    by_region: {type: LIST, props: {values: "eu: de, fr; us: us, ca", default: other}}
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

ColumnCondition above(std::string column, Value lower) {
  ColumnCondition condition;
  condition.column = std::move(column);
  condition.range = true;
  condition.lower = std::move(lower);
  condition.type = ValueType::kInt8;
  return condition;
}

// "ds_0.grid_1 ds_1.grid_0", or the error.
std::string routed(std::string_view name, const std::vector<ColumnCondition>& conditions,
                   const HintValues& hints = {}) {
  const auto nodes = route(table(name), conditions, hints);
  if (!nodes) return nodes.error().sqlstate + " " + nodes.error().message;
  std::string text;
  for (const std::uint32_t n : *nodes) {
    const DataNode& node = table(name).nodes[n];
    text += (text.empty() ? "" : " ") + rules().shards[node.shard].name + "." + node.table;
  }
  return text;
}

TEST(Complex, TakesTheValuesOfAllColumns) {
  EXPECT_THAT(table("grid").sharding_columns(), ElementsAre("a", "b"));
  EXPECT_THAT(table("grid").level_columns(), ElementsAre("a", "a", "b"));
  EXPECT_EQ(routed("grid", {in("a", {3}), in("b", {4})}), "ds_1.grid_3");
  EXPECT_EQ(routed("strict", {in("a", {1, 2}), in("b", {4})}), "ds_0.strict_1 ds_0.strict_2");
  EXPECT_EQ(routed("strict", {in("a", {1, 2}), in("b", {0, 1})}),
            "ds_0.strict_1 ds_0.strict_2 ds_0.strict_3");
  EXPECT_EQ(routed("strict", {in("a", {"3"}), in("b", {4})}), "ds_0.strict_3");
}

TEST(Complex, HasNoRowForNull) {
  EXPECT_EQ(routed("strict", {in("a", {Null{}}), in("b", {4})}), "");
  EXPECT_EQ(routed("strict", {in("a", {Null{}}), above("b", 4)}), "");
}

TEST(Complex, AsksEveryTargetForARangeOrAMissingColumnWhereAllowed) {
  EXPECT_EQ(routed("grid", {in("a", {3})}), "ds_1.grid_0 ds_1.grid_1 ds_1.grid_2 ds_1.grid_3");
  EXPECT_EQ(routed("grid", {in("a", {3}), above("b", 1)}),
            "ds_1.grid_0 ds_1.grid_1 ds_1.grid_2 ds_1.grid_3");
  EXPECT_THAT(routed("strict", {in("a", {3}), above("b", 1)}), HasSubstr("0A000"));
  EXPECT_THAT(routed("strict", {in("a", {3})}), HasSubstr("values of all its columns"));
  EXPECT_THAT(*route(table("strict"), {}), SizeIs(4));
}

// A product of long lists is not computed.
TEST(Complex, AsksEveryTargetForManyCombinations) {
  std::vector<Value> many;
  for (int n = 0; n < 4'000; ++n) many.emplace_back(n);
  EXPECT_THAT(*route(table("strict"), {in("a", many), in("b", many)}), SizeIs(4));
}

TEST(Complex, FindsPointsAndRows) {
  const Value three(3);
  const Value four(4);
  const std::array both{ColumnValue{"b", &four, ValueType::kInt8},
                        ColumnValue{"a", &three, ValueType::kInt8}};
  const auto point = route_point(table("grid"), both);
  EXPECT_EQ(point->kind, PointRoute::Kind::kOne);
  EXPECT_EQ(table("grid").nodes[point->node].table, "grid_3");
  EXPECT_EQ(route_point(table("grid"), std::span(both).first(1))->kind, PointRoute::Kind::kMany);
  EXPECT_EQ(*route_row(table("grid"), {in("a", {3}), in("b", {4})}), point->node);
  EXPECT_THAT(route_row(table("grid"), {in("a", {3})}).error().message, HasSubstr("column \"b\""));
  EXPECT_TRUE(settles_node(table("grid")));
  EXPECT_TRUE(table("grid").node_of_remainder.empty());
  EXPECT_FALSE(quick_point(table("strict"), "a", 3, ValueType::kInt8).has_value());
}

// The golden remainders are those of pg_hash_test.cpp: 1592 and 6628 of 9973 differ by 10, too.
TEST(Complex, HashesSeveralColumnsAsPostgreSqlDoes) {
  EXPECT_EQ(routed("hashed", {in("a", {7}), in("b", {"abc"}, ValueType::kText)}),
            routed("hashed", {in("b", {"abc"}, ValueType::kText), in("a", {7})}));
  EXPECT_THAT(*route(table("hashed"), {in("a", {7})}), SizeIs(10));
}

TEST(Hint, DecidesWhatConditionsDoNot) {
  EXPECT_TRUE(table("hinted").hinted());
  EXPECT_THAT(table("hinted").sharding_columns(), ElementsAre("a"));
  EXPECT_EQ(routed("named", {}, {.database = {"ds_1"}}), "ds_1.named");
  EXPECT_EQ(routed("named", {}, {.database = {"ds_1", "ds_0"}}), "ds_0.named ds_1.named");
  EXPECT_EQ(routed("named", {}), "ds_0.named ds_1.named");
  EXPECT_EQ(routed("named", {}, {.table = {"ds_1"}}), "ds_0.named ds_1.named");
  EXPECT_THAT(routed("named", {}, {.database = {"ds_7"}}), HasSubstr("22023"));
  EXPECT_THAT(*route(table("hinted"), {in("a", {5})}, {.database = {7}}), SizeIs(1));
  EXPECT_THAT(*route(table("hinted"), {in("a", {5})}), SizeIs(2));
}

// Hints beside levels of other strategies do not count.
TEST(Hint, CountsOnlyForItsStrategy) {
  EXPECT_EQ(routed("grid", {in("a", {3}), in("b", {4})}, {.database = {0}, .table = {0}}),
            "ds_1.grid_3");
}

TEST(Hint, IsNeededForRows) {
  EXPECT_THAT(route_row(table("hinted"), {in("a", {5})}).error().message, HasSubstr("by hint"));
  const auto node = route_row(table("hinted"), {in("a", {5})}, {.database = {7}});
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(table("hinted").nodes[*node].shard, 1U);
  const Value five(5);
  const std::array value{ColumnValue{"a", &five, ValueType::kInt8}};
  EXPECT_EQ(route_point(table("hinted"), value)->kind, PointRoute::Kind::kMany);
  EXPECT_EQ(route_point(table("hinted"), value, {.database = {7}})->kind, PointRoute::Kind::kOne);
}

TEST(List, FindsTheTargetOfEachValue) {
  const auto region = [](const char* value) {
    return routed("listed", {in("region", {value}, ValueType::kText)});
  };
  EXPECT_EQ(region("fr"), "ds_0.listed_eu");
  EXPECT_EQ(region("us"), "ds_0.listed_us");
  EXPECT_EQ(region("jp"), "ds_0.listed_other");
}

std::shared_ptr<const Algorithm> made(std::string_view type, const Properties& properties) {
  auto algorithm = make_algorithm(type, properties, "id");
  if (!algorithm) throw std::runtime_error(algorithm.error().message);
  return *algorithm;
}

TEST(List, RoutesRangesOfNumbers) {
  const Targets targets({"t_a", "t_b", "t_c"});
  const auto list = made("LIST", {{"values", "t_a: 1, 2; t_b: 30; c: 500"}});
  EXPECT_THAT(*list->pick_range(targets, Value(2), Value(30), ValueType::kInt4), ElementsAre(0, 1));
  EXPECT_THAT(*list->pick_range(targets, Value(600), std::nullopt, ValueType::kInt4), IsEmpty());
  EXPECT_THAT(*list->pick_range(targets, Value("a"), std::nullopt, ValueType::kText), SizeIs(3));
  EXPECT_EQ(list->pick(targets, Value(7), ValueType::kInt4).error().sqlstate, "22023");
}

TEST(List, RefusesAValueThatStandsTwice) {
  const auto list = make_algorithm("LIST", {{"values", "a: 1; b: 1"}}, "id");
  EXPECT_THAT(list.error().message, HasSubstr("each value once"));
}

TEST(XxhashMod, IsTheSameForAllIntegerTypes) {
  std::vector<std::string> names;
  for (int n = 0; n < 64; ++n) names.push_back("t_" + std::to_string(n));
  const Targets targets(names);
  const auto hash = made("XXHASH_MOD", {{"sharding-count", "64"}});
  std::vector<bool> used(64);
  for (int n = 0; n < 1'000; ++n) {
    const auto target = *hash->pick(targets, Value(n), ValueType::kInt8);
    EXPECT_EQ(target, *hash->pick(targets, Value(n), ValueType::kInt2));
    EXPECT_EQ(target, hash->quick_pick(targets, n));
    used[target] = true;
  }
  EXPECT_EQ(std::count(used.begin(), used.end(), true), 64);
  // XXH3 of "abc" is 78af5f94892f3950.
  EXPECT_EQ(*hash->pick(targets, Value("abc"), ValueType::kText), 0x50U % 64);
}

TEST(ClassBased, IsRefusedWithAWayOut) {
  const auto refused = make_algorithm("CLASS_BASED", {{"strategy", "STANDARD"}}, "id");
  EXPECT_EQ(refused.error().sqlstate, "0A000");
  EXPECT_THAT(refused.error().message, HasSubstr("Java class"));
  EXPECT_THAT(refused.error().hint, HasSubstr("COMPLEX_INLINE"));
}

TEST(Algorithm, StandsInItsStrategyOnly) {
  EXPECT_THAT(make_algorithm("HINT_INLINE", {}, "id").error().message,
              HasSubstr("is for the strategy hint, not standard"));
  EXPECT_THAT(build_hint_algorithm("MOD", {}).error().error.message,
              HasSubstr("is for the strategy standard, not hint"));
}

RuleSet loaded(const std::string& text) {
  auto settings = settings_of(shop(2, text));
  if (!settings) throw std::runtime_error(settings.error().message);
  return settings->databases.front();
}

TEST(Keys, TakeTheDefaultsOfTheRule) {
  const RuleSet read = loaded(R"(
- !SHARDING
  tables:
    a: {actualDataNodes: ds_0.a}
    b:
      actualDataNodes: ds_0.b
      keyGenerateStrategy: {column: NR, keyGeneratorName: u}
      auditStrategy: {auditorNames: [y], allowHintDisable: false}
  autoTables:
    c:
      actualDataSources: ds_0
      shardingStrategy: {standard: {shardingAlgorithmName: m}}
  defaultShardingColumn: ID
  defaultKeyGenerateStrategy: {column: id, keyGeneratorName: s}
  defaultAuditStrategy: {auditorNames: "x, y"}
  shardingAlgorithms: {m: {type: MOD, props: {sharding-count: 2}}}
  keyGenerators:
    s: {type: SNOWFLAKE, props: {max-tolerate-time-difference-milliseconds: 25}}
    u: {type: uuid}
  auditors: {x: {type: DML_SHARDING_CONDITIONS}, y: {type: dml_sharding_conditions}}
)");
  const ShardingTable& a = read.sharding_tables.at("a");
  EXPECT_EQ(a.generated_key->column, "id");
  EXPECT_EQ(a.generated_key->generator, "s");
  EXPECT_THAT(a.audit.auditors, ElementsAre("x", "y"));
  EXPECT_TRUE(a.audit.hint_may_disable);
  const ShardingTable& b = read.sharding_tables.at("b");
  EXPECT_EQ(b.generated_key->column, "nr");
  EXPECT_EQ(b.generated_key->generator, "u");
  EXPECT_THAT(b.audit.auditors, ElementsAre("y"));
  EXPECT_FALSE(b.audit.hint_may_disable);
  const ShardingTable& c = read.sharding_tables.at("c");
  EXPECT_EQ(c.generated_key->generator, "s");
  EXPECT_THAT(c.sharding_columns(), ElementsAre("id"));
  const SnowflakeOptions& options = read.key_generators.at("s").snowflake;
  EXPECT_EQ(options.backwards_max, std::chrono::milliseconds(25));
  EXPECT_EQ(options.worker_id, 0U);
  EXPECT_EQ(options.vibration_max, 1U);
}

// Two proxies that count as one worker make the same numbers.
TEST(Keys, NoticeAWorkerWithoutANumber) {
  const auto settings = settings_of(shop(1, R"(
- !SHARDING
  tables: {a: {actualDataNodes: ds_0.a}}
  keyGenerators: {s: {type: SNOWFLAKE}, t: {type: SNOWFLAKE, props: {worker-id: 4}}}
)"));
  ASSERT_TRUE(settings.has_value());
  const auto about_workers = [](const std::string& notice) {
    return notice.find("worker-id is absent") != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(settings->notices, about_workers), 1);
}

TEST(Keys, AreReadInTheNewSpelling) {
  const RuleSet read = loaded(R"(
- !SHARDING
  tables:
    a: {actualDataNodes: ds_0.a}
    b: {actualDataNodes: ds_0.b}
  keyGenerateStrategies:
    rows: {keyGenerateType: column, keyGeneratorName: s, logicTable: A, keyGenerateColumn: ID}
  keyGenerators: {s: {type: SNOWFLAKE}}
)");
  EXPECT_EQ(read.sharding_tables.at("a").generated_key->column, "id");
  EXPECT_FALSE(read.sharding_tables.at("b").generated_key.has_value());
}

constexpr const char* kBound = R"(
- !SHARDING
  tables:
    orders:
      actualDataNodes: ds_0.orders_${0..3}
      tableStrategy: {complex: {shardingColumns: "a,b", shardingAlgorithmName: orders}}
    lines:
      actualDataNodes: ds_0.lines_${0..3}
      tableStrategy: {complex: {shardingColumns: "x,y", shardingAlgorithmName: lines}}
  bindingTables: ["together: orders, lines"]
  shardingAlgorithms:
    orders: {type: COMPLEX_INLINE, props: {algorithm-expression: "orders_${(a + b * 2) % 4}"}}
    lines: {type: COMPLEX_INLINE, props: {algorithm-expression: "lines_${(XX + YY * 2) % 4}"}}
)";

std::string bound(const char* first, const char* second) {
  std::string text = kBound;
  text.replace(text.find("XX"), 2, first);
  text.replace(text.find("YY"), 2, second);
  return fault_of(shop(2, text));
}

// Columns correspond by their places in the strategies.
TEST(Binding, ProvesComplexStrategies) {
  EXPECT_EQ(bound("x", "y"), "none");
  EXPECT_THAT(bound("y", "x"), HasSubstr("their table strategies differ"));
}

}  // namespace
}  // namespace tessera::rules
