#pragma once
// What a table reference means, and who owns a column.

#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// `ctes`: the WITH items visible here.
[[nodiscard]] Relation classify(const Query& query, const parser::TableRef& ref,
                                const std::vector<std::string_view>& ctes);

// Is the rule for `name` meant when a statement says `schema.name`?
[[nodiscard]] rules::TableKind kind_of_table(const PlanInput& input, std::string_view schema,
                                             std::string_view name);

// The one of `relations` that has `column` for sure, if no other can have it.
[[nodiscard]] std::optional<RelationId> owner_of(const Query& query,
                                                 const std::vector<RelationId>& relations,
                                                 std::string_view column);

// May a value of one column be taken for a value of the other when they are equal? True for
// integers of all sizes, for text and varchar, and for two of one of the other types whose equality
// is equality of what is hashed.
[[nodiscard]] bool comparable(const Query& query, const ColumnId& a, const ColumnId& b);

}  // namespace tessera::plan
