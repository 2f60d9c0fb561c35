#pragma once
// The numbers (OIDs) of types and tables that are others on one shard than on the default shard,
// whose numbers are those that clients see and send. Built-in types have the same everywhere.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/catalog/schema.h"

namespace tessera::catalog {

// Where a binary value has numbers of types (array_send, record_send, range_send).
struct Carrier {
  enum class Layout : std::uint8_t { kArray, kRecord, kRange, kMultirange };
  Layout layout = Layout::kArray;
  Oid bound = 0;  // of a range or multirange: the type of what it bounds, in the shard's number
};

struct TypeNumbers {
  // What is not in a map is the same on both sides.
  [[nodiscard]] Oid type_for_client(Oid type) const;
  [[nodiscard]] Oid type_for_shard(Oid type) const;
  [[nodiscard]] Oid table_for_client(Oid table) const;
  // What numbers values of the type (in the shard's number) carry in binary format; null: none.
  [[nodiscard]] const Carrier* carrier(Oid type) const;

  using Map = std::unordered_map<Oid, Oid>;
  Map types_to_client;
  Map types_to_shard;
  Map tables_to_client;
  std::unordered_map<Oid, Carrier> carriers;  // by the shard's numbers; domains as what they are of
};

// A type that is not built in, as one shard has it. 0: it has none of that.
struct NumberedType {
  Oid oid = 0;
  std::string name;     // quoted, with its schema
  char kind = 'b';      // pg_type.typtype
  Oid element = 0;      // of an array
  Oid base = 0;         // of a domain
  Oid bound = 0;        // of a range or multirange
  Oid relation = 0;     // of a composite
  std::string made_of;  // a digest of an enum's labels, a domain's type and checks, the attributes
                        // of a composite that is no table's; empty: of none of these
};

// `reference`: the types of the default shard; `own`: of the other one, whose tables that have
// other numbers are `tables`. A type that the reference lacks and whose number means another there
// is shown as `unknown`. Null: all numbers agree.
[[nodiscard]] std::shared_ptr<const TypeNumbers> make_type_numbers(
    const std::vector<NumberedType>& reference, const std::vector<NumberedType>& own,
    TypeNumbers::Map tables);

}  // namespace tessera::catalog
