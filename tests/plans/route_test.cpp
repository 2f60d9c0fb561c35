// Where executions of a plan go, by the values they bring.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/plan/route.h"
#include "tests/plans/shop_catalog.h"

namespace tessera::plan::testing {
namespace {

using ::testing::ElementsAre;

// One execution of one statement.
class Execution {
 public:
  // Hints stand in front of the text, as clients write them.
  explicit Execution(std::string text, std::vector<Parameter> parameters = {})
      : text_(std::move(text)),
        parameters_(std::move(parameters)),
        hints_(parser::read_hints(text_.substr(0, text_.rfind("*/") + 2))),
        parsed_(parse_one(text_)) {
    if (!parsed_) return;
    auto made = make_plan({.parsed = &*parsed_, .catalog = shop_catalog()});
    if (made) plan_ = *made;
  }

  [[nodiscard]] bool planned() const { return plan_ != nullptr; }
  [[nodiscard]] const Plan& plan() const { return *plan_; }
  [[nodiscard]] Values values() const {
    return {.text = parsed_->text(),
            .constants = &parsed_->constants(),
            .parameters = &parameters_,
            .hints = hints_ ? &*hints_ : nullptr};
  }

  // The shards of route(), or the error's SQLSTATE.
  [[nodiscard]] std::string shards() {
    std::vector<Target> targets;
    if (Status ok = route(*plan_, values(), targets); !ok) return ok.error().sqlstate;
    std::string out;
    for (const Target& target : targets)
      out += (out.empty() ? "" : " ") + std::to_string(target.shard);
    return out;
  }

  // The same with the tables' names there.
  [[nodiscard]] std::string nodes() {
    std::vector<Target> targets;
    if (Status ok = route(*plan_, values(), targets); !ok) return ok.error().sqlstate;
    std::string out;
    for (const Target& target : targets) {
      out += (out.empty() ? "" : " ") + std::to_string(target.shard) + "." +
             slot_names(*plan_, target).front();
    }
    return out;
  }

  // The statement as the first target gets it.
  [[nodiscard]] std::string first_text() {
    std::vector<Target> targets;
    if (Status ok = route(*plan_, values(), targets); !ok) return ok.error().sqlstate;
    const SlotNames names = slot_names(*plan_, targets.front());
    return render({.text = parsed_->text(), .tokens = &parsed_->tokens(), .tables = &names},
                  plan_->rename);
  }

 private:
  std::string text_;
  std::vector<Parameter> parameters_;
  std::optional<parser::Hints> hints_;
  Result<parser::ParsedStatement> parsed_;
  std::shared_ptr<const Plan> plan_;
};

std::string shards_of(const std::string& text, std::vector<Parameter> parameters = {}) {
  Execution execution(text, std::move(parameters));
  return execution.planned() ? execution.shards() : "no plan";
}

// Of a table that is split inside shards: shard and table of each target.
std::string nodes_of(const std::string& text, std::vector<Parameter> parameters = {}) {
  Execution execution(text, std::move(parameters));
  return execution.planned() ? execution.nodes() : "no plan";
}

Parameter text_parameter(std::string_view bytes, catalog::Oid type = 0) {
  return {.bytes = bytes, .binary = false, .type = type};
}

TEST(Route, SendsOneValueToItsShard) {
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 4"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 5"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE 7 = customer_id"), "1");
}

// The proxy must find the same number that PostgreSQL compares with.
TEST(Route, ReadsConstantsAsPostgresComparesThem) {
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = '5'"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = ' 5 '"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = '5'::int8"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = bigint '5'"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = CAST(5 AS int)"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 5.0"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 0.5e1"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = +5"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 'five'"), "22P02");
}

// (5.5)::bigint is 6 for PostgreSQL: what is rounded is asked for everywhere.
TEST(Route, DoesNotGuessWhatCastsRound) {
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 5.5::bigint"), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = $1::bigint",
                      {text_parameter("5.5", 1700)}),
            "0 1");
  EXPECT_EQ(
      shards_of("SELECT * FROM orders WHERE customer_id = $1::float8", {text_parameter("5", 701)}),
      "0 1");
}

