#pragma once
// Where the shards' own catalogs and the rules do not fit.

#include <string>

namespace tessera::catalog {

// Something about a table of the rules that a shard does not bear out, or a type that is another
// there than on the default shard.
struct Drift {
  std::string table;  // of the rules; empty: it is about a type
  std::string shard;  // the data source's name; empty: all of them
  std::string what;   // a sentence that names the actual table
  std::string place;  // of the rule, FILE:LINE:COLUMN: key; empty: unknown

  [[nodiscard]] std::string text() const { return place.empty() ? what : place + ": " + what; }
};

}  // namespace tessera::catalog
