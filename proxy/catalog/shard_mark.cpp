#include "proxy/catalog/shard_mark.h"

#include <algorithm>
#include <future>
#include <optional>

namespace tessera::catalog {
namespace {

constexpr const char* kCounters = R"sql(
SELECT CASE WHEN current_setting('track_counts')::bool THEN
  pg_postmaster_start_time() || ' ' || (
    SELECT sum(pg_stat_get_tuples_inserted(c) + pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c))
    FROM unnest('{pg_class,pg_attribute,pg_attrdef,pg_index,pg_constraint,pg_trigger,pg_rewrite,pg_type,
                  pg_enum,pg_range,pg_proc,pg_namespace,pg_collation,pg_db_role_setting}'::regclass[]) c) END)sql";

// What belongs to a temporary table is left out. Of pg_class only some columns count: TRUNCATE
// writes its rows too.
constexpr const char* kContents = R"sql(
WITH own AS MATERIALIZED (SELECT oid FROM pg_class WHERE relpersistence <> 't' AND relkind <> 't'),
space AS (SELECT oid, xmin FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_')
SELECT concat_ws(' ', current_setting('server_version'), current_setting('max_prepared_transactions'),
  (SELECT sum(hashint8extended((s.xmin::text::bigint << 32) | s.setrole::bigint, 0)) FROM pg_db_role_setting s),
  (SELECT sum(hashtextextended(concat_ws(' ', oid, relname, relnamespace, relkind, reltype, relhastriggers), 0))
   FROM pg_class WHERE relpersistence <> 't' AND relkind <> 't'),
  (SELECT sum(hashint8extended((a.xmin::text::bigint << 32) | a.attrelid::bigint, a.attnum))
   FROM pg_attribute a JOIN own ON own.oid = a.attrelid WHERE a.attnum > 0),
  (SELECT sum(hashint8extended((d.xmin::text::bigint << 32) | d.oid::bigint, 0))
   FROM pg_attrdef d JOIN own ON own.oid = d.adrelid),
  (SELECT sum(hashint8extended((i.xmin::text::bigint << 32) | i.indexrelid::bigint, 0))
   FROM pg_index i JOIN own ON own.oid = i.indrelid),
  (SELECT sum(hashint8extended((c.xmin::text::bigint << 32) | c.oid::bigint, 0))
   FROM pg_constraint c LEFT JOIN own ON own.oid = c.conrelid WHERE c.conrelid = 0 OR own.oid IS NOT NULL),
  (SELECT sum(hashint8extended((t.xmin::text::bigint << 32) | t.oid::bigint, 0))
   FROM pg_trigger t JOIN own ON own.oid = t.tgrelid),
  (SELECT sum(hashint8extended((r.xmin::text::bigint << 32) | r.oid::bigint, 0))
   FROM pg_rewrite r JOIN own ON own.oid = r.ev_class),
  (SELECT sum(hashint8extended((t.xmin::text::bigint << 32) | t.oid::bigint, 0))
   FROM pg_type t JOIN space ON space.oid = t.typnamespace),
  (SELECT sum(hashint8extended((e.xmin::text::bigint << 32) | e.oid::bigint, 0)) FROM pg_enum e),
  (SELECT sum(hashint8extended((r.xmin::text::bigint << 32) | r.rngtypid::bigint, 0)) FROM pg_range r),
  (SELECT sum(hashint8extended((p.xmin::text::bigint << 32) | p.oid::bigint, 0)) FROM pg_proc p),
  (SELECT sum(hashint8extended((s.xmin::text::bigint << 32) | s.oid::bigint, 0)) FROM space s),
  (SELECT sum(hashint8extended((c.xmin::text::bigint << 32) | c.oid::bigint, 0)) FROM pg_collation c)))sql";

Result<std::string> ask(Querier& conn, const char* sql, Deadline deadline) {
  auto rows = conn.query(sql, {}, deadline);
  if (!rows) return rows.error();
  return std::string(rows->text(0, 0));
}

Result<ShardMark> read_mark(const rules::Shard& shard, const ShardMark& known, Probe probe,
                            Deadline deadline) {
  auto conn = ControlConn::open(shard.primary, shard.name, deadline);
  if (!conn) return conn.error();
  auto counters = ask(*conn, kCounters, deadline);
  if (!counters) return counters.error();
  const bool unmoved = !counters->empty() && *counters == known.counters;
  if (probe == Probe::kCheap && unmoved) return known;
  auto contents = ask(*conn, kContents, deadline);
  if (!contents) return contents.error();
  return ShardMark{.counters = std::move(*counters), .contents = std::move(*contents)};
}

}  // namespace

const char* counters_query() { return kCounters; }

const char* contents_query() { return kContents; }

Result<std::vector<ShardMark>> read_marks(const rules::RuleSet& rules,
                                          const std::vector<ShardMark>& known, Probe probe,
                                          std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  std::vector<std::future<Result<ShardMark>>> running;
  for (rules::ShardIndex shard = 0; shard < rules.shards.size(); ++shard) {
    const ShardMark last = shard < known.size() ? known[shard] : ShardMark{};
    running.push_back(std::async(std::launch::async, [&rules, shard, last, probe, deadline] {
      return read_mark(rules.shards[shard], last, probe, deadline);
    }));
  }
  std::vector<ShardMark> out;
  std::optional<Error> failed;
  for (auto& task : running) {
    auto mark = task.get();
    if (mark) {
      out.push_back(std::move(*mark));
    } else if (!failed) {
      failed = mark.error();
    }
  }
  if (failed) return *failed;
  return out;
}

bool same_contents(const std::vector<ShardMark>& left, const std::vector<ShardMark>& right) {
  return std::ranges::equal(left, right, {}, &ShardMark::contents, &ShardMark::contents);
}

}  // namespace tessera::catalog
