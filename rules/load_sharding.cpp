// !SHARDING: tables and their nodes.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "rules/load_parts.h"
#include "rules/load_sharding.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

class ShardingLoader {
 public:
  ShardingLoader(const ShardNames& names, RuleSet& rules) : names_(names), rules_(rules) {}
  void load(const Entry& rule);

 private:
  void load_defaults(Section& section);
  void load_table(const Entry& entry);
  void load_automatic_table(const Entry& entry);
  void read_nodes(const std::optional<Entry>& entry, ShardingTable& table);
  void spread_nodes(const Entry& entry, ShardingTable& table);
  void claim_nodes(const Entry& entry, const ShardingTable& table);
  void add(const Entry& entry, ShardingTable table);

  const ShardNames& names_;
  RuleSet& rules_;
  AlgorithmList algorithms_;
  KeyRules keys_;
  std::map<std::pair<ShardIndex, std::string>, std::string> owner_of_node_;
  std::optional<StrategySpec> default_database_;
  std::optional<StrategySpec> default_table_;
  std::string default_column_;
};

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
  if (table.nodes.empty()) {
    entry->fail(fmt::format("\"{}\" gives no data node; at least one was expected", entry->text()));
  }
}

void ShardingLoader::load_table(const Entry& entry) {
  ShardingTable table;
  table.name = fold(entry.name());
  if (entry.is_null()) entry.fail("a map of keys was expected");
  Section section = entry.section();
  keys_.load_table(section, table);
  const auto logic_table = section.find("logicTable");
  if (logic_table && fold(logic_table->text()) != table.name) {
    logic_table->fail(fmt::format("\"{}\" was expected", entry.name()));
  }
  const auto nodes = section.find("actualDataNodes");
  rules_.places.emplace(table.name, nodes.value_or(entry).place_and_key());
  read_nodes(nodes, table);
  const auto database = find_strategy(section, "databaseStrategy");
  const auto by_table = find_strategy(section, "tableStrategy");
  section.finish();
  table.database = algorithms_.make(database ? database : default_database_, default_column_);
  table.table = algorithms_.make(by_table ? by_table : default_table_, default_column_);
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
  keys_.load_table(section, table);
  const Entry sources = section.require("actualDataSources", "names of data sources");
  rules_.places.emplace(table.name, sources.place_and_key());
  const Entry strategy = section.require("shardingStrategy", "a standard strategy");
  section.finish();
  const StrategySpec spec = read_strategy(strategy);
  if (spec.kind != StrategySpec::Kind::kStandard)
    strategy.fail("the strategy standard was expected");
  table.table = algorithms_.make(spec, default_column_);
  if (!table.table.algorithm->table_count()) {
    spec.entry.fail(
        fmt::format("sharding algorithm \"{}\" does not say how many tables there are; MOD, "
                    "HASH_MOD, VOLUME_RANGE, BOUNDARY_RANGE, AUTO_INTERVAL, PG_HASH_MOD or "
                    "XXHASH_MOD was expected",
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

// An actual table has the rows of one logical table.
void ShardingLoader::claim_nodes(const Entry& entry, const ShardingTable& table) {
  for (const DataNode& node : table.nodes) {
    const auto [owner, added] =
        owner_of_node_.emplace(std::pair(node.shard, node.table), table.name);
    if (added || owner->second == table.name) continue;
    entry.fail(fmt::format("data node \"{}.{}\" belongs to table \"{}\" already",
                           rules_.shards[node.shard].name, node.table, owner->second));
  }
}

void ShardingLoader::add(const Entry& entry, ShardingTable table) {
  claim_nodes(entry, table);
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
  keys_.load(section, rules_);
  section.ignore("shardingCache", "tunes ShardingSphere; it has no effect here");
  section.ignore("scalingName", "tunes ShardingSphere; it has no effect here");
  section.ignore("defaultScalingName", "tunes ShardingSphere; it has no effect here");
  section.ignore("scaling", "tunes ShardingSphere; it has no effect here");
}

void ShardingLoader::load(const Entry& rule) {
  Section section = rule.section();
  if (const auto entry = section.find("shardingAlgorithms")) algorithms_.load(*entry);
  load_defaults(section);
  const auto tables = section.find("tables");
  const auto automatic = section.find("autoTables");
  const auto binding = section.find("bindingTables");
  const auto broadcast = section.find("broadcastTables");
  section.finish();
  if (tables) {
    Section all = tables->section();
    for (const Entry& table : all.all()) load_table(table);
  }
  if (automatic) {
    Section all = automatic->section();
    for (const Entry& table : all.all()) load_automatic_table(table);
  }
  if (broadcast) load_broadcast(*broadcast, rules_);
  if (binding) load_binding_tables(*binding, rules_);
  keys_.load_strategies(rules_);
  algorithms_.notice_unused();
}

}  // namespace

void load_sharding(const Entry& rule, const ShardNames& names, RuleSet& rules) {
  ShardingLoader loader(names, rules);
  loader.load(rule);
}

}  // namespace tessera::rules