// A statement that no row can match still goes to one shard, which gives its empty answer.
TEST(Route, SendsContradictionsToOneShard) {
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 5 AND customer_id = 4"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = NULL"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 5.5"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 99999999999999999999"), "0");
}

TEST(Route, TakesListsAndAlternatives) {
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id IN (2, 4, 6)"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id IN (2, NULL)"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id IN (2, 5)"), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 1 OR customer_id IN (3, 5)"), "1");
  EXPECT_EQ(
      shards_of("SELECT * FROM orders WHERE (customer_id = 1 AND total > 5) OR (customer_id = 3)"),
      "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = 1 OR total > 5"), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id NOT IN (1, 3)"), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE NOT (customer_id = 1)"), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = ANY (ARRAY[1, 3])"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id <> ALL (ARRAY[1, 3])"), "0 1");
}

TEST(Route, ReadsParametersInBothFormats) {
  const std::string query = "SELECT * FROM orders WHERE customer_id = $1";
  EXPECT_EQ(shards_of(query, {text_parameter("5")}), "1");
  EXPECT_EQ(shards_of(query, {text_parameter("5", 23)}), "1");
  using namespace std::string_view_literals;
  EXPECT_EQ(shards_of(query, {{.bytes = "\0\0\0\5"sv, .binary = true, .type = 23}}), "1");
  EXPECT_EQ(shards_of(query, {{.bytes = "\xff\xff"sv, .binary = true, .type = 21}}), "22023");
  EXPECT_EQ(shards_of(query, {{.bytes = "\0\0\0\0\0\0\0\4"sv, .binary = true, .type = 0}}), "0");
  EXPECT_EQ(shards_of(query, {{.bytes = "\0\0\5"sv, .binary = true, .type = 23}}), "22P03");
  EXPECT_EQ(shards_of(query, {{.bytes = std::nullopt, .binary = false, .type = 20}}), "0");
  EXPECT_EQ(shards_of(query, {text_parameter("5", 701)}), "0 1");
  EXPECT_EQ(shards_of(query), "42P02");
}

// A negative number may be in two places; a range of nothing else is it too.
TEST(Route, LooksForNegativeNumbersInBothPlaces) {
  const std::string places = nodes_of("SELECT * FROM k_int8 WHERE k = -5");
  EXPECT_EQ(places, "0.k_int8_0 1.k_int8_1");
  EXPECT_EQ(nodes_of("SELECT * FROM k_int8 WHERE k BETWEEN -5 AND -5"), places);
  EXPECT_EQ(nodes_of("SELECT * FROM k_int8 WHERE k = $1", {text_parameter("-5", 20)}), places);
  EXPECT_EQ(nodes_of("INSERT INTO k_int8 (k) VALUES (-5)"), "0.k_int8_0");
}

// One value, however it is sent and declared, lies on one node.
TEST(Route, FindsOneNodeForEveryWireFormatOfAValue) {
  using namespace std::string_view_literals;
  const std::vector<Parameter> spellings{
      text_parameter("70000"),
      text_parameter("70000", 23),
      text_parameter(" 70000 ", 20),
      text_parameter("70000", 25),
      text_parameter("70000", 1043),
      text_parameter("70000", 705),
      text_parameter("70000.00", 1700),
      {.bytes = "\0\1\x11\x70"sv, .binary = true, .type = 23},
      {.bytes = "\0\0\0\0\0\1\x11\x70"sv, .binary = true, .type = 20},
      {.bytes = "\0\0\0\0\0\1\x11\x70"sv, .binary = true, .type = 0},
      {.bytes = "70000"sv, .binary = true, .type = 25},
      {.bytes = "\0\1\0\1\0\0\0\0\0\7"sv, .binary = true, .type = 1700}};
  const std::string place = nodes_of("INSERT INTO k_int4 (k) VALUES (70000)");
  for (const Parameter& each : spellings) {
    EXPECT_EQ(nodes_of("INSERT INTO k_int4 (k) VALUES ($1)", {each}), place);
    EXPECT_EQ(nodes_of("SELECT * FROM k_int4 WHERE k = $1", {each}), place);
    EXPECT_EQ(nodes_of("SELECT * FROM k_int4 WHERE k IN ($1)", {each}), place);
    EXPECT_EQ(nodes_of("SELECT * FROM k_int4 WHERE k BETWEEN $1 AND $1", {each}), place);
    EXPECT_EQ(nodes_of("SELECT * FROM k_int4 WHERE k = -(-$1::int)", {each}), place);
    EXPECT_EQ(nodes_of("DELETE FROM k_int4 WHERE NOT k <> $1", {each}), place);
  }
}

