// One plan for lists of any length gives what a plan of the very statement gives: where it goes,
// what is sent there, and where in the client's text each sent byte comes from.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "proxy/plan/physical.h"
#include "proxy/session/plan_cache.h"
#include "tests/plans/shop_catalog.h"

namespace tessera::session {
namespace {

using plan::Plan;

const std::vector<plan::Parameter> kParameters = {{.bytes = "17", .type = 20},
                                                  {.bytes = "4", .type = 20}};

// One execution of a plan: the statement with its tokens as the plan counts them.
struct Run {
  std::string_view text;
  const Plan* plan = nullptr;
  std::vector<parser::Token> tokens;
  std::vector<parser::TextSpan> items;
  plan::Values values;

  [[nodiscard]] plan::Execution execution() const {
    return {.text = text, .tokens = &tokens, .values = values, .items = &items};
  }
};

Run run_of(const Plan& plan, std::string_view text, const parser::Shape& shape) {
  Run out{.text = text, .plan = &plan, .values = plan::values_of(plan, text, shape)};
  parser::tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, out.tokens);
  if (plan.folded) parser::fold_tokens(shape, out.tokens, out.items);
  out.values.parameters = &kParameters;
  return out;
}

std::string count_of(const std::optional<plan::ValueSource>& source, const Run& run) {
  if (!source) return "none";
  const auto count = plan::row_count_of(*source, run.values, false);
  if (!count) return count.error().message;
  return *count ? std::to_string(**count) : "NULL";
}

// Where every fifth byte of what is sent comes from.
std::string sources_of(const Run& run, const plan::Edits& edits) {
  const plan::SlotNames names(run.plan->slots, "an_actual_table");
  const plan::RenderInput input{.text = run.text, .tokens = &run.tokens, .tables = &names};
  const std::size_t size = plan::render(input, edits).size();
  std::string out;
  for (std::size_t at = 0; at < size; at += 5)
    out += fmt::format(" {}", plan::source_offset(input, edits, at));
  return out + "\n";
}

struct Scattered {
  const Run& run;
  std::string operator()(const Error& error) const { return error.message; }
  std::string operator()(const plan::Gather& gather) const {
    return sources_of(run, plan::joined_edits(run.plan->rename, gather.edits)) +
           count_of(gather.window.limit, run) + count_of(gather.window.offset, run);
  }
  std::string operator()(const plan::Finish& finish) const {
    const plan::SlotNames names(run.plan->slots, "an_actual_table");
    const std::vector<std::string> types(64, "int8");
    const plan::RenderInput input{
        .text = run.text, .tokens = &run.tokens, .tables = &names, .partial_types = &types};
    return sources_of(run, plan::joined_edits(run.plan->rename, finish.edits)) +
           plan::render(input, finish.final_statement, run.plan->rename);
  }
  std::string operator()(const plan::WriteAll& write) const {
    return sources_of(run, plan::joined_edits(run.plan->rename, write.edits));
  }
  std::string operator()(const plan::InsertSplit& insert) const {
    std::vector<plan::Target> targets;
    std::vector<std::uint32_t> target_of_row;
    if (!plan::split_rows(*run.plan, run.values, targets, target_of_row)) return "refused";
    std::string out;
    for (const std::uint32_t target : target_of_row) out += fmt::format(" {}", target);
    for (std::uint32_t target = 0; target < targets.size(); ++target) {
      const plan::SplitRows rows{target_of_row, run.values, &run.items};
      out += "\n" + sources_of(run, plan::joined_edits(run.plan->rename,
                                                       {plan::rows_edit(insert, rows, target)}));
    }
    return out;
  }
  std::string operator()(const plan::Ddl&) const { return "ddl"; }
};

// All that comes of it, as text.
std::string outcome(const Run& run) {
  const auto sent = plan::physical_statements(*run.plan, run.execution());
  if (!sent) return sent.error().sqlstate + " " + sent.error().message;
  std::string out;
  for (const plan::PhysicalStatement& each : *sent)
    out += fmt::format("{}: {}\n", each.shard, each.sql);
  return out + std::visit(Scattered{run}, run.plan->scatter);
}

class ListLengths : public testing::Test {
 protected:
  PlanRequest asked(const std::string& text) {
    EXPECT_TRUE(parser::scan(text, 0, {}, shape)) << text;
    return {.text = text,
            .shape = &shape,
            .options = {},
            .search_path = &path_,
            .search_path_text = &path_.front()};
  }

