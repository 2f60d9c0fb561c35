// Rules of PostgreSQL's grammar that are easier said in C++ than in the grammar's own words.

#include "parser/antlr/builder.h"

namespace tessera::parser::antlr {

void Builder::check(Tree::OtherStatementContext& /*context*/) {}

}  // namespace tessera::parser::antlr
