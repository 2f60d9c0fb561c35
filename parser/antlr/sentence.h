#pragma once
// The rules of PostgreSQL's grammar that are no matter of syntax: which words may name what, which
// clauses exclude each other, what a list may hold.

#include <optional>

#include "PostgreSqlParser.h"
#include "parser/storage.h"

namespace tessera::parser::antlr {

// Does PostgreSQL 15 take what the grammar has accepted? If not: the first token of what breaks a
// rule.
[[nodiscard]] std::optional<TokenIndex> broken_rule(const ParsedStatement::Storage& storage,
                                                    PostgreSqlParser::RootContext& root);

}  // namespace tessera::parser::antlr
