#pragma once
// Statements that are known by their first words only, or not at all.

#include "parser/storage.h"

namespace tessera::parser {

// Builds an OtherStatement in storage.arena, by storage.verdict.
[[nodiscard]] const Statement* other_statement(ParsedStatement::Storage& storage);

}  // namespace tessera::parser
