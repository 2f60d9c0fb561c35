#include "proxy/catalog/schema_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
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

// The name of a type as both shards know it.
using TypeName = std::function<std::string(Oid)>;

std::string key_columns(const UniqueKey& key) {
  return fmt::format("({})", fmt::join(key.columns, ", "));
}

// What tells a column from that of the first actual table, in words; empty: nothing.
std::string difference_of(const Column& own, const std::string& own_type, const Column& model,
                          const std::string& model_type) {
  if (own_type != model_type)
    return fmt::format("has column \"{}\" as {}, not {}", model.name, own_type, model_type);
  if (own.type_modifier != model.type_modifier)
    return fmt::format("has column \"{}\" with another length or precision", model.name);
  if (own.collation_name != model.collation_name)
    return fmt::format("has column \"{}\" with another collation", model.name);
  if (own.not_null != model.not_null) {
    return fmt::format("has column \"{}\" {} NOT NULL", model.name,
                       own.not_null ? "with" : "without");
  }
  if (own.has_default != model.has_default || own.identity != model.identity ||
      own.generated != model.generated) {
    return fmt::format("has column \"{}\" with another default", model.name);
  }
  return {};
}

// A key of `one` that `other` has not, whatever its name is.
const UniqueKey* key_lacking(const Table& one, const Table& other) {
  const auto lacking = std::ranges::find_if(one.unique_keys, [&](const UniqueKey& key) {
    return std::ranges::none_of(other.unique_keys, [&](const UniqueKey& each) {
      return each.columns == key.columns && each.primary == key.primary;
    });
  });
  return lacking == one.unique_keys.end() ? nullptr : &*lacking;
}

// All that tells an actual table from the first one of its logical table, in words.
std::vector<std::string> differences(const Table& table, const TypeName& own_type,
                                     const Table& model, const TypeName& model_type) {
  std::vector<std::string> out;
  for (const Column& column : model.columns) {
    const Column* own = table.find_column(column.name);
    if (own == nullptr) {
      out.push_back(fmt::format("has no column \"{}\"", column.name));
      continue;
    }
    auto difference = difference_of(*own, own_type(own->type), column, model_type(column.type));
    if (!difference.empty()) out.push_back(std::move(difference));
  }
  for (const Column& column : table.columns) {
    if (model.find_column(column.name) == nullptr)
      out.push_back(fmt::format("has the additional column \"{}\"", column.name));
  }
  if (const UniqueKey* key = key_lacking(model, table))
    out.push_back(fmt::format("has no unique index on {}", key_columns(*key)));
  if (const UniqueKey* key = key_lacking(table, model))
    out.push_back(fmt::format("has an additional unique index on {}", key_columns(*key)));
  return out;
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
  void report(const RuleTable& table, std::string_view shard, std::string what);
  [[nodiscard]] TypeName type_names(ShardIndex shard) const;
  void report_difference(const RuleTable& rule, const DataNode& node, const DataNode& first);
  void report_types();
  void settle_collations();
  void number(const std::vector<RuleTable>& tables);
  [[nodiscard]] TypeNumbers::Map table_numbers(const std::vector<RuleTable>& tables,
                                               ShardIndex shard) const;
  [[nodiscard]] const ShardTable* find(const DataNode& node) const;
  [[nodiscard]] bool bytewise_everywhere(const std::string& collation) const;

  const RuleSet& rules_;
  std::vector<ShardReading> readings_;
  std::vector<TypeName> names_;  // by shard
  Schema schema_;
};

Schema Merge::run(const std::vector<RuleTable>& tables) {
  settings();
  for (ShardIndex shard = 0; shard < readings_.size(); ++shard) names_.push_back(type_names(shard));
  default_shard(tables);
  for (const RuleTable& table : tables) {
    rule_table(table);
    disguise(table);
  }
  settle_collations();
  report_types();
  number(tables);
  return std::move(schema_);
}

