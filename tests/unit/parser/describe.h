#pragma once
// A tree in one line, for tests: (= o.id #1) reads better than forty EXPECTs.

#include <string>

#include "parser/parse.h"

namespace tessera::parser {

[[nodiscard]] std::string describe(const ParsedStatement& parsed);

}  // namespace tessera::parser
