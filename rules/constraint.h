#pragma once
// What all conditions of a statement together say about one sharding column.

#include <optional>
#include <string>
#include <vector>

#include "rules/rule_set.h"

namespace tessera::rules {

// `value` as the column would hold it: '42' of an integer column is 42, 1.50 of a numeric one 1.5.
// Gives `value` itself, or `storage` if it had to be converted, or null if no row can equal it
// (NULL, too big a number). Errors: 22P02, 22003 as PostgreSQL gives them for text that is no
// integer of the type.
[[nodiscard]] Result<const Value*> normalize(const Value& value, ValueType type, Value& storage);

// Is `number` one of the integers of `type`?
[[nodiscard]] bool fits(std::int64_t number, ValueType type);

// Errors: those of normalize().
[[nodiscard]] Result<Constraint> constrain(std::string_view column,
                                           const std::vector<ColumnCondition>& conditions);

// PostgreSQL's name of the type.
[[nodiscard]] std::string_view type_name(ValueType type);

}  // namespace tessera::rules
