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

// Relations that are wanted, or have the name of one: all of them ($1), or by name ($2).
#define WANTED                                                                   \
  "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " \
  "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "                           \
  "AND n.nspname !~ '^pg_(toast|temp_|toast_temp_)' "                            \
  "AND ($1::bool OR c.relname::text IN (SELECT unnest($2::text[])) "             \
  "OR n.nspname || '.' || c.relname IN (SELECT unnest($2::text[]))))"

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
WHERE a.attrelid IN )sql" WANTED R"sql( AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum)sql";

constexpr const char* kIndexes = R"sql(
SELECT i.indrelid, c.relname, i.indisunique, i.indisprimary,
       ARRAY(SELECT coalesce(a.attname, '')
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, place)
                  LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num <> 0
             WHERE k.place <= i.indnkeyatts ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid IN )sql" WANTED R"sql( ORDER BY i.indrelid, c.relname)sql";

// What goes by a name that was made of its table's: the letter says its Disguise::Kind.
constexpr const char* kParts =
    R"sql(
SELECT i.indrelid, c.oid, c.relname, 'i' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid IN )sql" WANTED R"sql(
UNION ALL
SELECT conrelid, oid, conname, 'c' FROM pg_constraint WHERE conrelid IN )sql" WANTED R"sql(
UNION ALL
SELECT d.refobjid, c.oid, c.relname, 'o' FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE d.refobjid IN )sql" WANTED
    R"sql( AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
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
       t.typbasetype, r.rngsubtype, t.typrelid, md5(CASE t.typtype
         WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder)
                        FROM pg_enum e WHERE e.enumtypid = t.oid)
         WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull,
                        (SELECT string_agg(pg_get_constraintdef(c.oid), ' ' ORDER BY pg_get_constraintdef(c.oid))
                         FROM pg_constraint c WHERE c.contypid = t.oid))
         WHEN 'c' THEN (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ','
                                          ORDER BY a.attnum)
                        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                        WHERE a.attrelid = t.typrelid AND c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped) END)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
WHERE t.oid >= 16384 AND n.nspname !~ '^pg_temp_')sql";

// Reads one shard in one round trip: what is asked, then what each answer says.
class Reader {
 public:
  Reader(Querier& conn, const Wanted& wanted, Deadline deadline)
      : conn_(conn), wanted_(wanted), deadline_(deadline) {}

  Status read(const std::string& search_path);

  ShardReading reading;

 private:
  using Take = void (Reader::*)(const Rows&);
  void ask(Query query, Take take = nullptr);
  void ask_session(const std::string& search_path);
  void ask_tables();

  void counters(const Rows& rows);
  void contents(const Rows& rows);
  void settings(const Rows& rows);
  void relations(const Rows& rows);
  void columns(const Rows& rows);
  void indexes(const Rows& rows);
  void parts(const Rows& rows);
  void functions(const Rows& rows);
  void views(const Rows& rows);
  void types(const Rows& rows);
  void numbered(const Rows& rows);

  void want();
  // The relation that `name` (which may be "schema.table") means, by the shard's search path.
  [[nodiscard]] std::optional<Oid> resolve(std::string_view name) const;
  [[nodiscard]] std::string wanted_names() const;
  [[nodiscard]] Column column(const Rows& rows, int row) const;