TEST(Route, FindsOneNodeForEveryWireFormatOfAText) {
  using namespace std::string_view_literals;
  const std::string place = nodes_of("INSERT INTO k_text (k) VALUES ('70000')");
  for (const Parameter& each :
       std::vector<Parameter>{text_parameter("70000"),
                              text_parameter("70000", 1043),
                              {.bytes = "70000"sv, .binary = true, .type = 25},
                              text_parameter("70000", 23),
                              {.bytes = "\0\1\x11\x70"sv, .binary = true, .type = 23}}) {
    EXPECT_EQ(nodes_of("INSERT INTO k_text (k) VALUES ($1)", {each}), place);
    EXPECT_EQ(nodes_of("SELECT * FROM k_text WHERE k = $1::text", {each}), place);
  }
  EXPECT_EQ(nodes_of("SELECT * FROM k_text WHERE k = $1::varchar(5)", {text_parameter("700001")}),
            place);
}

TEST(Route, ReadsArrayParameters) {
  using namespace std::string_view_literals;
  const std::string query = "SELECT * FROM orders WHERE customer_id = ANY ($1)";
  EXPECT_EQ(shards_of(query, {text_parameter("{1,3}", 1016)}), "1");
  EXPECT_EQ(shards_of(query, {text_parameter("{1,3}")}), "1");
  EXPECT_EQ(shards_of(query, {text_parameter("{1,4}", 1007)}), "0 1");
  EXPECT_EQ(shards_of(query, {text_parameter("{}", 1016)}), "0");
  EXPECT_EQ(shards_of(query, {text_parameter("{1,3}", 1022)}), "0 1");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE customer_id = ANY ($1::bigint[])",
                      {text_parameter("{5}")}),
            "1");
  constexpr auto kOne = "\0\0\0\1\0\0\0\0\0\0\0\27\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0\7"sv;
  EXPECT_EQ(shards_of(query, {{.bytes = kOne, .binary = true, .type = 1007}}), "1");
  EXPECT_EQ(shards_of(query, {{.bytes = kOne.substr(0, 26), .binary = true, .type = 1007}}), "0 1");
}

// IS NOT DISTINCT FROM NULL finds rows that could be anywhere.
TEST(Route, AsksEverywhereForNullAsAValue) {
  const std::string query = "SELECT * FROM orders WHERE customer_id IS NOT DISTINCT FROM $1";
  EXPECT_EQ(shards_of(query, {text_parameter("5")}), "1");
  EXPECT_EQ(shards_of(query, {{}}), "0 1");
}

// What is rounded when it is stored would be looked for elsewhere than where it was put.
TEST(Route, StoresNoKeyThatIsRounded) {
  EXPECT_NE(nodes_of("INSERT INTO k_seconds (k) VALUES ('2024-02-29 13:45:00')"), "0A000");
  EXPECT_NE(nodes_of("INSERT INTO k_seconds (k) VALUES ('2024-02-29 13:45:00.000')"), "0A000");
  EXPECT_EQ(nodes_of("INSERT INTO k_seconds (k) VALUES ('2024-02-29 13:45:00.5')"), "0A000");
  EXPECT_NE(nodes_of("INSERT INTO k_cents (k) VALUES (42), (42.5), (42.750), ('-42.75')"), "0A000");
  EXPECT_EQ(nodes_of("INSERT INTO k_cents (k) VALUES (42.755)"), "0A000");
  EXPECT_EQ(nodes_of("SELECT * FROM k_cents WHERE k = 042.50"),
            nodes_of("INSERT INTO k_cents (k) VALUES ('42.5')"));
}

