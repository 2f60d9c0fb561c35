#pragma once
// A parsed statement as SQL again: the same tokens in one spelling. Comments are gone, there is one
// space where one is needed, words are in lower case, names in quotes only where they need them.
//
// The tree keeps what the planner must know and where it stands (parser/ast.h), so what is printed
// are the tokens it stands on: nothing that the tree leaves out can be lost.

#include <string>

#include "parser/parse.h"

namespace tessera::parser {

// Parsing it gives the same tree, and printing that the same text.
[[nodiscard]] std::string print(const ParsedStatement& statement);

}  // namespace tessera::parser
