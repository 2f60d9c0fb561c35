#include "proxy/plan/errors.h"

#include <fmt/format.h>

namespace tessera::plan {
namespace {

Error refuse(std::string message, std::string_view hint = {}, std::string detail = {}) {
  return {.sqlstate = "0A000",
          .message = std::move(message),
          .detail = std::move(detail),
          .hint = std::string(hint)};
}

}  // namespace

Error parameter_not_bound(std::uint32_t number) {
  return {.sqlstate = "42P02", .message = fmt::format("there is no parameter ${}", number)};
}

Error parameter_type_not_routable(std::uint32_t number, std::uint32_t type) {
  return refuse(fmt::format("parameter ${} is compared with a sharding column, but values of its "
                            "type (OID {}) cannot be routed by",
                            number, type),
                "Declare the parameter with the sharding column's own type.");
}

Error constant_not_routable(std::string_view text) {
  return refuse(fmt::format("value {} cannot be routed by", text),
                "Write the value as a constant of the sharding column's own type.");
}

Error not_an_integer_key(std::string_view text) {
  return refuse(fmt::format("value {} of an integer sharding column is not an integer", text),
                "Round the value before it is inserted.");
}

Error bad_parameter_length(std::uint32_t number) {
  return {.sqlstate = "22P03",
          .message = fmt::format("incorrect binary data format in bind parameter {}", number)};
}

Error negative_row_count(bool offset) {
  return offset ? Error{.sqlstate = "2201X", .message = "OFFSET must not be negative"}
                : Error{.sqlstate = "2201W", .message = "LIMIT must not be negative"};
}

Error row_count_not_integer(bool offset) {
  return refuse(fmt::format("{} of a query over several shards must be an integer",
                            offset ? "OFFSET" : "LIMIT"));
}

Error shards_differ() {
  return refuse("tables of this statement are on different shards",
                "Give the sharding columns of all tables values that belong to one shard.");
}

}  // namespace tessera::plan