void Merge::settings() {
  schema_.server_version = readings_.front().server_version;
  schema_.prepared_transactions =
      std::ranges::all_of(readings_, &ShardReading::prepared_transactions);
  schema_.default_bytewise = std::ranges::all_of(
      readings_, [](const ShardReading& reading) { return reading.collations.default_bytewise; });
  const bool marked = std::ranges::none_of(
      readings_, [](const ShardReading& reading) { return reading.mark.contents.empty(); });
  for (ShardReading& reading : readings_) {
    if (marked) schema_.marks.push_back(std::move(reading.mark));
  }
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

// Something about a table of the rules that the shards do not bear out.
void Merge::report(const RuleTable& table, std::string_view shard, std::string what) {
  const auto place = rules_.places.find(table.name);
  schema_.drift.push_back({.table = table.name,
                           .shard = std::string(shard),
                           .what = std::move(what),
                           .place = place == rules_.places.end() ? std::string() : place->second});
}

// By name, since types that are not built in have numbers of each shard's own.
TypeName Merge::type_names(ShardIndex shard) const {
  std::unordered_map<Oid, std::string> own;
  for (const NumberedType& type : readings_[shard].numbered) own.emplace(type.oid, type.name);
  return [this, own = std::move(own)](Oid type) {
    if (const auto found = own.find(type); found != own.end()) return found->second;
    const auto built_in = schema_.types.find(type);
    return built_in == schema_.types.end() ? fmt::format("type {}", type) : built_in->second.name;
  };
}

// A table that exists nowhere may be one that nobody has created yet, or have a wrong name.
void Merge::rule_table(const RuleTable& table) {
  const auto first = std::ranges::find_if(
      table.nodes, [&](const DataNode& node) { return find(node) != nullptr; });
  if (first == table.nodes.end()) {
    const DataNode& one = table.nodes.front();
    return report(table, {},
                  fmt::format("no actual table of table \"{}\" exists, as \"{}\" on shard "
                              "\"{}\"",
                              table.name, one.table, rules_.shards[one.shard].name));
  }
  const ShardTable& model = *find(*first);
  file(model, table.name, model.table.name, table.split_in_shard);
  for (const DataNode& node : table.nodes) {
    const ShardTable* found = find(node);
    if (found != nullptr) {
      report_difference(table, node, *first);
    } else {
      const std::string& shard = rules_.shards[node.shard].name;
      report(table, shard,
             fmt::format("table \"{}\" is missing on shard \"{}\"", node.table, shard));
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

void Merge::report_difference(const RuleTable& rule, const DataNode& node, const DataNode& first) {
  const std::string& shard = rules_.shards[node.shard].name;
  const auto found =
      differences(find(node)->table, names_[node.shard], find(first)->table, names_[first.shard]);
  for (const std::string& difference : found) {
    report(rule, shard,
           fmt::format("table \"{}\" on shard \"{}\" {}, unlike \"{}\" on shard \"{}\"", node.table,
                       shard, difference, first.table, rules_.shards[first.shard].name));
  }
}

// Types that a shard has made of something else than the default shard. One that it lacks may never
// be needed there.
void Merge::report_types() {
  const ShardReading& base = readings_[rules_.default_shard];
  std::unordered_map<std::string_view, std::string_view> known;
  for (const NumberedType& type : base.numbered) known.emplace(type.name, type.made_of);
  for (ShardIndex shard = 0; shard < readings_.size(); ++shard) {
    for (const NumberedType& type : readings_[shard].numbered) {
      const auto model = known.find(type.name);
      if (model == known.end() || model->second == type.made_of) continue;
      const std::string& name = rules_.shards[shard].name;
      schema_.drift.push_back(
          {.table = {},
           .shard = name,
           .what = fmt::format("type {} on shard \"{}\" is not that of shard \"{}\"", type.name,
                               name, rules_.shards[rules_.default_shard].name),
           .place = {}});
    }
  }
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
    const rules::DataSource& source = rules.shards[shard].primary;
    auto conn = ControlConn::open(source, rules.shards[shard].name, deadline);
    if (!conn) {
      Error error = conn.error();
      error.message = source.place + ": " + error.message;
      return error;
    }
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
