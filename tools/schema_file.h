#pragma once
// A Schema from a file of DDL, where a proxy would ask its servers.

#include <string>
#include <string_view>
#include <vector>

#include "proxy/catalog/schema.h"

namespace tessera::tools {

// The tables of `text`'s CREATE TABLE statements and the names of its CREATE INDEX statements.
// Every other statement is skipped, as is what our own grammar does not know: `notices` gets a line
// for each, and one for each column whose type is not built in. Texts compare by bytes (collation
// C).
[[nodiscard]] catalog::Schema read_schema(std::string_view text, std::vector<std::string>& notices);

}  // namespace tessera::tools
