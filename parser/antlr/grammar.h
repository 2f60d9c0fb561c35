#pragma once
// Parses by grammar/PostgreSql.g4. The files of this folder are the only ones that see ANTLR.

#include "base/result.h"
#include "parser/storage.h"

namespace tessera::parser::antlr {

// How a statement was parsed.
enum class Stage : std::uint8_t {
  kSll,      // by the fast prediction
  kLl,       // by full prediction, after the fast one failed
  kUnknown,  // not by this grammar
};

// Builds storage.statement in storage.arena, unless the grammar does not know the statement.
// Errors: 54001 nested too deep.
[[nodiscard]] Result<Stage> parse_by_grammar(ParsedStatement::Storage& storage);

}  // namespace tessera::parser::antlr