TEST(Route, RefusesWhatAuditorsRefuse) {
  EXPECT_EQ(shards_of("SELECT * FROM ledger"), "42501");
  EXPECT_EQ(shards_of("SELECT * FROM ledger WHERE amount > 5"), "42501");
  EXPECT_EQ(shards_of("UPDATE ledger SET amount = 5"), "42501");
  EXPECT_EQ(shards_of("DELETE FROM ledger"), "42501");
  EXPECT_EQ(shards_of("SELECT * FROM ledger WHERE account = 5"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM ledger WHERE account > 5"), "0 1");
  EXPECT_EQ(shards_of("INSERT INTO ledger VALUES (5, 5)"), "1");
}

TEST(Route, LetsHintsDisableAuditors) {
  const std::string query = " SELECT * FROM ledger";
  EXPECT_EQ(shards_of("/* TESSERA_HINT: DISABLE_AUDIT_NAMES=need_key */" + query), "0 1");
  EXPECT_EQ(shards_of("/* TESSERA_HINT: DISABLE_AUDIT_NAMES=other */" + query), "42501");
}

// The condition of an outer join says nothing about the rows that the join keeps.
TEST(Route, DoesNotPruneTheKeptSideOfOuterJoins) {
  const std::string join =
      "SELECT * FROM orders o LEFT JOIN order_items i ON i.customer_id = o.customer_id ";
  EXPECT_EQ(shards_of(join + "AND i.customer_id = 5"), "0 1");
  EXPECT_EQ(shards_of(join + "AND o.customer_id = 5"), "0 1");
  EXPECT_EQ(shards_of(join + "WHERE o.customer_id = 5"), "1");
  EXPECT_EQ(shards_of(join + "WHERE i.customer_id = 5"), "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_items i "
                      "WHERE i.customer_id = o.customer_id AND i.customer_id = 5)"),
            "0 1");
}

TEST(Route, FollowsEqualitiesFromTableToTable) {
  EXPECT_EQ(shards_of("SELECT * FROM orders o JOIN products p ON p.product_id = o.customer_id "
                      "WHERE p.product_id = 5"),
            "1");
  EXPECT_EQ(shards_of("SELECT * FROM orders o, order_items i WHERE o.customer_id = i.customer_id "
                      "AND i.customer_id = 4"),
            "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders WHERE order_id = customer_id AND order_id = 5"), "1");
}

TEST(Route, BringsUnrelatedTablesTogetherOnOneShard) {
  EXPECT_EQ(
      shards_of(
          "SELECT * FROM orders o, customers c WHERE o.customer_id = 5 AND c.customer_id = 7"),
      "1");
  EXPECT_EQ(
      shards_of(
          "SELECT * FROM orders o, customers c WHERE o.customer_id = 5 AND c.customer_id = 6"),
      "0A000");
  EXPECT_EQ(shards_of("SELECT * FROM orders o, settings_kv s WHERE o.customer_id = 4"), "0");
  EXPECT_EQ(shards_of("SELECT * FROM orders o, settings_kv s WHERE o.customer_id = 5"), "0A000");
}

TEST(Route, RefusesRowsWithoutASureNode) {
  EXPECT_EQ(shards_of("INSERT INTO orders (order_id, customer_id) VALUES (1, 5)"), "1");
  EXPECT_EQ(shards_of("INSERT INTO orders (order_id, customer_id) VALUES (1, 5.5)"), "0A000");
  EXPECT_NE(shards_of("INSERT INTO orders (order_id, customer_id) VALUES (1, NULL)"), "0");
  EXPECT_NE(shards_of("INSERT INTO orders (order_id, customer_id) VALUES (1, $1)", {{}}), "0");
}

