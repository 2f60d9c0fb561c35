#pragma once
// What every PostgreSQL has without being told: built-in types by each of their names, and how the
// functions that statements usually call behave. Stands in for pg_catalog where there is no server.

#include <string_view>

#include "proxy/catalog/schema.h"

namespace tessera::tools {

// The OID of a type as CREATE TABLE writes it ("bigint", "numeric(10,2)", "text[]" is none); 0:
// it is not built in.
[[nodiscard]] catalog::Oid builtin_type(std::string_view written);

// Do values of the type have a collation?
[[nodiscard]] bool is_collatable(catalog::Oid type);

// Adds types and functions.
void add_builtins(catalog::Schema& schema);

}  // namespace tessera::tools
