#include "rules/errors.h"

#include <fmt/format.h>

namespace tessera::rules {
namespace {

// Values and expressions are quoted in messages; a hostile one may be long.
std::string clip(std::string_view text) {
  constexpr std::size_t kMax = 60;
  if (text.size() <= kMax) return std::string(text);
  std::size_t end = kMax;
  // A character of several bytes is not cut in the middle.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

constexpr const char* kSubset =
    "Inline expressions are a part of Groovy: numbers, texts, lists, ranges, operators, and the "
    "methods that docs/configuration.md lists.";

// Columns count characters.
std::size_t column_of(InlinePlace place) {
  std::size_t column = 1;
  for (const char c : place.text.substr(0, place.at)) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++column;
  }
  return column;
}

}  // namespace

Error inline_syntax_error(InlinePlace place, std::string_view part, std::string_view why) {
  return {.sqlstate = "22023",
          .message = fmt::format("inline expression \"{}\", column {}: \"{}\" {}", clip(place.text),
                                 column_of(place), clip(part), why)};
}

Error inline_not_supported(InlinePlace place, std::string_view part, std::string_view why) {
  return {.sqlstate = "0A000",
          .message = fmt::format("inline expression \"{}\" is not supported, column {}: \"{}\" {}",
                                 clip(place.text), column_of(place), clip(part), why),
          .hint = kSubset};
}

Error inline_too_deep(std::string_view text) {
  return {.sqlstate = "54001",
          .message = fmt::format("inline expression \"{}\" nests too deeply", clip(text))};
}

Error inline_too_much() {
  return {.sqlstate = "54000",
          .message = "inline expression makes too much",
          .detail =
              "Texts have at most 65,536 characters, lists 65,536 elements, and an "
              "evaluation 2,000,000 steps."};
}

Error inline_too_many_names() {
  return {.sqlstate = "54000", .message = "inline expression gives more than 65536 names"};
}

Error inline_cannot(std::string_view what, std::string_view with) {
  return {.sqlstate = "22023",
          .message = fmt::format("inline expression cannot {} {}", clip(what), clip(with))};
}

Error no_such_method(std::string_view method, std::string_view class_name) {
  return {.sqlstate = "42883",
          .message = fmt::format("inline expression: {} has no method \"{}\"", class_name, method),
          .hint =
              "The sharding column's type decides the class; toString() makes a String, "
              "toLong() a Long."};
}

Error bad_argument(std::string_view method, std::string_view expected, std::string_view found) {
  return {.sqlstate = "22023",
          .message = fmt::format("inline expression: \"{}\" needs {}, not {}", clip(method),
                                 expected, clip(found))};
}

Error null_in_expression(std::string_view where) {
  return {.sqlstate = "22004", .message = fmt::format("inline expression: \"{}\" of null", where)};
}

Error number_too_large() {
  return {.sqlstate = "22003", .message = "inline expression: a number is too large"};
}

Error date_pattern_not_supported(std::string_view pattern, std::string_view part) {
  return {.sqlstate = "0A000",
          .message = fmt::format("pattern \"{}\" of dates is not supported: \"{}\"", clip(pattern),
                                 clip(part)),
          .hint = "Letters are y u M d D E H h a m s S; other text stands in single quotes."};
}

Error no_such_target(std::string_view target) {
  return {.sqlstate = "22023",
          .message = fmt::format("routed target \"{}\" does not exist", clip(target)),
          .detail = "The sharding algorithm's result names no data source or table of its rule.",
          .hint =
              "A remainder of a negative number is negative: Math.floorMod or the MOD "
              "algorithm never is."};
}

Error no_such_suffix(std::uint64_t suffix) {
  return {.sqlstate = "22023",
          .message = fmt::format("routed target with suffix {} does not exist", suffix),
          .detail = "The sharding algorithm's result names no data source or table of its rule.",
          .hint = "sharding-count must not be larger than the number of targets."};
}

Error division_by_zero() { return {.sqlstate = "22012", .message = "division by zero"}; }

Error invalid_integer(std::string_view text, std::string_view type) {
  return {.sqlstate = "22P02",
          .message = fmt::format("invalid input syntax for type {}: \"{}\"", type, text)};
}

Error integer_out_of_range(std::string_view text, std::string_view type) {
  return {.sqlstate = "22003",
          .message = fmt::format("value \"{}\" is out of range for type {}", text, type)};
}

Error invalid_text(std::string_view type, std::string_view text) {
  return {.sqlstate = "22P02",
          .message = fmt::format("invalid input syntax for type {}: \"{}\"", type, clip(text))};
}

Error number_out_of_range(std::string_view type) {
  return {.sqlstate = "22003", .message = fmt::format("{} out of range", type)};
}

Error not_an_integer(std::string_view value) {
  return {.sqlstate = "22P02",
          .message = fmt::format("sharding algorithm needs an integer, not \"{}\"", clip(value)),
          .hint = "For text columns use HASH_MOD, or hashCode() in an INLINE expression."};
}

Error range_not_allowed() {
  return {.sqlstate = "0A000",
          .message = "INLINE sharding algorithm cannot route a range of values",
          .hint =
              "Set its property allow-range-query-with-inline-sharding to true to ask every "
              "shard."};
}

Error columns_missing() {
  return {.sqlstate = "0A000",
          .message = "COMPLEX_INLINE sharding algorithm needs the values of all its columns",
          .hint =
              "Set its property allow-range-query-with-inline-sharding to true to ask every "
              "shard."};
}

Error value_too_short(std::string_view value) {
  return {.sqlstate = "22P02",
          .message = fmt::format("sharding value \"{}\" is too short for start-offset and "
                                 "stop-offset",
                                 clip(value))};
}

Error value_not_listed(std::string_view value) {
  return {.sqlstate = "22023",
          .message = fmt::format("sharding value \"{}\" is not in the LIST", clip(value)),
          .hint = "Its property default names a target for all other values."};
}

Error no_such_interval(const std::string* value) {
  return {.sqlstate = "22023",
          .message = fmt::format("sharding value{} is outside of all intervals",
                                 value ? " \"" + clip(*value) + "\"" : ""),
          .hint = "The intervals go from datetime-lower to datetime-upper."};
}

Error no_such_ending(std::string_view ending) {
  return {.sqlstate = "22023",
          .message = fmt::format("routed target that ends in \"{}\" does not exist", clip(ending)),
          .detail = "The sharding algorithm's result names no data source or table of its rule."};
}

Error date_time_expected(std::string_view text) {
  return {
      .sqlstate = "22007",
      .message = fmt::format("sharding algorithm needs a date and time, not \"{}\"", clip(text))};
}

Error type_not_routable(std::string_view algorithm, std::string_view type) {
  return {.sqlstate = "0A000",
          .message = fmt::format("{} cannot route by a column of type {}", algorithm, type),
          .hint = "INTERVAL and AUTO_INTERVAL route by dates and times."};
}

Error null_sharding_column(std::string_view table, std::string_view column) {
  return {.sqlstate = "0A000",
          .message = fmt::format("sharding column \"{}\" of table \"{}\" must not be null", column,
                                 table)};
}

Error missing_sharding_column(std::string_view table, std::string_view column) {
  return {.sqlstate = "0A000",
          .message = fmt::format("a row of table \"{}\" needs a value for sharding column \"{}\"",
                                 table, column)};
}

Error missing_hint(std::string_view table, std::string_view key) {
  return {.sqlstate = "0A000",
          .message = fmt::format("a row of table \"{}\" needs one value by hint", table),
          .hint = fmt::format("Begin the statement with /* SHARDINGSPHERE_HINT: {}.{}=value */.",
                              table, key)};
}

Error row_without_node(std::string_view table) {
  return {
      .sqlstate = "0A000",
      .message = fmt::format("sharding rule of table \"{}\" does not say where a row lives", table),
      .detail = "Its strategies leave several actual tables for the same values.",
      .hint = "Give the table a database strategy and a table strategy that settle one node."};
}

Error table_not_indexed(std::string_view table) {
  return {.sqlstate = "XX000",
          .message = fmt::format("table \"{}\" was not prepared for routing", table)};
}

Error clock_moved_back(std::int64_t milliseconds) {
  return {
      .sqlstate = "55000",
      .message = fmt::format("the clock moved back by {} ms: no key is generated", milliseconds),
      .hint =
          "max-tolerate-time-difference-milliseconds of the key generator says how much it "
          "may."};
}

Error unknown_algorithm(std::string_view type) {
  return {.sqlstate = "0A000",
          .message = fmt::format("sharding algorithm type \"{}\" is not supported", clip(type)),
          .hint =
              "Supported types are INLINE, MOD, HASH_MOD, VOLUME_RANGE, BOUNDARY_RANGE, "
              "AUTO_INTERVAL, INTERVAL, COMPLEX_INLINE, HINT_INLINE, PG_HASH_MOD, XXHASH_MOD "
              "and LIST."};
}

Error bad_property(std::string_view type, std::string_view property, std::string_view why) {
  return {.sqlstate = "22023",
          .message = fmt::format("property \"{}\" of sharding algorithm {} {}", clip(property),
                                 type, why)};
}

Error class_based_algorithm() {
  return {.sqlstate = "0A000",
          .message = "sharding algorithm type CLASS_BASED is not supported: it is a Java class",
          .hint =
              "Write what the class computes as an INLINE or COMPLEX_INLINE expression, or its "
              "values as a LIST."};
}

Error wrong_strategy(std::string_view type, std::string_view strategy,
                     std::string_view strategies) {
  return {.sqlstate = "0A000",
          .message = fmt::format("sharding algorithm type {} is for the strategy {}, not {}",
                                 clip(type), strategies, strategy)};
}

}  // namespace tessera::rules
