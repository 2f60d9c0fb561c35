#pragma once
// Where PostgreSQL's catalogs and the views over them say the names of tables, indexes and
// constraints.

#include <cstdint>
#include <span>
#include <string_view>

namespace tessera::plan {

struct NameColumn {
  enum class Names : std::uint8_t {
    kRelation,  // a table or an index
    kConstraint,
    kRowType,     // rows about the types of tables' rows; no name is changed
    kDefinition,  // SQL in which such names stand
  };
  Names names = Names::kRelation;
  std::string_view column;  // that has the name; empty: the row is about it without saying it
  std::string_view oid;     // the column that has its number; empty: it is known by its name
  std::string_view schema;  // the column that has its schema, where it is known by its name
};

// The columns of a table or view of pg_catalog or information_schema; none: it says no such name.
[[nodiscard]] std::span<const NameColumn> name_columns(std::string_view schema,
                                                       std::string_view table);

}  // namespace tessera::plan
