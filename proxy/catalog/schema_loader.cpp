#include "proxy/catalog/schema_loader.h"

#include <algorithm>
#include <array>
#include <future>
#include <set>
#include <vector>

#include "proxy/catalog/shard_reader.h"

namespace tessera::catalog {
namespace {

using rules::DataNode;
using rules::RuleSet;
using rules::ShardIndex;

// One table of the rules: its name for clients and where it is, first choice first.
struct RuleTable {
  std::string name;
  std::vector<DataNode> nodes;
  bool split_in_shard = false;
};

std::vector<RuleTable> rule_tables(const RuleSet& rules) {
  std::vector<RuleTable> out;
  for (const auto& [name, table] : rules.sharding_tables) {
    out.push_back({.name = name, .nodes = table.nodes, .split_in_shard = table.split_in_shard});
  }
  for (const std::string& name : rules.broadcast_tables) {
    RuleTable table{.name = name, .nodes = {}};
    for (ShardIndex shard = 0; shard < rules.shards.size(); ++shard) {
      table.nodes.push_back({.shard = shard, .table = name});
    }
    out.push_back(std::move(table));
  }
  for (const auto& [name, shard] : rules.single_tables) {
    out.push_back({.name = name, .nodes = {{.shard = shard, .table = name}}});
  }
  return out;
}

std::vector<Wanted> wanted_of(const RuleSet& rules, const std::vector<RuleTable>& tables) {
  std::vector<Wanted> out(rules.shards.size());
  for (const RuleTable& table : tables) {
    for (const DataNode& node : table.nodes) out[node.shard].tables.push_back(node.table);
  }
  for (Wanted& each : out) each.numbers = out.size() > 1;
  Wanted& base = out[rules.default_shard];
  base.everything = true;
  // Also what a rule hides there: a table that only has the name of one which is elsewhere.
  for (const RuleTable& table : tables) base.tables.push_back(table.name);
  return out;
}

constexpr int kRaceTries = 20;

// Did somebody drop what was just being read? Functions such as pg_get_expr() look at the present,
// the query that calls them at its snapshot; they then fail with an internal error ("could not open
// relation with OID", "cache lookup failed").
bool lost_race(const Result<ShardReading>& reading, const Querier& querier) {
  return !reading && reading.error().sqlstate == "XX000" && !querier.in_block();
}

// All shards at once: one slow shard costs its own time, not the sum.
Result<std::vector<ShardReading>> read_all(const RuleSet& rules, const std::vector<Wanted>& wanted,
                                           const OpenShard& open, Deadline deadline) {
  const auto read_one = [&](ShardIndex shard) -> Result<ShardReading> {
    for (int tries = 1;; ++tries) {
      auto querier = open(shard);
      if (!querier) return querier.error();
      auto reading = read_shard(**querier, rules.shards[shard].primary, wanted[shard], deadline);
      if (tries == kRaceTries || !lost_race(reading, **querier)) return reading;
    }
  };
  std::vector<std::future<Result<ShardReading>>> running;
  for (ShardIndex shard = 0; shard < rules.shards.size(); ++shard)
    running.push_back(std::async(std::launch::async, read_one, shard));
  std::vector<ShardReading> out;
  std::optional<Error> failed;
  for (auto& task : running) {
    auto reading = task.get();
    if (reading) {
      out.push_back(std::move(*reading));
    } else if (!failed) {
      failed = reading.error();
    }
  }
  if (failed) return *failed;
  return out;
}

// The name of an index or constraint as clients know it: tables that are split inside a shard have
// theirs with
// "_<actual table>" at the end.
std::string logical_name(const std::string& name, const std::string& actual, bool split) {
  const std::string suffix = "_" + actual;
  if (!split || name.size() <= suffix.size() || !name.ends_with(suffix)) return name;
  return name.substr(0, name.size() - suffix.size());
}

// PostgreSQL makes names of its own of a table's: orders_0_pkey, orders_0_total_check ...
bool is_made_from(std::string_view name, std::string_view table) {
  constexpr std::array<std::string_view, 6> kEnds{"_pkey",  "_key",  "_fkey",
                                                  "_check", "_excl", "_idx"};
  const bool begins =
      name.size() > table.size() && name.starts_with(table) && name[table.size()] == '_';
  return begins &&
         std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

// What belongs to an actual table, under the name that clients are shown. A sequence keeps its own:
// that is the one to call nextval() with.
std::string shown_name(const TablePart& part, const std::string& actual, const RuleTable& table) {
  if (part.kind == Disguise::Kind::kOther) return part.name;
  if (is_made_from(part.name, actual)) return table.name + part.name.substr(actual.size());
  return logical_name(part.name, actual, table.split_in_shard);
}

// Which column tells two actual tables of one logical table apart? Types with numbers of their own
// on each shard (OID >= 16384) are not compared.
std::string first_difference(const Table& a, const Table& b) {
  constexpr Oid kFirstUserOid = 16384;
  for (const Column& column : a.columns) {
    const Column* other = b.find_column(column.name);
    if (other == nullptr) return column.name;
    const bool comparable = column.type < kFirstUserOid || other->type < kFirstUserOid;
    if (comparable && column.type != other->type) return column.name;
  }
  for (const Column& column : b.columns) {
    if (a.find_column(column.name) == nullptr) return column.name;
  }
  return {};
}

// Makes one Schema of the shards' readings.
class Merge {
 public:
  Merge(const RuleSet& rules, std::vector<ShardReading> readings)
      : rules_(rules), readings_(std::move(readings)) {}

  Schema run(const std::vector<RuleTable>& tables);

 private:
  void settings();
  void default_shard(const std::vector<RuleTable>& tables);
  void rule_table(const RuleTable& table);
  void disguise(const RuleTable& table);
  void disguise(const RuleTable& table, Oid oid, bool shown);
  void file(const ShardTable& found, const std::string& name, const std::string& actual,
            bool split);
  void report_difference(const DataNode& node, const Table& table, const DataNode& first,
                         const Table& model);
  void settle_collations();
  void number(const std::vector<RuleTable>& tables);
  [[nodiscard]] TypeNumbers::Map table_numbers(const std::vector<RuleTable>& tables,
                                               ShardIndex shard) const;
  [[nodiscard]] const ShardTable* find(const DataNode& node) const;
  [[nodiscard]] bool bytewise_everywhere(const std::string& collation) const;

  const RuleSet& rules_;
  std::vector<ShardReading> readings_;
  Schema schema_;
};

Schema Merge::run(const std::vector<RuleTable>& tables) {
  settings();
  default_shard(tables);
  for (const RuleTable& table : tables) {
    rule_table(table);
    disguise(table);
  }
  settle_collations();
  number(tables);
  return std::move(schema_);
}

void Merge::settings() {
  schema_.server_version = readings_.front().server_version;
  schema_.prepared_transactions =
      std::ranges::all_of(readings_, &ShardReading::prepared_transactions);
  schema_.default_bytewise = std::ranges::all_of(
      readings_, [](const ShardReading& reading) { return reading.collations.default_bytewise; });
  ShardReading& base = readings_[rules_.default_shard];
  schema_.functions = std::move(base.functions);
  schema_.views = std::move(base.views);
  schema_.types = std::move(base.types);
}

// Everything on the default shard but the tables that rules speak of: an actual table is no table
// of clients, and one that merely has the name of a sharding table is hidden by it.
void Merge::default_shard(const std::vector<RuleTable>& tables) {
  const ShardReading& base = readings_[rules_.default_shard];
  std::set<Oid> ruled;
  for (const auto& [name, oid] : base.named) ruled.insert(oid);
  std::set<std::string_view> names;
  for (const RuleTable& table : tables) names.insert(table.name);
  for (const auto& [oid, found] : base.tables) {
    const bool visible =
        std::ranges::find(base.search_path, found.table.schema) != base.search_path.end();
    if (ruled.contains(oid) || (visible && names.contains(found.table.name))) continue;
    file(found, found.table.name, found.table.name, false);
  }
}

const ShardTable* Merge::find(const DataNode& node) const {
  const ShardReading& reading = readings_[node.shard];
  const auto named = reading.named.find(node.table);
  return named == reading.named.end() ? nullptr : &reading.tables.at(named->second);
}

// A table that exists nowhere is one that nobody has created yet; one that exists in part is worth
// a word.
void Merge::rule_table(const RuleTable& table) {
  const auto first = std::ranges::find_if(
      table.nodes, [&](const DataNode& node) { return find(node) != nullptr; });
  if (first == table.nodes.end()) return;
  const ShardTable& model = *find(*first);
  file(model, table.name, model.table.name, table.split_in_shard);
  for (const DataNode& node : table.nodes) {
    const ShardTable* found = find(node);
    if (found != nullptr) {
      report_difference(node, found->table, *first, model.table);
    } else {
      schema_.missing.push_back("table \"" + node.table + "\" is missing on shard \"" +
                                rules_.shards[node.shard].name + "\"");
    }
  }
}

// The first actual table on the default shard stands for the logical one in its catalogs.
void Merge::disguise(const RuleTable& table) {
  const ShardReading& base = readings_[rules_.default_shard];
  std::vector<Oid> seen;
  for (const DataNode& node : table.nodes) {
    const auto named = base.named.find(node.table);
    if (node.shard != rules_.default_shard || named == base.named.end()) continue;
    if (std::ranges::find(seen, named->second) != seen.end()) continue;
    disguise(table, named->second, seen.empty());
    seen.push_back(named->second);
  }
  const auto hidden = base.named.find(table.name);
  if (hidden == base.named.end()) return;
  if (std::ranges::find(seen, hidden->second) == seen.end()) disguise(table, hidden->second, false);
}

void Merge::disguise(const RuleTable& table, Oid oid, bool shown) {
  const ShardTable& found = readings_[rules_.default_shard].tables.at(oid);
  const auto add = [&](const TablePart& part, const std::string& logical) {
    if (shown && part.name == logical) return;
    schema_.disguises.push_back({.kind = part.kind,
                                 .oid = part.oid,
                                 .schema = found.table.schema,
                                 .actual = part.name,
                                 .logical = logical,
                                 .shown = shown});
  };
  const std::string& actual = found.table.name;
  add({.kind = Disguise::Kind::kTable, .oid = oid, .name = actual}, table.name);
  for (const TablePart& part : found.parts) add(part, shown_name(part, actual, table));
}

void Merge::report_difference(const DataNode& node, const Table& table, const DataNode& first,
                              const Table& model) {
  const std::string column = first_difference(model, table);
  if (column.empty()) return;
  schema_.missing.push_back("table \"" + node.table + "\" on shard \"" +
                            rules_.shards[node.shard].name + "\" differs from \"" + first.table +
                            "\" on shard \"" + rules_.shards[first.shard].name + "\" in column \"" +
                            column + "\"");
}

void Merge::file(const ShardTable& found, const std::string& name, const std::string& actual,
                 bool split) {
  Table table = found.table;
  table.name = name;
  for (UniqueKey& key : table.unique_keys) key.name = logical_name(key.name, actual, split);
  for (const std::string& index : found.indexes) {
    schema_.index_tables.insert_or_assign(logical_name(index, actual, split), name);
  }
  const std::pair key(table.schema, name);
  schema_.tables.insert_or_assign(key, std::move(table));
}

bool Merge::bytewise_everywhere(const std::string& collation) const {
  return std::ranges::all_of(readings_, [&](const ShardReading& reading) {
    const auto found = reading.collations.bytewise.find(collation);
    return found != reading.collations.bytewise.end() && found->second;
  });
}

void Merge::settle_collations() {
  for (auto& [name, table] : schema_.tables) {
    for (Column& column : table.columns) {
      if (column.collation == Collation::kDefault && schema_.default_bytewise) {
        column.collation = Collation::kBytewise;
      } else if (column.collation == Collation::kOther &&
                 bytewise_everywhere(column.collation_name)) {
        column.collation = Collation::kBytewise;
        column.collation_name.clear();
      }
    }
  }
}

void Merge::number(const std::vector<RuleTable>& tables) {
  const ShardReading& base = readings_[rules_.default_shard];
  std::vector<std::shared_ptr<const TypeNumbers>> all(readings_.size());
  for (ShardIndex shard = 0; shard < readings_.size(); ++shard) {
    if (shard == rules_.default_shard) continue;
    all[shard] =
        make_type_numbers(base.numbered, readings_[shard].numbered, table_numbers(tables, shard));
  }
  const bool same = std::ranges::all_of(all, [](const auto& one) { return one == nullptr; });
  if (!same) schema_.type_numbers = std::move(all);
}

// Of the tables of rules on one shard those whose numbers mean another table, or none, on the
// default shard: what they are there, or 0.
TypeNumbers::Map Merge::table_numbers(const std::vector<RuleTable>& tables,
                                      ShardIndex shard) const {
  const ShardReading& base = readings_[rules_.default_shard];
  const ShardReading& own = readings_[shard];
  TypeNumbers::Map out;
  for (const RuleTable& table : tables) {
    Oid reference = 0;
    for (const DataNode& node : table.nodes) {
      const auto named = base.named.find(node.table);
      if (node.shard != rules_.default_shard || named == base.named.end()) continue;
      reference = named->second;
      break;
    }
    for (const DataNode& node : table.nodes) {
      const auto named = own.named.find(node.table);
      if (node.shard != shard || named == own.named.end()) continue;
      const bool misleads = reference != 0 || base.tables.contains(named->second);
      if (misleads && named->second != reference) out[named->second] = reference;
    }
  }
  return out;
}

}  // namespace

Result<Schema> load_schema(const rules::RuleSet& rules, std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  const OpenShard open = [&](ShardIndex shard) -> Result<std::unique_ptr<Querier>> {
    auto conn = ControlConn::open(rules.shards[shard].primary, rules.shards[shard].name, deadline);
    if (!conn) return conn.error();
    return std::unique_ptr<Querier>(std::make_unique<ControlConn>(std::move(*conn)));
  };
  return load_schema(rules, open, deadline);
}

Result<Schema> load_schema(const rules::RuleSet& rules, const OpenShard& open, Deadline deadline) {
  if (rules.shards.empty()) {
    return Error{.sqlstate = "08006",
                 .message = "database \"" + rules.database + "\" has no data source"};
  }
  const std::vector<RuleTable> tables = rule_tables(rules);
  auto readings = read_all(rules, wanted_of(rules, tables), open, deadline);
  if (!readings) return readings.error();
  return Merge(rules, std::move(*readings)).run(tables);
}

}  // namespace tessera::catalog
