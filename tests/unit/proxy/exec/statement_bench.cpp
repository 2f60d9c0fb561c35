#include "tests/unit/proxy/exec/statement_bench.h"

#include <gtest/gtest.h>

#include <utility>

namespace tessera::exec {
namespace {

using catalog::Catalog;

std::vector<test::Answers> both(test::Answers first, test::Answers second) {
  std::vector<test::Answers> answers;
  answers.push_back(std::move(first));
  answers.push_back(std::move(second));
  return answers;
}

// The shop, with the types that its partial rows have.
std::shared_ptr<const Catalog> catalog_for(std::shared_ptr<const rules::RuleSet> rules) {
  auto schema = std::make_shared<catalog::Schema>(*plan::testing::shop_catalog()->schema);
  schema->types[20] = {.name = "pg_catalog.int8", .array_type = 1016};
  schema->types[25] = {.name = "pg_catalog.text", .array_type = 1009};
  schema->types[1700] = {.name = "pg_catalog.numeric", .array_type = 1231};
  schema->types[2278] = {.name = "pg_catalog.void"};
  return std::make_shared<const Catalog>(
      Catalog{.rules = std::move(rules), .schema = std::move(schema), .version = 1});
}

Task<Lines> rows_of(Cursor& cursor) {
  Lines rows;
  Cursor::Batch batch;
  while (!batch.ended) {
    std::string out;
    auto some = co_await cursor.next(out, 100);
    if (!some) {
      co_await cursor.close(true);
      co_return Lines{some.error().sqlstate};
    }
    batch = *some;
    for (std::string& row : values_of(out)) rows.push_back(std::move(row));
  }
  co_await cursor.close(false);
  co_return rows;
}

Task<bool> closed(Cursor& cursor, bool abandon) {
  co_await cursor.close(abandon);
  co_return true;
}

Task<bool> rolled_back(txn::Transaction& transaction) {
  co_await transaction.rollback();
  co_return true;
}

}  // namespace

Statement::Statement(std::shared_ptr<const Catalog> catalog, txn::Transaction& transaction,
                     std::string text, StatementOptions options)
    : text_(std::move(text)),
      options_(std::move(options)),
      transaction_(transaction),
      parsed_(plan::testing::parse_one(text_).value()),
      plan_(plan::make_plan({.parsed = &parsed_, .catalog = std::move(catalog)}).value()) {
  for (const auto& parameter : options_.parameters) {
    parameters_.push_back({.bytes = parameter, .type = 20});
    bind_.parameters.emplace_back(parameter);
  }
  bind_.result_formats = options_.result_formats;
  values_ = {.text = parsed_.text(),
             .constants = &parsed_.constants(),
             .parameters = options_.extended ? &parameters_ : nullptr};
  route();
}

void Statement::route() {
  if (!std::holds_alternative<plan::InsertSplit>(plan_->scatter)) {
    EXPECT_TRUE(plan::route(*plan_, values_, targets_));
    return;
  }
  ASSERT_TRUE(plan::split_rows(*plan_, values_, targets_, target_of_row_));
}

Request Statement::request() {
  Request request{.transaction = transaction_,
                  .plan = *plan_,
                  .text = parsed_.text(),
                  .tokens = parsed_.tokens(),
                  .items = items_,
                  .values = values_,
                  .targets = targets_,
                  .target_of_row = &target_of_row_,
                  .suspendable = options_.suspendable,
                  .deadline = Clock::now() + std::chrono::seconds(10),
                  .memory_bytes_max = options_.memory_bytes_max,
                  .described = described_};
  if (!options_.extended) return request;
  request.declared_types.assign(parameters_.size(), 20);
  request.bind = &bind_;
  return request;
}

StatementBench::StatementBench(test::Answers first, test::Answers second)
    : stand(both(std::move(first), std::move(second)), *plan::testing::shop_catalog()->rules),
      transaction(stand.backends),
      catalog_(catalog_for(stand.rules())) {}

Statement& StatementBench::statement(std::string text, StatementOptions options) {
  return statements_.emplace_back(catalog_, transaction, std::move(text), std::move(options));
}

Result<Opened> StatementBench::open(Statement& statement) {
  Request request = statement.request();
  return test::run(stand.context, open_scatter(request));
}

Result<Opened> StatementBench::open(std::string text, StatementOptions options) {
  return open(statement(std::move(text), std::move(options)));
}

Lines StatementBench::read_all(Opened& opened) {
  return test::run(stand.context, rows_of(*opened.cursor));
}

Lines StatementBench::read_some(Opened& opened, std::uint64_t rows_max) {
  std::string out;
  const auto batch = test::run(stand.context, opened.cursor->next(out, rows_max));
  return batch ? values_of(out) : Lines{batch.error().sqlstate};
}

void StatementBench::close(Opened& opened, bool abandon) {
  test::run(stand.context, closed(*opened.cursor, abandon));
}

void StatementBench::rollback() { test::run(stand.context, rolled_back(transaction)); }

Lines StatementBench::take() {
  Lines lines = stand.journal.take();
  std::erase_if(lines, [](const std::string& line) {
    return line.ends_with(": sync") || line.ends_with(": execute 0");
  });
  return lines;
}

Lines StatementBench::only_of(const Lines& lines, const std::string& shard) {
  Lines out;
  for (const std::string& line : lines) {
    if (line.starts_with(shard + ": ")) out.push_back(line.substr(shard.size() + 2));
  }
  return out;
}

void StatementBench::expect_all_free() {
  transaction.release();
  EXPECT_TRUE(stand.is_free(0));
  EXPECT_TRUE(stand.is_free(1));
}

void StatementBench::expect_nothing_leaked() {
  expect_all_free();
  EXPECT_EQ(stand.shard(0).accepted(), 1U);
  EXPECT_EQ(stand.shard(1).accepted(), 1U);
}

}  // namespace tessera::exec