  Querier& conn_;
  const Wanted& wanted_;
  const Deadline deadline_;
  std::vector<Query> queries_;
  std::vector<Take> takes_;        // by query; null: nobody wants to know
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

void Reader::ask(Query query, Take take) {
  queries_.push_back(std::move(query));
  takes_.push_back(take);
}

void Reader::ask_session(const std::string& search_path) {
  const bool in_block = conn_.in_block();
  // What a client's transaction sees is nobody's state of things but its own.
  if (!in_block) ask({.sql = counters_query(), .alone = true}, &Reader::counters);
  // One snapshot for all that follows, so that the numbers of relations stay true.
  if (!in_block) ask({.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  if (!search_path.empty()) {
    ask({.sql = "SELECT set_config('search_path', $1, true)", .parameters = {search_path}});
  } else if (in_block) {
    ask({.sql = "SELECT set_config(name, reset_val, true) FROM pg_settings "
                "WHERE name = 'search_path'"});
  }
  ask({.sql = "SELECT current_setting('server_version'), "
              "current_setting('max_prepared_transactions')::int > 0, current_schemas(false)"},
      &Reader::settings);
  if (!in_block) ask({.sql = contents_query()}, &Reader::contents);
  // From here on names of types and in views are printed with their schema.
  ask({.sql = "SELECT set_config('search_path', '', true)"});
}

void Reader::ask_tables() {
  const std::string names = wanted_names();
  const std::vector<std::string> wanted{wanted_.everything ? "t" : "f", names};
  ask({.sql = kRelations}, &Reader::relations);
  ask({.sql = kColumns, .parameters = wanted}, &Reader::columns);
  ask({.sql = kIndexes, .parameters = wanted}, &Reader::indexes);
  if (wanted_.numbers) ask({.sql = kNumbered}, &Reader::numbered);
  if (!wanted_.everything) return;
  ask({.sql = kParts, .parameters = {"f", names}}, &Reader::parts);
  ask({.sql = kFunctions}, &Reader::functions);
  ask({.sql = kViews}, &Reader::views);
  ask({.sql = kTypes}, &Reader::types);
}

// Collations before the columns that have them.
Status Reader::read(const std::string& search_path) {
  ask_session(search_path);
  const std::size_t first = queries_.size();
  for (Query& each : collation_queries()) ask(std::move(each));
  ask_tables();
  auto answers = conn_.query_all(queries_, deadline_);
  if (!answers) return answers.error();
  auto collations = read_collations((*answers)[first], (*answers)[first + 1], conn_, deadline_);
  if (!collations) return collations.error();
  reading.collations = std::move(*collations);
  for (std::size_t i = 0; i < takes_.size(); ++i) {
    if (takes_[i] != nullptr) (this->*takes_[i])((*answers)[i]);
  }
  return {};
}

void Reader::counters(const Rows& rows) { reading.mark.counters = rows.text(0, 0); }

void Reader::contents(const Rows& rows) { reading.mark.contents = rows.text(0, 0); }

void Reader::settings(const Rows& rows) {
  reading.server_version = rows.text(0, 0);
  reading.prepared_transactions = rows.boolean(0, 1);
  reading.search_path = array_elements(rows.text(0, 2));
}

void Reader::relations(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    ShardTable found;
    found.table.schema = rows.text(row, 0);
    found.table.name = rows.text(row, 1);
    found.table.kind = rows.letter(row, 3);
    found.table.has_triggers = rows.boolean(row, 4);
    const auto oid = rows.number<Oid>(row, 2);
    oids_.emplace(std::pair(found.table.schema, found.table.name), oid);
    all_.emplace(oid, std::move(found));
  }
  want();
}

void Reader::want() {
  for (const std::string& name : wanted_.tables) {
    const auto resolved = resolve(name);
    if (!resolved) continue;
    reading.named.emplace(name, *resolved);
    reading.tables.emplace(*resolved, all_.at(*resolved));
  }
  if (wanted_.everything) reading.tables = std::move(all_);
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

// As array_in reads them.
std::string Reader::wanted_names() const {
  std::string out = "{";
  for (const std::string& name : wanted_.tables) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char letter : name) {
      if (letter == '"' || letter == '\\') out += '\\';
      out += letter;
    }
    out += '"';
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

void Reader::columns(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = reading.tables.find(rows.number<Oid>(row, 0));
    if (found != reading.tables.end()) found->second.table.columns.push_back(column(rows, row));
  }
}

void Reader::indexes(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = reading.tables.find(rows.number<Oid>(row, 0));
    if (found == reading.tables.end()) continue;
    found->second.indexes.emplace_back(rows.text(row, 1));
    if (!rows.boolean(row, 2)) continue;
    found->second.table.unique_keys.push_back(
        UniqueKey{.name = std::string(rows.text(row, 1)),
                  .primary = rows.boolean(row, 3),
                  .columns = array_elements(rows.text(row, 4))});
  }
}

Disguise::Kind part_kind(char letter) {
  if (letter == 'i') return Disguise::Kind::kIndex;
  return letter == 'c' ? Disguise::Kind::kConstraint : Disguise::Kind::kOther;
}

void Reader::parts(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = reading.tables.find(rows.number<Oid>(row, 0));
    if (found == reading.tables.end()) continue;
    found->second.parts.push_back({.kind = part_kind(rows.letter(row, 3)),
                                   .oid = rows.number<Oid>(row, 1),
                                   .name = std::string(rows.text(row, 2))});
  }
}

Volatility volatility_of(char letter) {
  if (letter == 'i') return Volatility::kImmutable;
  return letter == 's' ? Volatility::kStable : Volatility::kVolatile;
}

void Reader::functions(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    const Volatility volatility = volatility_of(rows.letter(row, 1));
    const auto [entry, first] = reading.functions.try_emplace(std::string(rows.text(row, 0)));
    Function& function = entry->second;
    function.volatility = first ? volatility : std::max(function.volatility, volatility);
    function.aggregate |= rows.letter(row, 2) == 'a';
    function.window |= rows.letter(row, 2) == 'w';
    function.returns_set |= rows.boolean(row, 3);
    function.user_defined |= rows.boolean(row, 4);
    if (rows.null(row, 5)) continue;
    if (!function.body.empty()) function.body += '\n';
    function.body += rows.text(row, 5);
  }
}

void Reader::views(const Rows& rows) {
  for (int row = 0; row < rows.size(); ++row) {
    View& view = reading.views[std::string(rows.text(row, 0))];
    view.definition += rows.text(row, 1);
  }
}

void Reader::types(const Rows& rows) {
  reading.types.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    reading.types.emplace(rows.number<Oid>(row, 0), Type{.name = std::string(rows.text(row, 1)),
                                                         .array_type = rows.number<Oid>(row, 2),
                                                         .kind = rows.letter(row, 3),
                                                         .category = rows.letter(row, 4)});
  }
}

void Reader::numbered(const Rows& rows) {
  reading.numbered.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    reading.numbered.push_back({.oid = rows.number<Oid>(row, 0),
                                .name = std::string(rows.text(row, 1)),
                                .kind = rows.letter(row, 2),
                                .element = rows.number<Oid>(row, 3),
                                .base = rows.number<Oid>(row, 4),
                                .bound = rows.number<Oid>(row, 5),
                                .relation = rows.number<Oid>(row, 6),
                                .made_of = std::string(rows.text(row, 7))});
  }
}

}  // namespace

Result<ShardReading> read_shard(Querier& conn, const rules::DataSource& source,
                                const Wanted& wanted, Deadline deadline) {
  Reader reader(conn, wanted, deadline);
  if (Status done = reader.read(source.search_path); !done) return done.error();
  return std::move(reader.reading);
}

}  // namespace tessera::catalog
