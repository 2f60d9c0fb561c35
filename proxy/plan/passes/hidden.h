#pragma once
// Tables that a statement uses without naming them: inside views, and inside functions' bodies.

#include <optional>
#include <string_view>

#include "parser/walk.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// The first of the rules' tables of `kind` that `text` (lower case SQL or a function's body) names
// as a word, also through the views and functions that it names itself. Empty: none.
[[nodiscard]] std::string_view table_named_in(const catalog::Catalog& catalog,
                                              std::string_view text, rules::TableKind kind);

// Refuses what cannot be right wherever the statement runs: a view or function over a sharded table
// (a shard sees only its own rows), writes to broadcast tables through a view or a volatile
// function (only one copy would change).
[[nodiscard]] std::optional<Error> refuse_hidden_tables(const Query& query,
                                                        const parser::Statement& statement);

// The same for the functions called under `node`.
[[nodiscard]] std::optional<Error> refuse_hidden_in_calls(const catalog::Catalog& catalog,
                                                          const parser::Node& node);

}  // namespace tessera::plan
