#include "rules/restart.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace tessera::rules {
namespace {

Error by_restart_only(const std::string& place, const std::string& what) {
  return Error{.sqlstate = "F0000",
               .message = fmt::format("{}{}{} changed by a restart only", place,
                                      place.empty() ? "" : ": ", what),
               .hint = "Restart the proxy, or take the change back."};
}

// All but the place.
auto fields(const DataSource& source) {
  return std::tie(source.name, source.host, source.port, source.database, source.username,
                  source.password, source.control_username, source.control_password,
                  source.search_path, source.application_name, source.tls, source.connect_timeout,
                  source.idle_timeout, source.lifetime_max, source.pool_max, source.pool_min,
                  source.reserve_max, source.reserve_after);
}

Status check_source(const DataSource& running, const DataSource& wanted) {
  if (fields(running) == fields(wanted)) return {};
  return by_restart_only(wanted.place, fmt::format("data source \"{}\" is", wanted.name));
}

Status check_shard(const Shard& running, const Shard& wanted) {
  const bool same_group = running.name == wanted.name &&
                          running.replicas.size() == wanted.replicas.size() &&
                          running.transactional_reads == wanted.transactional_reads &&
                          running.balance.kind == wanted.balance.kind &&
                          running.balance.weights == wanted.balance.weights;
  if (!same_group) {
    return by_restart_only(wanted.primary.place,
                           fmt::format("the number, names and order of data sources and "
                                       "readwrite-splitting groups (here \"{}\") are",
                                       wanted.name));
  }
  Status same = check_source(running.primary, wanted.primary);
  for (std::size_t i = 0; same && i < wanted.replicas.size(); ++i)
    same = check_source(running.replicas[i], wanted.replicas[i]);
  return same;
}

}  // namespace

Status check_replaceable(const RuleSet& running, const RuleSet& wanted) {
  const std::string database = fmt::format("of database \"{}\"", wanted.database);
  for (std::size_t i = 0; i < std::min(running.shards.size(), wanted.shards.size()); ++i) {
    if (Status same = check_shard(running.shards[i], wanted.shards[i]); !same) return same;
  }
  if (wanted.shards.size() != running.shards.size()) {
    const bool more = wanted.shards.size() > running.shards.size();
    return by_restart_only(more ? wanted.shards[running.shards.size()].primary.place : "",
                           "the number of data sources " + database + " is");
  }
  if (wanted.default_shard != running.default_shard)
    return by_restart_only("", "the default data source " + database + " is");
  // Sessions of a database that only passes everything on have a server connection of their own.
  if (wanted.is_plain() != running.is_plain()) {
    return by_restart_only("", "whether there are sharding or broadcast tables " + database +
                                   ", which has one data source, is");
  }
  return {};
}

Status check_replaceable(const std::vector<const RuleSet*>& running,
                         const std::vector<RuleSet>& wanted) {
  for (const RuleSet& each : wanted) {
    const auto known = std::ranges::find(running, each.database, &RuleSet::database);
    if (known == running.end())
      return by_restart_only("",
                             fmt::format("database \"{}\" is new: databases are", each.database));
    if (Status same = check_replaceable(**known, each); !same) return same;
  }
  for (const RuleSet* each : running) {
    if (std::ranges::find(wanted, each->database, &RuleSet::database) == wanted.end())
      return by_restart_only("",
                             fmt::format("database \"{}\" is gone: databases are", each->database));
  }
  return {};
}

}  // namespace tessera::rules
