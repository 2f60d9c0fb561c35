#include "proxy/catalog/shard_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/catalog/shard_mark.h"

namespace tessera::catalog {
namespace {

constexpr const char* kRelations = R"sql(
SELECT n.nspname, c.relname, c.oid, c.relkind,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_(toast|temp_|toast_temp_)')sql";

// A default that calls a volatile function is found by the function numbers in its stored tree:
// pg_depend does not record built-in functions. A column without a default of its own has its
// domain's.
constexpr const char* kColumns = R"sql(
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation,
       a.attnotnull OR t.typnotnull, a.atthasdef OR t.typdefault IS NOT NULL,
       a.attidentity <> '', a.attgenerated <> '',
       EXISTS (SELECT FROM regexp_matches(coalesce(d.adbin, t.typdefaultbin)::text, ':(?:op)?funcid (\d+)', 'g') m
               JOIN pg_proc p ON p.oid = m[1]::oid WHERE p.provolatile = 'v')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum)sql";

constexpr const char* kIndexes = R"sql(
SELECT i.indrelid, c.relname, i.indisunique, i.indisprimary,
       ARRAY(SELECT coalesce(a.attname, '')
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, place)
                  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num <> 0
             WHERE k.place <= i.indnkeyatts ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY($1::oid[]) ORDER BY i.indrelid, c.relname)sql";

// What goes by a name that was made of its table's: the letter says its Disguise::Kind.
constexpr const char* kParts = R"sql(
SELECT i.indrelid, c.oid, c.relname, 'i' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY($1::oid[])
UNION ALL
SELECT conrelid, oid, conname, 'c' FROM pg_constraint WHERE conrelid = ANY($1::oid[])
UNION ALL
SELECT d.refobjid, c.oid, c.relname, 'o' FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE d.refobjid = ANY($1::oid[]) AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  AND d.refclassid = 'pg_class'::regclass AND c.relkind IN ('S', 't')
ORDER BY 1, 2)sql";

constexpr const char* kFunctions = R"sql(
SELECT p.proname, p.provolatile, p.prokind, p.proretset,
       n.nspname NOT IN ('pg_catalog', 'information_schema'),
       CASE WHEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND l.lanname NOT IN ('c', 'internal')
            THEN lower(p.prosrc || ' ' || coalesce(pg_get_function_sqlbody(p.oid), '')) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang)sql";

constexpr const char* kViews = R"sql(
SELECT c.relname, lower(pg_get_viewdef(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_temp_')sql";

constexpr const char* kTypes =
    "SELECT t.oid, quote_ident(n.nspname) || '.' || quote_ident(t.typname), t.typarray, t.typtype, "
    "t.typcategory "
    "FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace";

// Types that have numbers of each server's own.
constexpr const char* kNumbered = R"sql(
SELECT t.oid, quote_ident(n.nspname) || '.' || quote_ident(t.typname), t.typtype,
       CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem END,
       t.typbasetype, r.rngsubtype, t.typrelid
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
WHERE t.oid >= 16384 AND n.nspname !~ '^pg_temp_')sql";

// Reads one shard; each step is one round trip.
class Reader {
 public:
  Reader(Querier& conn, Deadline deadline) : conn_(conn), deadline_(deadline) {}

  Status counters();
  Status session(const std::string& search_path);
  Status contents();
  Status relations();
  Status columns();
  Status indexes();
  Status parts();
  Status functions();
  Status views();
  Status types();
  Status numbered();
  void want(const Wanted& wanted);

  ShardReading reading;

 private:
  [[nodiscard]] Result<Rows> ask(const char* sql, const std::vector<std::string>& parameters = {}) {
    return conn_.query(sql, parameters, deadline_);
  }
  // The relation that `name` (which may be "schema.table") means, by the shard's search path.
  [[nodiscard]] std::optional<Oid> resolve(std::string_view name) const;
  [[nodiscard]] std::string wanted_oids() const;
  [[nodiscard]] Column column(const Rows& rows, int row) const;

  Querier& conn_;
  const Deadline deadline_;
  std::map<Oid, ShardTable> all_;  // every relation, without columns
  std::map<std::pair<std::string, std::string>, Oid> oids_;
};

// The elements of a one-dimensional text array as array_out prints it. An unquoted NULL does not
// occur here.
std::vector<std::string> array_elements(std::string_view text) {
  std::vector<std::string> out;
  if (text.size() <= 2) return out;
  bool quoted = false;
  std::string element;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '\\') {
      element += text[++at];
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (letter == ',' && !quoted) {
      out.push_back(std::move(element));
      element.clear();
    } else {
      element += letter;
    }
  }
  out.push_back(std::move(element));
  return out;
}

