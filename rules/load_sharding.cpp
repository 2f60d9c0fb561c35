// !SHARDING: tables, their strategies and algorithms.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kKeyGeneration =
    "is not supported: key generation is not built in this release; let the application or the "
    "table's default give the key";
constexpr std::string_view kAudit =
    "is not supported: statements that ShardingSphere would refuse would be run";

// One level of a table's strategy as the file gives it.
struct StrategySpec {
  std::string column;  // empty: the default column
  std::string algorithm;
  bool none = false;
  Entry entry;
};

struct AlgorithmSpec {
  Entry entry;
  Entry type;
  Properties properties;
  std::map<std::string, Entry, std::less<>> places;  // of the properties
  bool used = false;
};

class ShardingLoader {
 public:
  ShardingLoader(const ShardNames& names, RuleSet& rules) : names_(names), rules_(rules) {}
  void load(const Entry& rule);

 private:
  void load_algorithms(const Entry& entry);
  void load_defaults(Section& section);
  void load_table(const Entry& entry);
  void load_automatic_table(const Entry& entry);
  void read_nodes(const std::optional<Entry>& entry, ShardingTable& table);
  void spread_nodes(const Entry& entry, ShardingTable& table);
  void add(const Entry& entry, ShardingTable table);
  Strategy make_strategy(const std::optional<StrategySpec>& spec);
  std::shared_ptr<const Algorithm> make(const StrategySpec& spec, const std::string& column);

  const ShardNames& names_;
  RuleSet& rules_;
  std::map<std::string, AlgorithmSpec, std::less<>> algorithms_;
  std::optional<StrategySpec> default_database_;
  std::optional<StrategySpec> default_table_;
  std::string default_column_;
};

StrategySpec read_standard(const Entry& entry) {
  StrategySpec spec{.column = {}, .algorithm = {}, .entry = entry};
  Section section = entry.section();
  if (const auto column = section.find("shardingColumn")) spec.column = fold(column->text());
  const Entry algorithm = section.require("shardingAlgorithmName", "a sharding algorithm's name");
  spec.algorithm = algorithm.text();
  spec.entry = algorithm;
  section.finish();
  return spec;
}

StrategySpec read_strategy(const Entry& entry) {
  Section section = entry.section();
  section.refuse("complex", "is not supported; only the standard strategy is");
  section.refuse("hint", "is not supported; only the standard strategy is");
  const auto none = section.find_key("none");
  const auto standard = section.find("standard");
  section.finish();
  if (static_cast<bool>(none) == static_cast<bool>(standard)) {
    entry.fail("one of the strategies standard and none was expected");
  }
  if (standard) return read_standard(*standard);
  if (!none->is_null()) none->section().finish();
  return {.column = {}, .algorithm = {}, .none = true, .entry = entry};
}

std::optional<StrategySpec> find_strategy(Section& section, std::string_view key) {
  const auto entry = section.find(key);
  if (!entry) return std::nullopt;
  return read_strategy(*entry);
}

void refuse_keys_of_table(Section& section) {
  section.refuse("keyGenerateStrategy", kKeyGeneration);
  section.refuse("auditStrategy", kAudit);
}

void ShardingLoader::load_algorithms(const Entry& entry) {
  Section all = entry.section();
  for (const Entry& algorithm : all.all()) {
    Section section = algorithm.section();
    const Entry type = section.require("type", "INLINE, MOD or HASH_MOD");
    const std::string folded = fold(type.text());
    if (folded != "inline" && folded != "mod" && folded != "hash_mod") {
      type.fail(
          fmt::format("sharding algorithm type \"{}\" is not supported; expected INLINE, MOD "
                      "or HASH_MOD",
                      type.text()));
    }
    AlgorithmSpec spec{.entry = algorithm, .type = type, .properties = {}, .places = {}};
    if (const auto props = section.find("props")) {
      Section properties = props->section();
      for (const Entry& property : properties.all()) {
        spec.properties.emplace(property.name(), property.text());
        spec.places.emplace(property.name(), property);
      }
    }
    section.finish();
    algorithms_.emplace(algorithm.name(), std::move(spec));
  }
}

