#include "proxy/catalog/collations.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace tessera::catalog {
namespace {

// Columns that only some versions have (collprovider, colllocale, datlocprovider ...) are read
// through JSON, so that one text serves them all. PostgreSQL reports no version for C.UTF-8, so
// glibc's is that of another locale.
constexpr const char* kCollations = R"sql(
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.collname),
       f->>'collprovider', coalesce(nullif(f->>'collcollate', ''), f->>'colllocale'),
       c.collprovider = 'c' AND pg_collation_actual_version(c.oid) IS NOT NULL,
       CASE WHEN c.collprovider = 'c' THEN pg_collation_actual_version(c.oid) END
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace, LATERAL to_jsonb(c) f
WHERE c.collprovider <> 'd')sql";

constexpr const char* kDefault = R"sql(
SELECT coalesce(f->>'datlocprovider', 'c'), d.datcollate, f->>'datlocale', f->>'datcollversion'
FROM pg_database d, LATERAL to_jsonb(d) f WHERE d.datname = current_database())sql";

// A server without any other locale tells no glibc version: it is asked to compare. Code points
// must sort by number, and none may be ignored. The first 12,287 are taken one by one, the others
// in steps.
constexpr const char* kProbe = R"sql(
SELECT getdatabaseencoding() = 'UTF8' AND NOT EXISTS (
  SELECT FROM (SELECT i, i + 1 AS j FROM generate_series(1, 12287) i
               UNION ALL SELECT i, i + 64 FROM generate_series(12288, 1114047, 64) i) s,
         LATERAL (SELECT chr(i) AS a, chr(j) AS b WHERE j < 55296 OR i > 57343) t
  WHERE NOT a < b COLLATE %s OR (i > 97 AND NOT 'a' || a || 'a' > 'ab' COLLATE %s)))sql";

std::string with_collation(std::string text, const std::string& collation) {
  for (auto at = text.find("%s"); at != std::string::npos; at = text.find("%s")) {
    text.replace(at, 2, collation);
  }
  return text;
}

// Is C.UTF-8 bytewise on this server? `name` is some collation of that locale.
Result<bool> c_utf8_sorts_by_bytes(Querier& conn, std::string_view glibc, const std::string& name,
                                   Deadline deadline) {
  if (!glibc.empty()) return glibc_sorts_c_utf8_by_bytes(glibc);
  auto rows = conn.query(with_collation(kProbe, name).c_str(), {}, deadline);
  if (!rows) return rows.error();
  return rows->size() == 1 && rows->boolean(0, 0);
}

}  // namespace

Bytewise classify(const CollationFacts& facts) {
  // Every locale of PostgreSQL's own provider (C, C.UTF-8, PG_UNICODE_FAST) sorts by bytes.
  if (facts.provider == 'b') return Bytewise::kYes;
  if (facts.provider != 'c') return Bytewise::kNo;
  if (facts.locale == "C" || facts.locale == "POSIX") return Bytewise::kYes;
  std::string plain;
  for (const char letter : facts.locale) {
    if (letter != '-') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return plain == "c.utf8" ? Bytewise::kNewGlibcOnly : Bytewise::kNo;
}

bool glibc_sorts_c_utf8_by_bytes(std::string_view version) {
  int major = 0, minor = 0;
  const char* end = version.data() + version.size();
  const auto [dot, bad_major] = std::from_chars(version.data(), end, major);
  if (bad_major != std::errc{} || dot == end || *dot != '.') return false;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc{}) return false;
  return std::pair(major, minor) >= std::pair(2, 35);
}

std::vector<Query> collation_queries() { return {{.sql = kCollations}, {.sql = kDefault}}; }

Result<Collations> read_collations(const Rows& rows, const Rows& base, Querier& conn,
                                   Deadline deadline) {
  Collations out;
  std::vector<std::string> doubtful;  // C.UTF-8 by whatever name
  std::string_view glibc;
  for (int row = 0; row < rows.size(); ++row) {
    const auto [entry, fresh] = out.names.emplace(rows.number<Oid>(row, 0), rows.text(row, 1));
    const Bytewise kind = classify({.provider = rows.letter(row, 2), .locale = rows.text(row, 3)});
    out.bytewise.emplace(entry->second, kind == Bytewise::kYes);
    if (kind == Bytewise::kNewGlibcOnly) doubtful.push_back(entry->second);
    if (rows.boolean(row, 4)) glibc = rows.text(row, 5);
  }
  const char provider = base.letter(0, 0);
  const auto locale = base.text(0, provider == 'b' ? 2 : 1);
  if (glibc.empty() && provider == 'c') glibc = base.text(0, 3);
  const Bytewise kind = classify({.provider = provider, .locale = locale});
  out.default_bytewise = kind == Bytewise::kYes;
  if (kind != Bytewise::kNewGlibcOnly && doubtful.empty()) return out;

  const std::string judged = kind == Bytewise::kNewGlibcOnly ? "\"default\"" : doubtful.front();
  auto answer = c_utf8_sorts_by_bytes(conn, glibc, judged, deadline);
  if (!answer) return answer.error();
  for (const std::string& name : doubtful) out.bytewise[name] = *answer;
  if (kind == Bytewise::kNewGlibcOnly) out.default_bytewise = *answer;
  return out;
}

}  // namespace tessera::catalog