// What a client's transaction sees is nobody's state of things but its own.
Status Reader::counters() {
  if (conn_.in_block()) return {};
  auto read = read_counters(conn_, deadline_);
  if (!read) return read.error();
  reading.mark.counters = std::move(*read);
  return {};
}

Status Reader::session(const std::string& search_path) {
  if (!conn_.in_block()) {
    // One snapshot for all that follows, so that the numbers of relations stay true.
    auto begun = ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (!begun) return begun.error();
  }
  if (!search_path.empty()) {
    auto set = ask("SELECT set_config('search_path', $1, true)", {search_path});
    if (!set) return set.error();
  } else if (conn_.in_block()) {
    auto reset =
        ask("SELECT set_config(name, reset_val, true) FROM pg_settings WHERE name = 'search_path'");
    if (!reset) return reset.error();
  }
  auto rows =
      ask("SELECT current_setting('server_version'), "
          "current_setting('max_prepared_transactions')::int > 0,"
          " current_schemas(false)");
  if (!rows) return rows.error();
  reading.server_version = rows->text(0, 0);
  reading.prepared_transactions = rows->boolean(0, 1);
  reading.search_path = array_elements(rows->text(0, 2));
  // From here on names of types and in views are printed with their schema.
  auto cleared = ask("SELECT set_config('search_path', '', true)");
  if (!cleared) return cleared.error();
  return {};
}

Status Reader::contents() {
  if (conn_.in_block()) return {};
  auto read = read_contents(conn_, deadline_);
  if (!read) return read.error();
  reading.mark.contents = std::move(*read);
  return {};
}

Status Reader::relations() {
  auto rows = ask(kRelations);
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    ShardTable found;
    found.table.schema = rows->text(row, 0);
    found.table.name = rows->text(row, 1);
    found.table.kind = rows->letter(row, 3);
    found.table.has_triggers = rows->boolean(row, 4);
    const auto oid = rows->number<Oid>(row, 2);
    oids_.emplace(std::pair(found.table.schema, found.table.name), oid);
    all_.emplace(oid, std::move(found));
  }
  return {};
}

void Reader::want(const Wanted& wanted) {
  for (const std::string& name : wanted.tables) {
    const auto resolved = resolve(name);
    if (!resolved) continue;
    reading.named.emplace(name, *resolved);
    reading.tables.emplace(*resolved, all_.at(*resolved));
  }
  if (wanted.everything) reading.tables = std::move(all_);
}

std::optional<Oid> Reader::resolve(std::string_view name) const {
  const auto look_up = [&](std::string_view schema,
                           std::string_view relation) -> std::optional<Oid> {
    const auto found = oids_.find({std::string(schema), std::string(relation)});
    if (found == oids_.end()) return std::nullopt;
    return found->second;
  };
  for (const std::string& schema : reading.search_path) {
    if (const auto found = look_up(schema, name)) return found;
  }
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return look_up(name.substr(0, dot), name.substr(dot + 1));
}

std::string Reader::wanted_oids() const {
  std::string out = "{";
  for (const auto& [oid, found] : reading.tables) {
    if (out.size() > 1) out += ',';
    out += std::to_string(oid);
  }
  return out + '}';
}

Column Reader::column(const Rows& rows, int row) const {
  Column out;
  out.name = rows.text(row, 2);
  out.type = rows.number<Oid>(row, 3);
  out.type_modifier = rows.number<std::int32_t>(row, 4);
  out.not_null = rows.boolean(row, 6);
  out.has_default = rows.boolean(row, 7);
  out.identity = rows.boolean(row, 8);
  out.generated = rows.boolean(row, 9);
  out.volatile_default = rows.boolean(row, 10);
  const auto collation = rows.number<Oid>(row, 5);
  if (collation == 0) return out;
  const auto named = reading.collations.names.find(collation);
  out.collation_explicit = named != reading.collations.names.end();
  out.collation = out.collation_explicit ? Collation::kOther : Collation::kDefault;
  if (out.collation_explicit) out.collation_name = named->second;
  return out;
}

Status Reader::columns() {
  auto rows = ask(kColumns, {wanted_oids()});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const auto found = reading.tables.find(rows->number<Oid>(row, 0));
    if (found != reading.tables.end()) found->second.table.columns.push_back(column(*rows, row));
  }
  return {};
}