std::shared_ptr<const Algorithm> ShardingLoader::make(const StrategySpec& spec,
                                                      const std::string& column) {
  const auto found = algorithms_.find(spec.algorithm);
  if (found == algorithms_.end()) {
    spec.entry.fail(fmt::format("sharding algorithm \"{}\" does not exist", spec.algorithm));
  }
  AlgorithmSpec& algorithm = found->second;
  algorithm.used = true;
  auto built = build_algorithm(algorithm.type.text(), algorithm.properties, column);
  if (built) return *built;
  const auto place = algorithm.places.find(built.error().property);
  const Entry& entry = place == algorithm.places.end() ? algorithm.entry : place->second;
  entry.fail(built.error().error.message, built.error().error.hint);
}

Strategy ShardingLoader::make_strategy(const std::optional<StrategySpec>& spec) {
  if (!spec || spec->none) return {};
  const std::string column = spec->column.empty() ? default_column_ : spec->column;
  if (column.empty()) {
    spec->entry.fail(
        "key \"shardingColumn\" is missing beside it, and there is no "
        "defaultShardingColumn");
  }
  return {.column = column, .algorithm = make(*spec, column)};
}

// A node list's name: data_source.table.
DataNode parse_node(const std::string& text, const ShardNames& names, const Entry& entry) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos || dot == 0 || dot + 1 == text.size()) {
    entry.fail(fmt::format("\"{}\": data_source.table was expected", text));
  }
  const std::string table = text.substr(dot + 1);
  if (table.find('.') != table.npos) {
    entry.fail(fmt::format("\"{}\": a schema in a data node is not supported", text),
               "Give the data source's URL the parameter currentSchema.");
  }
  if (fold(table) != table) {
    entry.notice(
        fmt::format("names of tables are taken in lower case, as PostgreSQL takes them "
                    "(\"{}\")",
                    table));
  }
  return {names.require(text.substr(0, dot), entry), fold(table)};
}

// Without a node list the table lives on every data source under its own name.
void ShardingLoader::read_nodes(const std::optional<Entry>& entry, ShardingTable& table) {
  if (!entry) {
    for (ShardIndex n = 0; n < rules_.shards.size(); ++n) table.nodes.push_back({n, table.name});
    return;
  }
  std::set<std::pair<ShardIndex, std::string>> seen;
  for (const std::string& text : expand(*entry)) {
    DataNode node = parse_node(text, names_, *entry);
    if (!seen.emplace(node.shard, node.table).second) {
      entry->fail(fmt::format("data node \"{}\" stands twice", text));
    }
    table.nodes.push_back(std::move(node));
  }
}

void ShardingLoader::load_table(const Entry& entry) {
  ShardingTable table;
  table.name = fold(entry.name());
  if (entry.is_null()) entry.fail("a map of keys was expected");
  Section section = entry.section();
  refuse_keys_of_table(section);
  const auto logic_table = section.find("logicTable");
  if (logic_table && fold(logic_table->text()) != table.name) {
    logic_table->fail(fmt::format("\"{}\" was expected", entry.name()));
  }
  read_nodes(section.find("actualDataNodes"), table);
  const auto database = find_strategy(section, "databaseStrategy");
  const auto by_table = find_strategy(section, "tableStrategy");
  section.finish();
  table.database = make_strategy(database ? database : default_database_);
  table.table = make_strategy(by_table ? by_table : default_table_);
  add(entry, std::move(table));
}

// Actual tables are <name>_0 … <name>_<n - 1>, dealt out to the data sources in turn.
void ShardingLoader::spread_nodes(const Entry& entry, ShardingTable& table) {
  std::vector<ShardIndex> shards;
  for (const Entry& name : entry.is_scalar() ? std::vector{entry} : entry.list()) {
    for (const std::string& source : expand(name)) {
      const ShardIndex shard = names_.require(source, name);
      if (std::find(shards.begin(), shards.end(), shard) != shards.end()) {
        name.fail(fmt::format("data source \"{}\" stands twice", source));
      }
      shards.push_back(shard);
    }
  }
  if (shards.empty()) entry.fail("at least one data source was expected");
  const std::uint32_t count = *table.table.algorithm->table_count();
  for (std::uint32_t n = 0; n < count; ++n) {
    table.nodes.push_back({shards[n % shards.size()], fmt::format("{}_{}", table.name, n)});
  }
}

