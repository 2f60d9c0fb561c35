#pragma once
// Reads what one shard's pg_catalog says, in the shard's own terms: actual table names.
// schema_loader.cpp makes one Schema of all shards' readings.

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/catalog/collations.h"
#include "proxy/catalog/control_conn.h"
#include "proxy/catalog/schema.h"
#include "proxy/catalog/type_numbers.h"

namespace tessera::catalog {

// An object with a name of its own that belongs to a table.
struct TablePart {
  Disguise::Kind kind = Disguise::Kind::kOther;
  Oid oid = 0;
  std::string name;
};

// A table as one shard has it. Columns that have a collation other than the database's default
// carry its name, and kOther; the others kDefault. Whether they are bytewise is settled when all
// shards have been read.
struct ShardTable {
  Table table;
  std::vector<std::string> indexes;  // names, as the shard has them
  std::vector<TablePart> parts;      // of named ones where everything was wanted
};

struct ShardReading {
  ShardMark mark;
  std::vector<std::string> search_path;
  std::string server_version;
  bool prepared_transactions = false;
  Collations collations;
  std::map<Oid, ShardTable> tables;               // what was wanted and exists
  std::map<std::string, Oid, std::less<>> named;  // of these, the ones that Wanted::tables names
  std::map<std::string, Function, std::less<>> functions;
  std::map<std::string, View, std::less<>> views;
  std::unordered_map<Oid, Type> types;
  std::vector<NumberedType> numbered;
};

// What to read of one shard.
struct Wanted {
  std::vector<std::string> tables;  // actual names
  bool numbers = false;             // also the types that are not built in
  bool everything = false;          // also all other relations, functions, views, types
};

// Errors: those of Querier::query().
[[nodiscard]] Result<ShardReading> read_shard(Querier& conn, const rules::DataSource& source,
                                              const Wanted& wanted, Deadline deadline);

}  // namespace tessera::catalog
