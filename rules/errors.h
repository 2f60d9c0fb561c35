#pragma once
// All errors that rules give at run time, and those of inline expressions. The errors of
// configuration files are made where a file is read (yaml_reader.h), because they need a place.

#include <cstddef>
#include <cstdint>
#include <string>
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
[[nodiscard]] Error invalid_text(std::string_view type, std::string_view text);
// A number that no row of the column's integer type can hold.
[[nodiscard]] Error number_out_of_range(std::string_view type);
[[nodiscard]] Error not_an_integer(std::string_view value);
[[nodiscard]] Error range_not_allowed();
// COMPLEX_INLINE: some of its columns have values and others have none.
[[nodiscard]] Error columns_missing();
// The offsets of MOD leave nothing of the value.
[[nodiscard]] Error value_too_short(std::string_view value);
// LIST: no target has the value.
[[nodiscard]] Error value_not_listed(std::string_view value);
// INTERVAL: before datetime-lower or after the last interval. No `value`: it is a number.
[[nodiscard]] Error no_such_interval(const std::string* value);
// INTERVAL, LIST: no target's name ends in the text.
[[nodiscard]] Error no_such_ending(std::string_view ending);
// Text that is no date and time as the algorithm reads it.
[[nodiscard]] Error date_time_expected(std::string_view text);
[[nodiscard]] Error type_not_routable(std::string_view algorithm, std::string_view type);

[[nodiscard]] Error null_sharding_column(std::string_view table, std::string_view column);
[[nodiscard]] Error missing_sharding_column(std::string_view table, std::string_view column);
// `key` is the hint's (SHARDING_TABLE_VALUE).
[[nodiscard]] Error missing_hint(std::string_view table, std::string_view key);
[[nodiscard]] Error row_without_node(std::string_view table);
[[nodiscard]] Error table_not_indexed(std::string_view table);

// SNOWFLAKE: its keys would not ascend.
[[nodiscard]] Error clock_moved_back(std::int64_t milliseconds);

[[nodiscard]] Error unknown_algorithm(std::string_view type);
// `why` goes on after the property's name.
[[nodiscard]] Error bad_property(std::string_view type, std::string_view property,
                                 std::string_view why);
// CLASS_BASED names a Java class.
[[nodiscard]] Error class_based_algorithm();
// `type` stands in `strategy`, but is one for `strategies`.
[[nodiscard]] Error wrong_strategy(std::string_view type, std::string_view strategy,
                                   std::string_view strategies);

}  // namespace tessera::rules