void ShardingLoader::load_automatic_table(const Entry& entry) {
  ShardingTable table;
  table.name = fold(entry.name());
  table.automatic = true;
  Section section = entry.section();
  refuse_keys_of_table(section);
  const Entry sources = section.require("actualDataSources", "names of data sources");
  const Entry strategy = section.require("shardingStrategy", "a standard strategy");
  section.finish();
  const StrategySpec spec = read_strategy(strategy);
  if (spec.none) strategy.fail("the strategy standard was expected");
  table.table = make_strategy(spec);
  if (!table.table.algorithm->table_count()) {
    spec.entry.fail(
        fmt::format("sharding algorithm \"{}\" does not say how many tables there are; "
                    "MOD or HASH_MOD was expected",
                    spec.algorithm));
  }
  spread_nodes(sources, table);
  add(entry, std::move(table));
}

bool split_in_shard(const ShardingTable& table) {
  std::set<ShardIndex> shards;
  return std::any_of(table.nodes.begin(), table.nodes.end(),
                     [&](const DataNode& node) { return !shards.insert(node.shard).second; });
}

void ShardingLoader::add(const Entry& entry, ShardingTable table) {
  table.split_in_shard = split_in_shard(table);
  index_nodes(table, rules_.shards);
  if (!settles_node(table)) {
    entry.notice(
        fmt::format("its strategies do not settle one node for a row of \"{}\": rows "
                    "cannot be inserted through the proxy",
                    table.name));
  }
  const std::string name = table.name;
  if (!rules_.sharding_tables.emplace(name, std::move(table)).second) {
    entry.fail(fmt::format("table \"{}\" stands twice", name));
  }
}

void ShardingLoader::load_defaults(Section& section) {
  if (const auto column = section.find("defaultShardingColumn")) {
    default_column_ = fold(column->text());
  }
  default_database_ = find_strategy(section, "defaultDatabaseStrategy");
  default_table_ = find_strategy(section, "defaultTableStrategy");
  section.refuse("defaultKeyGenerateStrategy", kKeyGeneration);
  section.refuse("keyGenerateStrategies", kKeyGeneration);
  section.refuse("defaultAuditStrategy", kAudit);
  section.ignore("keyGenerators", "no table uses a key generator; they have no effect here");
  section.ignore("auditors", "no table uses an auditor; they have no effect here");
  section.ignore("shardingCache", "tunes ShardingSphere; it has no effect here");
  section.ignore("scalingName", "tunes ShardingSphere; it has no effect here");
  section.ignore("defaultScalingName", "tunes ShardingSphere; it has no effect here");
  section.ignore("scaling", "tunes ShardingSphere; it has no effect here");
}

void ShardingLoader::load(const Entry& rule) {
  Section section = rule.section();
  if (const auto entry = section.find("shardingAlgorithms")) load_algorithms(*entry);
  load_defaults(section);
  const auto tables = section.find("tables");
  const auto automatic = section.find("autoTables");
  const auto binding = section.find("bindingTables");
  if (const auto old = section.find("broadcastTables")) load_broadcast(*old, rules_);
  section.finish();
  if (tables) {
    Section all = tables->section();
    for (const Entry& table : all.all()) load_table(table);
  }
  if (automatic) {
    Section all = automatic->section();
    for (const Entry& table : all.all()) load_automatic_table(table);
  }
  if (binding) load_binding_tables(*binding, rules_);
  for (const auto& [name, algorithm] : algorithms_) {
    if (!algorithm.used) algorithm.entry.notice("no table uses this sharding algorithm");
  }
}

}  // namespace

void load_sharding(const Entry& rule, const ShardNames& names, RuleSet& rules) {
  ShardingLoader loader(names, rules);
  loader.load(rule);
}

}  // namespace tessera::rules
