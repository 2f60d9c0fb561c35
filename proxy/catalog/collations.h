#pragma once
// Which collations of a server compare text by its bytes? Only such streams may be merged in the
// proxy.

#include <map>
#include <string>
#include <string_view>

#include "proxy/catalog/control_conn.h"
#include "proxy/catalog/schema.h"

namespace tessera::catalog {

// One collation as pg_collation or pg_database describes it.
struct CollationFacts {
  char provider = 'c';      // c: libc, i: ICU, b: PostgreSQL's own, d: the database's default
  std::string_view locale;  // collcollate, or colllocale of provider b
};

enum class Bytewise : std::uint8_t { kNo, kYes, kNewGlibcOnly };

// kNewGlibcOnly: C.UTF-8, which compares by bytes since glibc 2.35.
[[nodiscard]] Bytewise classify(const CollationFacts& facts);

// "2.36" -> true, "2.31" -> false. No version: false.
[[nodiscard]] bool glibc_sorts_c_utf8_by_bytes(std::string_view version);

struct Collations {
  bool default_bytewise = false;
  std::map<std::string, bool> bytewise;  // quoted, schema-qualified name -> compares by bytes
  std::map<Oid, std::string> names;  // by this server's numbers; the database's default is left out
};

// To be asked first, in this order.
[[nodiscard]] std::vector<Query> collation_queries();
// Of their answers. Errors: those of Querier::query(), since more may have to be asked.
[[nodiscard]] Result<Collations> read_collations(const Rows& collations, const Rows& base,
                                                 Querier& conn, Deadline deadline);

}  // namespace tessera::catalog
