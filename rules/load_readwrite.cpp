// !READWRITE_SPLITTING: data sources → shards with a primary and replicas.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kDynamic =
    "is not supported: the agents of tessera.yaml find the primary";

// One group as the file names it, before its data sources are looked up.
struct Group {
  std::string name;
  std::string write;
  std::vector<std::string> reads;
  TransactionalReads transactional_reads = TransactionalReads::kPrimary;
  Entry entry;
  std::string balancer;  // empty: turns
};

// The spelling of 5.1 differs.
struct MemberKeys {
  std::string_view write = "writeDataSourceName";
  std::string_view reads = "readDataSourceNames";
};

struct Balancer {
  Balance::Kind kind = Balance::Kind::kRoundRobin;
  std::map<std::string, double> weights;  // by data source
};

class ReadwriteLoader {
 public:
  explicit ReadwriteLoader(const std::vector<LoadedSource>& sources) : sources_(sources) {}
  void load(const Entry& rule);
  [[nodiscard]] LoadedShards shards();

 private:
  void load_balancers(const Entry& entry);
  [[nodiscard]] std::map<std::string, double> read_weights(const Entry& entry);
  [[nodiscard]] Balance balance_of(const Group& group) const;
  void load_group(const Entry& entry);
  void load_members(Section& section, std::vector<Group>& groups, MemberKeys keys = {});
  void load_old_members(const Entry& props, Section& section, std::vector<Group>& groups);
  void add(Group group);
  [[nodiscard]] const LoadedSource& source(const std::string& name, const Entry& used_by) const;
  [[nodiscard]] std::size_t position(const std::string& source) const;

  const std::vector<LoadedSource>& sources_;
  std::vector<Group> groups_;
  std::map<std::string, std::string> group_of_member_;
  std::map<std::string, Balancer> balancers_;
};

void ReadwriteLoader::load(const Entry& rule) {
  Section section = rule.section();
  if (const auto balancers = section.find("loadBalancers")) load_balancers(*balancers);
  const auto old_groups = section.find("dataSources");
  const auto groups = section.find("dataSourceGroups");
  if (groups && old_groups) {
    old_groups->fail("is the old spelling of dataSourceGroups, which is there too");
  }
  if (!groups && !old_groups) rule.fail("key \"dataSourceGroups\" is missing: a map of groups");
  Section all = (groups ? groups : old_groups)->section();
  for (const Entry& entry : all.all()) load_group(entry);
  section.finish();
}

void ReadwriteLoader::load_balancers(const Entry& entry) {
  Section all = entry.section();
  for (const Entry& balancer : all.all()) {
    Section section = balancer.section();
    const Entry type = section.require("type", "ROUND_ROBIN, RANDOM or WEIGHT");
    const std::string folded = fold(type.text());
    if (folded != "round_robin" && folded != "random" && folded != "weight") {
      type.fail(
          fmt::format("load balancer \"{}\" is not supported; expected ROUND_ROBIN, RANDOM "
                      "or WEIGHT",
                      type.text()));
    }
    const auto props = section.find("props");
    Balancer made;
    if (folded == "random") made.kind = Balance::Kind::kRandom;
    if (folded == "weight") made.kind = Balance::Kind::kWeight;
    if (props && folded == "weight") made.weights = read_weights(*props);
    if (props && folded != "weight") props->notice("has no effect on this load balancer");
    section.finish();
    balancers_.emplace(balancer.name(), std::move(made));
  }
}

std::map<std::string, double> ReadwriteLoader::read_weights(const Entry& entry) {
  std::map<std::string, double> read;
  Section weights = entry.section();
  std::optional<double> first;
  bool equal = true;
  for (const Entry& weight : weights.all()) {
    static_cast<void>(source(weight.name(), weight));
    const std::string text = weight.text();
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || !(number >= 0)) {
      weight.fail(fmt::format("a weight was expected, not \"{}\"", text));
    }
    if (first && *first != number) equal = false;
    first = number;
    read.emplace(weight.name(), number);
  }
  if (!equal) entry.notice("different weights have no effect yet: replicas take turns");
  return read;
}

// A replica that no weight is given for has none of the reads.
Balance ReadwriteLoader::balance_of(const Group& group) const {
  Balance balance;
  const auto found = balancers_.find(group.balancer);
  if (found == balancers_.end()) return balance;
  balance.kind = found->second.kind;
  if (balance.kind != Balance::Kind::kWeight) return balance;
  for (const std::string& read : group.reads) {
    const auto weight = found->second.weights.find(read);
    balance.weights.push_back(weight == found->second.weights.end() ? 0 : weight->second);
  }
  return balance;
}

TransactionalReads transactional_reads_of(const Entry& entry) {
  const std::string folded = fold(entry.text());
  if (folded == "primary") return TransactionalReads::kPrimary;
  if (folded != "fixed" && folded != "dynamic")
    entry.fail("PRIMARY, FIXED or DYNAMIC was expected");
  entry.notice("reads inside of a transaction go to the primary in this release");
  return folded == "fixed" ? TransactionalReads::kFixed : TransactionalReads::kDynamic;
}

