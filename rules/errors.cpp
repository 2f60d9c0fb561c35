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
    "Supported: integers, the sharding column, + - * % << >> >>> & | ^ ~ and parentheses, "
    "intdiv(), mod(), abs(), hashCode(), intValue(), longValue(), toInteger(), toLong(), "
    "toString(), Math.abs/floorMod/floorDiv, Integer.valueOf, Long.valueOf; in node lists also "
    "ranges, lists and quoted text.";

}  // namespace

Error inline_syntax_error(std::string_view text, std::string_view part, std::string_view why) {
  return {
      .sqlstate = "22023",
      .message = fmt::format("inline expression \"{}\": \"{}\" {}", clip(text), clip(part), why)};
}

Error inline_not_supported(std::string_view text, std::string_view part, std::string_view why) {
  return {.sqlstate = "0A000",
          .message = fmt::format("inline expression \"{}\" is not supported: \"{}\" {}", clip(text),
                                 clip(part), why),
          .hint = kSubset};
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

Error unknown_algorithm(std::string_view type) {
  return {.sqlstate = "0A000",
          .message = fmt::format("sharding algorithm type \"{}\" is not supported", clip(type)),
          .hint = "Supported types are INLINE, MOD and HASH_MOD."};
}

Error bad_property(std::string_view type, std::string_view property, std::string_view why) {
  return {.sqlstate = "22023",
          .message = fmt::format("property \"{}\" of sharding algorithm {} {}", clip(property),
                                 type, why)};
}

Error property_not_supported(std::string_view type, std::string_view property,
                             std::string_view why) {
  return {.sqlstate = "0A000",
          .message = fmt::format("property \"{}\" of sharding algorithm {} {}", clip(property),
                                 type, why)};
}

}  // namespace tessera::rules
