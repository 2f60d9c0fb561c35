#pragma once
// Statements that are known by their first words only, or not at all.

#include "parser/storage.h"

namespace tessera::parser {

// Builds an OtherStatement in storage.arena. `understood`: the grammar knows it.
[[nodiscard]] const Statement* other_statement(ParsedStatement::Storage& storage, bool understood);

}  // namespace tessera::parser