Status Reader::indexes() {
  auto rows = ask(kIndexes, {wanted_oids()});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const auto found = reading.tables.find(rows->number<Oid>(row, 0));
    if (found == reading.tables.end()) continue;
    found->second.indexes.emplace_back(rows->text(row, 1));
    if (!rows->boolean(row, 2)) continue;
    found->second.table.unique_keys.push_back(
        UniqueKey{.name = std::string(rows->text(row, 1)),
                  .primary = rows->boolean(row, 3),
                  .columns = array_elements(rows->text(row, 4))});
  }
  return {};
}

Disguise::Kind part_kind(char letter) {
  if (letter == 'i') return Disguise::Kind::kIndex;
  return letter == 'c' ? Disguise::Kind::kConstraint : Disguise::Kind::kOther;
}

Status Reader::parts() {
  std::string named = "{";
  for (const auto& [name, oid] : reading.named) {
    if (named.size() > 1) named += ',';
    named += std::to_string(oid);
  }
  auto rows = ask(kParts, {named + '}'});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const auto found = reading.tables.find(rows->number<Oid>(row, 0));
    if (found == reading.tables.end()) continue;
    found->second.parts.push_back({.kind = part_kind(rows->letter(row, 3)),
                                   .oid = rows->number<Oid>(row, 1),
                                   .name = std::string(rows->text(row, 2))});
  }
  return {};
}

Volatility volatility_of(char letter) {
  if (letter == 'i') return Volatility::kImmutable;
  return letter == 's' ? Volatility::kStable : Volatility::kVolatile;
}

Status Reader::functions() {
  auto rows = ask(kFunctions);
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const Volatility volatility = volatility_of(rows->letter(row, 1));
    const auto [entry, first] = reading.functions.try_emplace(std::string(rows->text(row, 0)));
    Function& function = entry->second;
    function.volatility = first ? volatility : std::max(function.volatility, volatility);
    function.aggregate |= rows->letter(row, 2) == 'a';
    function.window |= rows->letter(row, 2) == 'w';
    function.returns_set |= rows->boolean(row, 3);
    function.user_defined |= rows->boolean(row, 4);
    if (rows->null(row, 5)) continue;
    if (!function.body.empty()) function.body += '\n';
    function.body += rows->text(row, 5);
  }
  return {};
}

Status Reader::views() {
  auto rows = ask(kViews);
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    View& view = reading.views[std::string(rows->text(row, 0))];
    view.definition += rows->text(row, 1);
  }
  return {};
}

Status Reader::types() {
  auto rows = ask(kTypes);
  if (!rows) return rows.error();
  reading.types.reserve(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) {
    reading.types.emplace(rows->number<Oid>(row, 0), Type{.name = std::string(rows->text(row, 1)),
                                                          .array_type = rows->number<Oid>(row, 2),
                                                          .kind = rows->letter(row, 3),
                                                          .category = rows->letter(row, 4)});
  }
  return {};
}

Status Reader::numbered() {
  auto rows = ask(kNumbered);
  if (!rows) return rows.error();
  reading.numbered.reserve(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) {
    reading.numbered.push_back({.oid = rows->number<Oid>(row, 0),
                                .name = std::string(rows->text(row, 1)),
                                .kind = rows->letter(row, 2),
                                .element = rows->number<Oid>(row, 3),
                                .base = rows->number<Oid>(row, 4),
                                .bound = rows->number<Oid>(row, 5),
                                .relation = rows->number<Oid>(row, 6)});
  }
  return {};
}

}  // namespace

Result<ShardReading> read_shard(Querier& conn, const rules::DataSource& source,
                                const Wanted& wanted, Deadline deadline) {
  Reader reader(conn, deadline);
  // Before the snapshot: what is written later moves the counters.
  if (Status done = reader.counters(); !done) return done.error();
  if (Status done = reader.session(source.search_path); !done) return done.error();
  auto collations = read_collations(conn, deadline);
  if (!collations) return collations.error();
  reader.reading.collations = std::move(*collations);
  if (Status done = reader.contents(); !done) return done.error();
  if (Status done = reader.relations(); !done) return done.error();
  reader.want(wanted);
  if (Status done = reader.columns(); !done) return done.error();
  if (Status done = reader.indexes(); !done) return done.error();
  if (wanted.numbers) {
    if (Status done = reader.numbered(); !done) return done.error();
  }
  if (!wanted.everything) return std::move(reader.reading);
  if (Status done = reader.parts(); !done) return done.error();
  if (Status done = reader.functions(); !done) return done.error();
  if (Status done = reader.views(); !done) return done.error();
  if (Status done = reader.types(); !done) return done.error();
  return std::move(reader.reading);
}

}  // namespace tessera::catalog
