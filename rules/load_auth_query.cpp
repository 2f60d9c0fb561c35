// authQuery of tessera.yaml: passwords that are taken from PostgreSQL.

#include <fmt/format.h>

#include <algorithm>

#include "rules/load_parts.h"

namespace tessera::rules {
namespace {

// Who may not log in, or no more, has no password here.
constexpr std::string_view kDefaultQuery =
    "SELECT rolname, CASE WHEN rolvaliduntil < pg_catalog.now() THEN NULL ELSE rolpassword END "
    "FROM pg_catalog.pg_authid WHERE rolname OPERATOR(pg_catalog.=) $1 AND rolcanlogin";

const RuleSet& find_database(const Entry& section, const std::optional<Entry>& name,
                             const std::vector<RuleSet>& databases) {
  if (!name) {
    if (databases.size() == 1) return databases.front();
    section.fail("key \"database\" is missing: there are several databases");
  }
  for (const RuleSet& rules : databases) {
    if (rules.database == name->text()) return rules;
  }
  name->fail(fmt::format("database \"{}\" does not exist", name->text()));
}

DataSource find_source(const RuleSet& rules, const std::optional<Entry>& name) {
  if (!name) return rules.shards.front().primary;
  for (const Shard& shard : rules.shards) {
    if (shard.primary.name == name->text()) return shard.primary;
    for (const DataSource& replica : shard.replicas) {
      if (replica.name == name->text()) return replica;
    }
  }
  name->fail(fmt::format("data source \"{}\" does not exist", name->text()));
}

}  // namespace

AuthQuery load_auth_query(const Entry& entry, const std::vector<RuleSet>& databases) {
  Section section = entry.section();
  AuthQuery loaded;
  const auto database = section.find("database");
  loaded.source =
      find_source(find_database(entry, database, databases), section.find("dataSource"));
  const auto query = section.find("query");
  loaded.query = query ? query->text() : std::string(kDefaultQuery);
  if (loaded.query.find("$1") == loaded.query.npos)
    query->fail("$1, the user's name, was expected");
  const auto username = section.find("username");
  const auto password = section.find("password");
  if (password && !username) password->fail("stands without a username");
  if (username) {
    loaded.source.username = username->text();
    loaded.source.password = password ? password->text_or_empty() : "";
  }
  if (const auto cache = section.find("cache")) loaded.cache_max = cache->duration();
  if (const auto allowed = section.find("databases")) {
    for (const Entry& name : allowed->names()) loaded.databases.push_back(name.text());
  }
  section.finish();
  return loaded;
}

}  // namespace tessera::rules
