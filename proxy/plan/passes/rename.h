#pragma once
// The names of actual tables in place of the logical ones.

#include "base/result.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Is some actual table called differently from the logical one?
[[nodiscard]] bool is_renamed(const rules::ShardingTable& table);

// The tokens of `name` that an actual table's name takes the place of: the last one, unless actual
// names have schemas of their own.
[[nodiscard]] parser::TokenRange renamed_tokens(const rules::ShardingTable& table,
                                                parser::TokenRange name);

// DDL: the name alone. Slot `slot` of the plan is the table.
[[nodiscard]] Edit rename_name(const rules::ShardingTable& table, parser::TokenRange name,
                               std::uint32_t slot);

// The edits that rename every sharded relation of the query and keep its old name as an alias, so
// that qualifiers go on working. Errors: 0A000 where no alias can be written, or a qualifier with a
// schema names the table.
[[nodiscard]] Result<Edits> rename_edits(const Query& query, const parser::Statement& statement);

}  // namespace tessera::plan
