#pragma once
// Statements over the shop (see tests/plans) on two fake shards, planned, routed and opened as a
// session does it.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/exec/scatter.h"
#include "tests/plans/shop_catalog.h"
#include "tests/support/shard_stand.h"
#include "tests/unit/proxy/exec/stream_bench.h"

namespace tessera::exec {

struct StatementOptions {
  bool extended = false;                               // else the simple protocol
  std::vector<std::optional<std::string>> parameters;  // as text
  std::vector<std::int16_t> result_formats;
  bool suspendable = false;
  std::uint64_t memory_bytes_max = 1'000'000;
};

// One execution of one statement.
class Statement {
 public:
  Statement(std::shared_ptr<const catalog::Catalog> catalog, txn::Transaction& transaction,
            std::string text, StatementOptions options = {});
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  [[nodiscard]] const plan::Plan& plan() const { return *plan_; }
  [[nodiscard]] Request request();

 private:
  void route();

  const std::string text_;
  const StatementOptions options_;
  txn::Transaction& transaction_;
  const parser::ParsedStatement parsed_;
  const std::shared_ptr<const plan::Plan> plan_;
  std::vector<plan::Parameter> parameters_;
  wire::BindMessage bind_;
  plan::Values values_;
  const std::vector<parser::TextSpan> items_;  // none: its plan is for its own lists
  std::vector<plan::Target> targets_;
  std::vector<std::uint32_t> target_of_row_;
  std::shared_ptr<const Described> described_;
};

class StatementBench {
 public:
  explicit StatementBench(test::Answers first = {}, test::Answers second = {});

  // The statement lives as long as the bench.
  Statement& statement(std::string text, StatementOptions options = {});
  Result<Opened> open(Statement& statement);
  Result<Opened> open(std::string text, StatementOptions options = {});
  // Every row, or the SQLSTATE; then all streams are closed.
  Lines read_all(Opened& opened);
  // Up to `rows_max` rows; nothing is closed.
  Lines read_some(Opened& opened, std::uint64_t rows_max);
  void close(Opened& opened, bool abandon);
  void rollback();
  // What the shards were asked, but for the ends of pipelines.
  Lines take();
  // Those of one shard: two shards answer when they like.
  static Lines only_of(const Lines& lines, const std::string& shard);
  // The session is done with the statement: no connection is missing.
  void expect_all_free();
  // The same, and none had to be closed.
  void expect_nothing_leaked();

  test::ShardStand stand;
  txn::Transaction transaction;

 private:
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::deque<Statement> statements_;
};

}  // namespace tessera::exec
