#pragma once
// What is sent where: the SQL of each target of one execution. Pure, so that people can be shown it
// without a server (PREVIEW, tessera-sql).

#include "proxy/plan/route.h"

namespace tessera::plan {

// Both sets of edits, each sorted; one may lie inside what another copies.
[[nodiscard]] Edits joined_edits(const Edits& rename, const Edits& more);

// The rows of one execution of an INSERT.
struct SplitRows {
  const std::vector<std::uint32_t>& target_of_row;
  const Values& values;
  const std::vector<parser::TextSpan>* items = nullptr;  // of fold_tokens(), where it is folded
};

// Which row each row of the plan is, or the first of those that it stands for.
[[nodiscard]] std::vector<std::uint32_t> row_ordinals(const InsertSplit& insert,
                                                      const Values& values);

// The rows of an INSERT that go to target `target`, in the order they were written.
[[nodiscard]] Edit rows_edit(const InsertSplit& insert, const SplitRows& rows,
                             std::uint32_t target);

struct PhysicalStatement {
  rules::ShardIndex shard = 0;
  std::string sql;
};

struct Execution {
  std::string_view text;                     // the statement's own
  const std::vector<parser::Token>* tokens;  // of `text`, folded as the plan is
  Values values;
  const std::vector<parser::TextSpan>* items = nullptr;  // of fold_tokens(), where it is folded
};

// The statements of `execution` by shard, then node; none where the proxy itself answers. Of an
// aggregate over several shards these are the partial ones; the statement that puts their rows
// together is not among them. Errors: those of route(); the plan's own where it is refused.
[[nodiscard]] Result<std::vector<PhysicalStatement>> physical_statements(
    const Plan& plan, const Execution& execution);

}  // namespace tessera::plan
