#pragma once
// All errors that rules give at run time, and those of inline expressions. The errors of
// configuration files are made where a file is read (yaml_reader.h), because they need a place.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace tessera::rules {

// Where in an inline expression: bytes from its beginning.
struct InlinePlace {
  std::string_view text;
  std::size_t at = 0;
};

// `part` of the expression is broken; `why` goes on after it ("stands where …").
[[nodiscard]] Error inline_syntax_error(InlinePlace place, std::string_view part,
                                        std::string_view why);
// `part` is Groovy, but not of the subset.
[[nodiscard]] Error inline_not_supported(InlinePlace place, std::string_view part,
                                         std::string_view why);
[[nodiscard]] Error inline_too_deep(std::string_view text);
[[nodiscard]] Error inline_too_much();
[[nodiscard]] Error inline_too_many_names();
// At work: "cannot WHAT WITH".
[[nodiscard]] Error inline_cannot(std::string_view what, std::string_view with);
[[nodiscard]] Error no_such_method(std::string_view method, std::string_view class_name);
[[nodiscard]] Error bad_argument(std::string_view method, std::string_view expected,
                                 std::string_view found);
[[nodiscard]] Error null_in_expression(std::string_view where);
[[nodiscard]] Error number_too_large();
[[nodiscard]] Error date_pattern_not_supported(std::string_view pattern, std::string_view part);

// An algorithm gave a name that no data source or table has.
[[nodiscard]] Error no_such_target(std::string_view target);
// MOD and HASH_MOD: no name ends in the number.
[[nodiscard]] Error no_such_suffix(std::uint64_t suffix);
[[nodiscard]] Error division_by_zero();
// PostgreSQL's own words for text that is no integer, and for one that is too big.
[[nodiscard]] Error invalid_integer(std::string_view text, std::string_view type);
[[nodiscard]] Error integer_out_of_range(std::string_view text, std::string_view type);
// A number that no row of the column's integer type can hold.
[[nodiscard]] Error number_out_of_range(std::string_view type);
[[nodiscard]] Error not_an_integer(std::string_view value);
[[nodiscard]] Error range_not_allowed();

[[nodiscard]] Error null_sharding_column(std::string_view table, std::string_view column);
[[nodiscard]] Error missing_sharding_column(std::string_view table, std::string_view column);
[[nodiscard]] Error row_without_node(std::string_view table);
[[nodiscard]] Error table_not_indexed(std::string_view table);

[[nodiscard]] Error unknown_algorithm(std::string_view type);
// `why` goes on after the property's name.
[[nodiscard]] Error bad_property(std::string_view type, std::string_view property,
                                 std::string_view why);
[[nodiscard]] Error property_not_supported(std::string_view type, std::string_view property,
                                           std::string_view why);

}  // namespace tessera::rules
