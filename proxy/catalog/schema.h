#pragma once
// What PostgreSQL itself knows of one logical database: tables, columns, functions, types. Read
// from the pg_catalog of each shard's primary by schema_loader.h; an immutable value.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/catalog/drift.h"

namespace tessera::catalog {

using Oid = std::uint32_t;

// How the values of a column compare.
enum class Collation : std::uint8_t {
  kNone,      // not a collatable type
  kBytewise,  // C, POSIX, ucs_basic, glibc's C.UTF-8 of 2.35 and newer (and the database's default,
              // when that is one of these)
  kDefault,   // the database's default, when that is not bytewise
  kOther,     // any other; Column::collation_name names it
};

struct Column {
  std::string name;
  Oid type = 0;
  std::int32_t type_modifier = -1;
  Collation collation = Collation::kNone;
  std::string collation_name;       // quoted, schema-qualified; only for kOther
  bool collation_explicit = false;  // the column's collation is not the database's default
  bool not_null = false;
  bool has_default = false;
  bool identity = false;
  bool generated = false;
  bool volatile_default = false;  // its default calls a function that is not immutable or stable
};

struct UniqueKey {
  std::string name;
  bool primary = false;
  std::vector<std::string> columns;  // empty name: an expression
};

struct Table {
  std::string schema;
  std::string name;
  char kind = 'r';              // pg_class.relkind
  std::vector<Column> columns;  // in attnum order, dropped ones left out
  std::vector<UniqueKey> unique_keys;
  bool has_triggers = false;

  [[nodiscard]] const Column* find_column(std::string_view column) const;
};

enum class Volatility : std::uint8_t { kImmutable, kStable, kVolatile };

struct Function {
  Volatility volatility = Volatility::kVolatile;  // the worst of its overloads
  bool aggregate = false;
  bool window = false;
  bool returns_set = false;
  bool user_defined = false;  // not in pg_catalog
  std::string body;  // lower-cased prosrc of user-defined ones that are not C; may hide table names
};

struct View {
  std::string definition;  // lower-cased; may hide table names
};

// Types of one shard, by OID. Built-in ones (OID < 16384) are the same everywhere.
struct Type {
  // Schema-qualified and quoted. Not format_type()'s: its `character` is char(1) in a cast.
  std::string name;
  Oid array_type = 0;  // 0: none
  char kind = 'b';     // pg_type.typtype
  char category = 'X';
};

// Something of the default shard that clients know by another name than the shard's catalogs do, or
// do not know at all: an actual table, what belongs to it, and a table that one of the rules hides.
struct Disguise {
  enum class Kind : std::uint8_t {
    kTable,
    kIndex,
    kConstraint,
    kOther
  };  // kOther: sequence, TOAST
  Kind kind = Kind::kTable;
  Oid oid =
      0;  // on the default shard; of pg_constraint where kind is kConstraint, else of pg_class
  std::string schema;
  std::string actual;
  std::string logical;
  bool shown = false;  // stands for the logical one when clients look into the catalogs
};

// What one shard's catalogs were when they were read (shard_mark.h).
struct ShardMark {
  // Of the rows written to the catalogs that matter, and when the server was started; empty: it
  // does not count (track_counts). A session tells its counts at the end of a transaction, or up to
  // ten seconds later (PostgreSQL chapter 28.2).
  std::string counters;
  // Of the rows themselves, but for temporary tables; the xmin of a row is new with each change.
  // TRUNCATE, VACUUM and ANALYZE leave it as it is.
  std::string contents;
};

struct TypeNumbers;  // type_numbers.h

class Schema {
 public:
  // `search_path`: schemas in order, when `schema` is empty. Null: no such relation.
  [[nodiscard]] const Table* find_table(std::string_view schema, std::string_view name,
                                        const std::vector<std::string>& search_path = {
                                            "public"}) const;
  [[nodiscard]] bool has_tables_in(const std::string& schema) const;
  // The function of that name with the worst volatility among all schemas; null: unknown, so
  // volatile.
  [[nodiscard]] const Function* find_function(std::string_view name) const;
  [[nodiscard]] const Type* find_type(Oid type) const;
  [[nodiscard]] const View* find_view(std::string_view name) const;

  std::map<std::pair<std::string, std::string>, Table>
      tables;  // {schema, name}; also views and foreign tables
  std::map<std::string, Function, std::less<>> functions;  // by name
  std::map<std::string, View, std::less<>> views;          // user views, by name
  std::map<std::string, std::string, std::less<>>
      index_tables;  // index, as clients know it -> its (logical) table
  std::unordered_map<Oid, Type> types;
  std::vector<Disguise> disguises;  // ascending by rule, then node
  // By shard; null: its numbers are the default shard's. Empty: all shards agree.
  std::vector<std::shared_ptr<const TypeNumbers>> type_numbers;
  std::string server_version;     // of the first shard, as server_version reports it
  bool default_bytewise = false;  // the database's own collation compares by bytes, on every shard
  bool prepared_transactions = false;  // every shard has max_prepared_transactions > 0
  std::vector<Drift> drift;            // what the shards do not bear out of the rules
  std::vector<ShardMark> marks;        // by shard; empty: read inside of a client's transaction
};

}  // namespace tessera::catalog
