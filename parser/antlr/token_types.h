#pragma once
// Gives every token its type in grammar/PostgreSql.g4.
//
// What would need long lookahead in the grammar is settled here, where the next token is at hand:
// whether a parenthesis opens a query, whether a word that is a keyword elsewhere is a name here.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "parser/keywords.h"
#include "parser/storage.h"

namespace tessera::parser::antlr {

struct TypedToken {
  std::size_t type = 0;              // of the grammar
  const Keyword* keyword = nullptr;  // what the word is by itself, whatever its type became
};

// Types for the tokens of `storage`, kEnd included. `out` is reused.
// Errors: 54001, parentheses, CASE and joins nest deeper than the parser's recursion may go.
[[nodiscard]] Status type_tokens(const ParsedStatement::Storage& storage,
                                 std::vector<TypedToken>& out);

}  // namespace tessera::parser::antlr
