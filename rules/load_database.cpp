// database-<name>.yaml: data sources and rules of one logical database.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rules/inline_expression.h"
#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

// Rules that change what rows hold or where they go: ignoring one would break a promise.
struct RefusedRule {
  std::string_view tag;
  std::string_view why;
};

constexpr std::array kRefused{
    RefusedRule{"!ENCRYPT", "is not supported: columns would be stored unencrypted"},
    RefusedRule{"!COMPATIBLE_ENCRYPT", "is not supported: columns would be stored unencrypted"},
    RefusedRule{"!MASK", "is not supported: columns would be shown unmasked"},
    RefusedRule{"!SHADOW", "is not supported: test traffic would reach production data"},
    RefusedRule{"!DB_DISCOVERY", "is not supported: the agents of tessera.yaml find the primary"},
};

// The rules of the file by their tags.
using Rules = std::map<std::string, Entry, std::less<>>;

Rules read_rules(const std::optional<Entry>& list) {
  constexpr std::array<std::string_view, 4> kKnown{"!SHARDING", "!BROADCAST", "!SINGLE",
                                                   "!READWRITE_SPLITTING"};
  Rules rules;
  if (!list) return rules;
  for (const Entry& rule : list->list()) {
    const std::string tag = rule.tag();
    for (const RefusedRule& refused : kRefused) {
      if (tag == refused.tag) rule.fail(fmt::format("{} {}", tag, refused.why));
    }
    if (std::find(kKnown.begin(), kKnown.end(), tag) == kKnown.end()) {
      rule.fail(fmt::format("\"{}\" is an unknown rule; expected one of {}", tag,
                            fmt::join(kKnown, ", ")));
    }
    if (!rules.emplace(tag, rule).second) rule.fail(fmt::format("{} stands twice", tag));
  }
  return rules;
}

std::optional<Entry> find_rule(const Rules& rules, std::string_view tag) {
  const auto found = rules.find(tag);
  return found == rules.end() ? std::nullopt : std::optional(found->second);
}

std::vector<LoadedSource> read_sources(const Entry& entry) {
  std::vector<LoadedSource> sources;
  Section section = entry.section();
  for (const Entry& source : section.all()) sources.push_back(load_data_source(source));
  if (sources.empty()) entry.fail("at least one data source was expected");
  return sources;
}

std::string database_name(Section& file) {
  const auto old_name = file.find("schemaName");
  const auto name = file.find("databaseName");
  if (name && old_name) old_name->fail("is the old spelling of databaseName, which is there too");
  if (name) return name->text();
  if (old_name) return old_name->text();
  file.entry().fail("key \"databaseName\" is missing: the name that clients connect to");
}

}  // namespace

std::vector<std::string> expand(const Entry& entry) {
  auto names = expand_inline(entry.text());
  if (!names) entry.fail(names.error().message, names.error().hint);
  return *names;
}

ShardNames::ShardNames(const std::vector<Shard>& shards,
                       std::map<std::string, std::string> group_of_member)
    : group_of_member_(std::move(group_of_member)) {
  for (ShardIndex n = 0; n < shards.size(); ++n) shards_.emplace(shards[n].name, n);
}

ShardIndex ShardNames::require(const std::string& name, const Entry& used_by) const {
  const auto found = shards_.find(name);
  if (found != shards_.end()) return found->second;
  const auto member = group_of_member_.find(name);
  if (member != group_of_member_.end()) {
    used_by.fail(
        fmt::format("data source \"{}\" stands in the readwrite-splitting group \"{}\"; "
                    "name the group",
                    name, member->second));
  }
  std::vector<std::string_view> known;
  for (const auto& [shard, index] : shards_) known.push_back(shard);
  used_by.fail(fmt::format("data source \"{}\" does not exist; there are: {}", name,
                           fmt::join(known, ", ")));
}

void load_broadcast(const Entry& tables, RuleSet& rules) {
  for (const Entry& table : tables.names()) {
    const std::string name = fold(table.text());
    auto& known = rules.broadcast_tables;
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      table.fail(fmt::format("table \"{}\" stands twice", name));
    }
    if (rules.sharding_tables.contains(name))
      table.fail(fmt::format("table \"{}\" is a sharding table and a broadcast table", name));
    known.push_back(name);
    rules.places.emplace(name, table.place_and_key());
  }
}

namespace {

// ds.schema.table or ds.table.
struct SingleName {
  std::string source;
  std::string table;
};

SingleName parse_single(const Entry& entry) {
  const std::string text = entry.text();
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  const auto dots = std::count(text.begin(), text.end(), '.');
  if (dots < 1 || dots > 2 || first == 0 || last + 1 == text.size()) {
    entry.fail(fmt::format("\"{}\": data_source.schema.table was expected", text));
  }
  return {text.substr(0, first), fold(text.substr(last + 1))};
}

void load_single_table(const Entry& entry, const ShardNames& names, RuleSet& rules) {
  const SingleName name = parse_single(entry);
  if (name.source == "*") return;
  const ShardIndex shard = names.require(name.source, entry);
  if (name.table == "*") {
    if (shard == rules.default_shard) return;
    entry.notice(
        fmt::format("single tables of \"{}\" must be named one by one: it is not the "
                    "default data source",
                    name.source));
    return;
  }
  if (!rules.single_tables.emplace(name.table, shard).second) {
    entry.fail(fmt::format("table \"{}\" stands twice", name.table));
  }
  if (rules.kind_of(name.table) != TableKind::kSingle)
    entry.fail(fmt::format("table \"{}\" is a single table and has another rule", name.table));
  rules.places.emplace(name.table, entry.place_and_key());
}

}  // namespace

void load_single(const Entry& rule, const ShardNames& names, RuleSet& rules) {
  Section section = rule.section();
  if (const auto source = section.find("defaultDataSource")) {
    rules.default_shard = names.require(source->text(), *source);
  }
  if (const auto tables = section.find("tables")) {
    for (const Entry& table : tables->names()) load_single_table(table, names, rules);
  }
  section.finish();
}

RuleSet load_database(const Entry& root) {
  Section file = root.section();
  RuleSet rules;
  rules.database = database_name(file);
  const auto sources = read_sources(file.require("dataSources", "a map of data sources"));
  const Rules tags = read_rules(file.find("rules"));
  file.finish();

  LoadedShards loaded = load_shards(sources, find_rule(tags, "!READWRITE_SPLITTING"));
  rules.shards = std::move(loaded.shards);
  const ShardNames names(rules.shards, std::move(loaded.group_of_member));
  if (const auto rule = find_rule(tags, "!SHARDING")) load_sharding(*rule, names, rules);
  if (const auto rule = find_rule(tags, "!BROADCAST")) {
    Section section = rule->section();
    if (const auto tables = section.find("tables")) load_broadcast(*tables, rules);
    section.finish();
  }
  std::sort(rules.broadcast_tables.begin(), rules.broadcast_tables.end());
  if (const auto rule = find_rule(tags, "!SINGLE")) load_single(*rule, names, rules);
  return rules;
}

}  // namespace tessera::rules
