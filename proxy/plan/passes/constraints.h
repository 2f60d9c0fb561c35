#pragma once
// What columns and constraints of a sharded or broadcast table may be: a shard can only watch over
// its own rows.

#include <optional>
#include <span>

#include "base/error.h"
#include "proxy/plan/passes/ddl_tables.h"

namespace tessera::plan {

// A unique key of `columns`: rows with one key must be on one node, so it holds all sharding
// columns.
[[nodiscard]] std::optional<Error> refuse_unique_key(const rules::ShardingTable& table,
                                                     std::span<const std::string_view> columns);

[[nodiscard]] std::optional<Error> refuse_column(const PlanInput& input, std::string_view table,
                                                 const parser::ColumnDefinition& column);
[[nodiscard]] std::optional<Error> refuse_constraint(const PlanInput& input, std::string_view table,
                                                     const parser::TableConstraint& constraint);

// A foreign key's other table, whose actual name must be that of the same node.
void add_references(const PlanInput& input, DdlTables& tables,
                    const parser::ColumnDefinition& column);
void add_references(const PlanInput& input, DdlTables& tables,
                    const parser::TableConstraint& constraint);

}  // namespace tessera::plan
