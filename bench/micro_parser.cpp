// The scan, which every statement pays, and the parse, which every new shape pays.

#include <benchmark/benchmark.h>

#include <string>

#include "parser/parse.h"

namespace tessera::parser {
namespace {

std::string point_select() { return "SELECT abalance FROM pgbench_accounts WHERE aid = 123456"; }

std::string join() {
  return "SELECT o.id, o.total, c.name, i.sku FROM orders o JOIN customers c ON c.id = "
         "o.customer_id "
         "LEFT JOIN items i ON i.order_id = o.id JOIN countries n ON n.code = c.country WHERE "
         "o.customer_id = 42 AND o.status IN ('a', 'b') AND o.created BETWEEN date '2020-01-01' "
         "AND "
         "now() - interval '1 day' GROUP BY 1, 2, c.name HAVING count(*) > 1 ORDER BY o.id LIMIT "
         "10";
}

std::string insert_rows() {
  std::string text = "insert into t (a, b, c) values (0, 'abc', now())";
  for (int i = 1; i < 100; ++i) text += ", (" + std::to_string(i) + ", 'abc', now())";
  return text;
}

void scan_statement(benchmark::State& state, const std::string& text) {
  Shape shape;
  for (auto round : state) {
    benchmark::DoNotOptimize(scan(text, 0, {}, shape));
    benchmark::DoNotOptimize(shape);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void parse_statement(benchmark::State& state, const std::string& text) {
  warm_up();
  Shape shape;
  if (!scan(text, 0, {}, shape)) return state.SkipWithError("does not scan");
  for (auto round : state) benchmark::DoNotOptimize(parse(text, shape, {}));
}

BENCHMARK_CAPTURE(scan_statement, point_select, point_select());
BENCHMARK_CAPTURE(scan_statement, join, join());
BENCHMARK_CAPTURE(scan_statement, insert_100_rows, insert_rows());
BENCHMARK_CAPTURE(parse_statement, point_select, point_select());
BENCHMARK_CAPTURE(parse_statement, join, join());
BENCHMARK_CAPTURE(parse_statement, insert_100_rows, insert_rows());

}  // namespace
}  // namespace tessera::parser