TEST(Route, FindsTheTableInsideTheShard) {
  Execution execution("SELECT t_order.status FROM t_order WHERE user_id = 3 AND order_id = 6");
  EXPECT_EQ(execution.first_text(),
            "SELECT t_order.status FROM t_order_2 AS t_order WHERE user_id = 3 AND order_id = 6");
  EXPECT_EQ(shards_of("SELECT * FROM t_order WHERE user_id = 3"), "1 1 1 1");
  EXPECT_EQ(shards_of("SELECT * FROM t_order WHERE order_id = 6"), "0 1");
}

TEST(SplitRows, GivesEachRowItsTargetInTheOrderOfShards) {
  Execution execution("INSERT INTO orders (order_id, customer_id) VALUES (1, 5), (2, 4), (3, 7)");
  std::vector<Target> targets;
  std::vector<std::uint32_t> target_of_row;
  ASSERT_TRUE(split_rows(execution.plan(), execution.values(), targets, target_of_row));
  EXPECT_EQ(targets.size(), 2U);
  EXPECT_THAT(target_of_row, ElementsAre(1, 0, 1));
  EXPECT_EQ(execution.shards(), "0 1");
}

TEST(SplitRows, SendsRowsOfOneShardTogether) {
  EXPECT_EQ(shards_of("INSERT INTO orders (order_id, customer_id) VALUES (1, 5), (2, 7)"), "1");
}

// A session's vectors go from INSERT to INSERT: nothing of one may reach the next.
TEST(SplitRows, UsesTheMemoryOfTheStatementBefore) {
  Execution longer("INSERT INTO orders (order_id, customer_id) VALUES (1, 5), (2, 4), (3, 7)");
  Execution shorter("INSERT INTO orders (order_id, customer_id) VALUES (1, 4), (2, 6)");
  std::vector<Target> targets;
  std::vector<std::uint32_t> target_of_row;
  ASSERT_TRUE(split_rows(longer.plan(), longer.values(), targets, target_of_row));
  const Target* first = targets.data();
  const std::uint32_t* row = target_of_row.data();

  ASSERT_TRUE(split_rows(shorter.plan(), shorter.values(), targets, target_of_row));

  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets.front().shard, 0U);
  EXPECT_THAT(target_of_row, ElementsAre(0, 0));
  EXPECT_EQ(targets.data(), first);
  EXPECT_EQ(target_of_row.data(), row);
}

TEST(SplitRows, GivesNoRowATargetWhenOneHasNone) {
  Execution execution("INSERT INTO orders (order_id, customer_id) VALUES (1, 5), (2, 5.5)");
  std::vector<Target> targets;
  std::vector<std::uint32_t> target_of_row{7};
  const Status split = split_rows(execution.plan(), execution.values(), targets, target_of_row);
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().sqlstate, "0A000");
  EXPECT_TRUE(target_of_row.empty());
}

TEST(RowCount, IsReadAsPostgresReadsIt) {
  Execution execution("SELECT * FROM orders LIMIT 10 OFFSET -3");
  const auto& window = std::get<Gather>(execution.plan().scatter).window;
  const auto limit = row_count_of(*window.limit, execution.values(), false);
  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(*limit, 10U);
  EXPECT_EQ(row_count_of(*window.offset, execution.values(), true).error().sqlstate, "2201X");
}

TEST(RowCount, IsAbsentForNull) {
  Execution execution("SELECT * FROM orders LIMIT $1", {{}});
  const auto& window = std::get<Gather>(execution.plan().scatter).window;
  const auto limit = row_count_of(*window.limit, execution.values(), false);
  ASSERT_TRUE(limit.has_value());
  EXPECT_FALSE(limit->has_value());
}

}  // namespace
}  // namespace tessera::plan::testing
