#pragma once
// The numbers (OIDs) of types and tables that are others on one shard than on the default shard,
// whose numbers are those that clients see and send. Built-in types have the same everywhere.

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "proxy/catalog/schema.h"

namespace tessera::catalog {

struct TypeNumbers {
  // What is not in a map is the same on both sides.
  [[nodiscard]] Oid type_for_client(Oid type) const;
  [[nodiscard]] Oid type_for_shard(Oid type) const;
  [[nodiscard]] Oid table_for_client(Oid table) const;
  // Do values of the type (in the client's number) carry numbers of the shard in binary format?
  [[nodiscard]] bool in_binary(Oid type) const { return carriers.contains(type); }

  using Map = std::unordered_map<Oid, Oid>;
  Map types_to_client;
  Map types_to_shard;
  Map tables_to_client;
  std::unordered_set<Oid> carriers;
};

// A type that is not built in, as one shard has it. 0: it has none of that.
struct NumberedType {
  Oid oid = 0;
  std::string name;  // quoted, with its schema
  char kind = 'b';   // pg_type.typtype
  Oid element = 0;   // of an array
  Oid base = 0;      // of a domain
  Oid bound = 0;     // of a range or multirange
  Oid relation = 0;  // of a composite
};

// `reference`: the types of the default shard; `own`: of the other one, whose tables that have
// other numbers are `tables`. A type that the reference lacks and whose number means another there
// is shown as `unknown`. Null: all numbers agree.
[[nodiscard]] std::shared_ptr<const TypeNumbers> make_type_numbers(
    const std::vector<NumberedType>& reference, const std::vector<NumberedType>& own,
    TypeNumbers::Map tables);

}  // namespace tessera::catalog