  // Is the statement's plan, out of the cache, as good as its own? Gives whether it is a plan for
  // other lengths too.
  bool expect_as_planned_alone(const std::string& text) {
    const PlanRequest request = asked(text);
    const auto cached = cache.find_or_make(request, catalog);
    const auto parsed = parser::parse(text, shape, {});
    EXPECT_TRUE(parsed) << text;
    if (!parsed) return false;
    const auto alone = plan::make_plan({.parsed = &*parsed, .catalog = catalog});
    EXPECT_EQ(cached.has_value(), alone.has_value()) << text;
    if (!alone || !cached) {
      if (!alone && !cached) {
        EXPECT_EQ(cached.error().message, alone.error().message) << text;
      }
      return false;
    }
    EXPECT_EQ(outcome(run_of(*(*cached)->plan, text, shape)), outcome(run_of(**alone, text, shape)))
        << text;
    return (*cached)->plan->folded;
  }

  std::shared_ptr<const catalog::Catalog> catalog = plan::testing::shop_catalog();
  PlanCache cache{1U << 20U};
  parser::Shape shape;

 private:
  const std::vector<std::string> path_{"public"};
};

// Statements with %n for a list of numbers, %s of strings, %r and %q for rows of two and of three
// values.
std::string with_lists(std::string_view form, std::mt19937& random) {
  const auto number = [&random] { return std::to_string(random() % 1000); };
  const auto string = [&random] { return fmt::format("'s{}'", random() % 50); };
  const auto list = [&random](const auto& item) {
    std::string out;
    for (auto left = 1 + random() % 9; left > 0; --left)
      out += (out.empty() ? "" : ", /* c */ ") + item();
    return out;
  };
  const auto odd_number = [&] {
    if (random() % 12 != 0) return number();
    constexpr std::array<const char*, 4> kOdd = {"-5", "3000000000", "NULL", "7.5"};
    return std::string(kOdd[random() % kOdd.size()]);
  };
  std::string out;
  for (std::size_t at = 0; at < form.size(); ++at) {
    if (form[at] != '%') {
      out += form[at];
      continue;
    }
    switch (form[++at]) {
      case 'n':
        out += list(odd_number);
        break;
      case 's':
        out += list(string);
        break;
      case 'r':
        out += list([&] { return "(" + number() + ", " + odd_number() + ")"; });
        break;
      default:
        out += list([&] { return "(" + number() + ", " + number() + ", " + string() + ")"; });
    }
  }
  return out;
}

constexpr std::string_view kForms[] = {
    "SELECT * FROM customers WHERE customer_id IN (%n)",
    "SELECT * FROM t_order WHERE user_id IN (%n) AND order_id IN (%n) AND status = 'x'",
    "SELECT t_order.status FROM t_order WHERE status IN (%s) AND user_id = 5 ORDER BY "
    "t_order.order_id LIMIT 7 OFFSET 3",
    "SELECT * FROM customers WHERE name IN (%s) ORDER BY created_at LIMIT 10",
    "SELECT status, count(*), avg(order_id) FROM t_order WHERE order_id IN (%n) GROUP BY status "
    "HAVING count(*) > 2",
    "SELECT count(*), order_id IN (%n) FROM t_order GROUP BY order_id IN (%n)",
    "SELECT sum(order_id) FILTER (WHERE status IN (%s)) FROM t_order WHERE user_id > 3",
    "SELECT * FROM orders WHERE customer_id = 7 AND total IN (%n) OR customer_id IN (%n) AND "
    "status IN (%s)",
    "SELECT * FROM orders WHERE customer_id NOT IN (%n) AND NOT order_id NOT IN (%n)",
    "SELECT * FROM t_order o JOIN t_item i ON i.user_id = o.user_id AND i.order_id = o.order_id "
    "WHERE o.user_id IN (%n) AND i.order_id = 12",
    "SELECT * FROM k_text WHERE k IN (%s)",
    "SELECT * FROM k_int4 WHERE k IN (%n) AND other IN (%n)",
    "SELECT * FROM events WHERE (tenant, id) IN (('a', 'b'), ('c', 'd')) OR tenant IN (%s)",
    "SELECT * FROM customers WHERE customer_id IN ($1, %n, $2, %n)",
    "SELECT * FROM orders JOIN (VALUES %r) AS v(a, b) ON v.a = orders.order_id WHERE "
    "orders.customer_id IN (%n)",
    "SELECT * FROM t_order WHERE user_id IN (VALUES (1), (2))",
    "SELECT * FROM settings_kv WHERE key IN (%s)",
    "VALUES %r",
    "UPDATE t_order SET status = 'done' WHERE user_id IN (%n) AND order_id = 4",
    "UPDATE t_order SET status = 'done' WHERE user_id = 3 AND t_order.order_id IN (%n) RETURNING "
    "t_order.status",
    "DELETE FROM t_order WHERE status NOT IN (%s) AND user_id IN (%n)",
    "INSERT INTO t_order (order_id, user_id, status) VALUES %q",
    "INSERT INTO t_order (order_id, user_id, status) VALUES %q RETURNING t_order.order_id, "
    "status IN (%s)",
    "INSERT INTO t_order (order_id, user_id, status) VALUES %q, ($1, $2, 'x'), %q",
    "INSERT INTO t_order (order_id, user_id, status) VALUES (7, $1, 'x'), %q, (8, 9, 'y' || 'z')",
    "INSERT INTO t_order VALUES %q ON CONFLICT (user_id, order_id) DO UPDATE SET status = "
    "excluded.status WHERE t_order.status IN (%s)",
    "INSERT INTO orders (order_id, customer_id, status) VALUES %q ON CONFLICT DO NOTHING",
    "INSERT INTO orders (order_id, customer_id) VALUES %r ORDER BY 1 LIMIT 2",
    "INSERT INTO countries (code, name) VALUES %r",
    "INSERT INTO products (product_id, name, price) VALUES %q RETURNING price",
    "INSERT INTO settings_kv VALUES %r",
    "INSERT INTO tickets (label, made) VALUES ('a', '2020-01-01'), ('b', '2020-01-02')",
    "INSERT INTO letters (author, body) VALUES %r",
    "INSERT INTO k_cents VALUES (1.5), (2.5), (3)",
    "INSERT INTO k_text (other, k, v) VALUES %q",
    "WITH w AS (SELECT * FROM t_order WHERE order_id IN (%n)) SELECT * FROM w WHERE user_id = 3",
    "SELECT (SELECT count(*) FROM products WHERE product_id IN (%n)) FROM t_order WHERE user_id "
    "IN (%n)",
    "SELECT status IN (%s) AS s FROM t_order ORDER BY s, order_id IN (%n)",
    "SELECT customer_id::numeric(10, 2) FROM customers WHERE customer_id IN (%n) AND name = "
    "'x'::varchar(3)",
    "EXPLAIN SELECT * FROM t_order WHERE user_id IN (%n)",
    "SELECT status FROM t_order WHERE user_id IN (%n) UNION SELECT status FROM t_order WHERE "
    "user_id IN (%n)",
};

TEST_F(ListLengths, AnyLengthIsPlannedAsIfAlone) {
  std::mt19937 random(20261124);
  std::size_t folded = 0;
  for (int round = 0; round < 60; ++round) {
    for (const std::string_view form : kForms) {
      folded += expect_as_planned_alone(with_lists(form, random)) ? 1 : 0;
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(folded, 60 * std::size(kForms) / 2);
}

}  // namespace
}  // namespace tessera::session