// A group's names may be inline expressions: the group then stands for several.
void ReadwriteLoader::load_members(Section& section, std::vector<Group>& groups, MemberKeys keys) {
  const Entry write = section.require(keys.write, "the data source for writes");
  const std::vector<std::string> writes = expand(write);
  if (writes.size() != groups.size()) {
    write.fail(fmt::format("{} names were expected, one for each group, not {}", groups.size(),
                           writes.size()));
  }
  for (std::size_t n = 0; n < groups.size(); ++n) groups[n].write = writes[n];
  const auto reads = section.find(keys.reads);
  if (!reads) return;
  for (const Entry& read : reads->names()) {
    const std::vector<std::string> names = expand(read);
    if (names.size() != groups.size()) {
      read.fail(fmt::format("{} names were expected, one for each group, not {}", groups.size(),
                            names.size()));
    }
    for (std::size_t n = 0; n < groups.size(); ++n) groups[n].reads.push_back(names[n]);
  }
}

// type: Static, and the members in props.
void ReadwriteLoader::load_old_members(const Entry& props, Section& section,
                                       std::vector<Group>& groups) {
  const Entry type = section.require("type", "Static");
  if (fold(type.text()) != "static") type.fail(kDynamic);
  Section members = props.section();
  load_members(members, groups,
               {.write = "write-data-source-name", .reads = "read-data-source-names"});
  members.finish();
}

void ReadwriteLoader::load_group(const Entry& entry) {
  std::vector<Group> groups;
  for (std::string& name : expand(entry.with(entry.name()))) {
    groups.push_back({std::move(name), {}, {}, TransactionalReads::kPrimary, entry, {}});
  }
  Section section = entry.section();
  section.refuse("dynamicStrategy", kDynamic);
  section.refuse("autoAwareDataSourceName", kDynamic);
  if (const auto old = section.find("staticStrategy")) {
    Section members = old->section();
    load_members(members, groups);
    members.finish();
  } else if (const auto props = section.find("props")) {
    load_old_members(*props, section, groups);
  } else {
    load_members(section, groups);
  }
  if (const auto strategy = section.find("transactionalReadQueryStrategy")) {
    const TransactionalReads reads = transactional_reads_of(*strategy);
    for (Group& group : groups) group.transactional_reads = reads;
  }
  const auto balancer = section.find("loadBalancerName");
  if (balancer && !balancers_.contains(balancer->text())) {
    balancer->fail(fmt::format("load balancer \"{}\" does not exist", balancer->text()));
  }
  section.finish();
  for (Group& group : groups) {
    if (balancer) group.balancer = balancer->text();
    add(std::move(group));
  }
}

void ReadwriteLoader::add(Group group) {
  std::vector<std::string> members = group.reads;
  members.push_back(group.write);
  for (const std::string& member : members) {
    static_cast<void>(source(member, group.entry));
    const auto [other, added] = group_of_member_.emplace(member, group.name);
    if (!added) {
      group.entry.fail(
          fmt::format("data source \"{}\" already stands in group \"{}\"", member, other->second));
    }
  }
  groups_.push_back(std::move(group));
}

const LoadedSource& ReadwriteLoader::source(const std::string& name, const Entry& used_by) const {
  for (const LoadedSource& loaded : sources_) {
    if (loaded.source.name == name) return loaded;
  }
  used_by.fail(fmt::format("data source \"{}\" does not exist", name));
}

std::size_t ReadwriteLoader::position(const std::string& name) const {
  std::size_t n = 0;
  while (sources_[n].source.name != name) ++n;
  return n;
}

// A group takes the place of its write data source.
LoadedShards ReadwriteLoader::shards() {
  LoadedShards loaded;
  std::map<std::size_t, const Group*> by_position;
  for (const Group& group : groups_) by_position.emplace(position(group.write), &group);
  for (std::size_t n = 0; n < sources_.size(); ++n) {
    const LoadedSource& primary = sources_[n];
    const auto found = by_position.find(n);
    const bool read = found == by_position.end() && group_of_member_.contains(primary.source.name);
    if (read) continue;
    if (primary.read_only) primary.read_only->fail("true is not supported for a write data source");
    Shard shard{.name = primary.source.name, .primary = primary.source, .replicas = {}};
    if (found != by_position.end()) {
      const Group& group = *found->second;
      shard.name = group.name;
      shard.transactional_reads = group.transactional_reads;
      shard.balance = balance_of(group);
      for (const std::string& name : group.reads) {
        shard.replicas.push_back(source(name, group.entry).source);
      }
    }
    for (const Shard& other : loaded.shards) {
      if (other.name != shard.name) continue;
      primary.entry.fail(fmt::format("\"{}\" names a data source and a group", shard.name));
    }
    loaded.shards.push_back(std::move(shard));
  }
  loaded.group_of_member = std::move(group_of_member_);
  return loaded;
}

}  // namespace

LoadedShards load_shards(const std::vector<LoadedSource>& sources,
                         std::optional<Entry> readwrite_splitting) {
  ReadwriteLoader loader(sources);
  if (readwrite_splitting) loader.load(*readwrite_splitting);
  return loader.shards();
}

}  // namespace tessera::rules
