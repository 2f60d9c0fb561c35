#pragma once
// Statements that are known by their first words only, or not at all.

#include "parser/storage.h"

namespace tessera::parser {

// Builds an OtherStatement in storage.arena. `understood`: it is no statement that the grammar
// should have known.
[[nodiscard]] const Statement* other_statement(ParsedStatement::Storage& storage);

// Does the grammar have a rule for statements that begin as this one does?
[[nodiscard]] bool has_grammar(const ParsedStatement::Storage& storage);

}  // namespace tessera::parser
