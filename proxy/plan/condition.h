#pragma once
// What a statement says about sharding columns: conditions, and where their values come from.
//
// A condition may say less than the statement does, never more: the nodes that it leaves are a
// superset of those that matter.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule_set.h"

namespace tessera::plan {

// What the innermost cast around a value makes of it. kOwn: the column's own type.
enum class ReadAs : std::uint8_t { kPlain, kInteger, kNumeric, kText, kDate, kOwn };

// Where a value comes from in one execution.
struct ValueSource {
  enum class Kind : std::uint8_t { kConstant, kParameter, kNull, kTrue, kFalse };
  Kind kind = Kind::kConstant;
  std::uint32_t index = 0;    // ordinal in Shape::constants, or n - 1 of $n
  bool negated = false;       // an odd number of unary minuses stands before it
  bool array = false;         // = ANY: it is an array, each of whose elements is meant
  bool null_matches = false;  // IS NOT DISTINCT FROM: NULL is a value like others
  bool to_integer = false;    // some cast makes an integer of it, which rounds fractions
  ReadAs read_as = ReadAs::kPlain;
  std::uint32_t characters = 0;  // varchar(n) in a cast keeps so many; 0: all
  // 1 + the ordinal of a fold: it stands for the values of all further items, too. 0: for its own.
  std::uint32_t fold = 0;

  friend bool operator==(const ValueSource&, const ValueSource&) = default;
};

// What one relation occurrence says about one of its sharding columns.
struct Condition {
  std::string column;
  rules::ValueType type = rules::ValueType::kUnknown;
  std::vector<ValueSource> values;  // equality and IN; none: no row matches
  // A value to be stored in varchar(n): PostgreSQL cuts spaces behind n; 0: no limit.
  std::uint32_t length_max = 0;
  // So many digits behind the point a value to be stored may have: PostgreSQL rounds the rest.
  std::optional<std::uint32_t> digits_max = {};
  bool range = false;
  bool symmetric = false;  // a range whose bounds may stand the other way round
  std::optional<ValueSource> lower, upper;
};

// OR: all conditions of at least one branch hold. Every branch has some.
using Alternatives = std::vector<std::vector<Condition>>;

// Occurrences of sharded relations that meet only within one node: each is a table slot.
struct TableRoute {
  const rules::ShardingTable* table = nullptr;  // lives as long as the plan's catalog
  std::vector<Condition> conditions;            // all hold
  std::vector<Alternatives> alternatives;       // of each, one branch holds
  std::uint32_t slot = 0;

  [[nodiscard]] bool says_something() const { return !conditions.empty() || !alternatives.empty(); }
};

// Relations joined on their sharding columns: node n of one meets only node n of the others. Their
// routes intersect.
using RouteGroup = std::vector<TableRoute>;

}  // namespace tessera::plan
