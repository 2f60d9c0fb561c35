// global.yaml (server.yaml of old): transactions, properties, and much that tunes ShardingSphere.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kTunes = "tunes ShardingSphere; it has no effect here";

// Properties without effect: they size or log ShardingSphere's own machinery.
constexpr std::array kIgnoredProperties = std::to_array<std::string_view>({
    "agent-plugins-enabled",
    "cdc-server-port",
    "check-duplicate-table-enabled",
    "check-table-metadata-enabled",
    "groovy-inline-expression-parsing-cache-max-size",
    "instance-connection-enabled",
    "kernel-executor-size",
    "load-table-metadata-batch-size",
    "lock-ttl-milliseconds",
    "lock-wait-timeout-milliseconds",
    "max-connections-size-per-query",
    "max-union-size-per-datasource",
    "metadata-identifier-case-sensitivity",
    "persist-schemas-to-repository-enabled",
    "proxy-backend-driver-type",
    "proxy-backend-executor-suitable",
    "proxy-backend-query-fetch-size",
    "proxy-frontend-connection-idle-timeout",
    "proxy-frontend-executor-size",
    "proxy-frontend-flush-threshold",
    "proxy-frontend-ssl-cipher",
    "proxy-frontend-ssl-version",
    "proxy-instance-type",
    "proxy-meta-data-collector-cron",
    "proxy-meta-data-collector-enabled",
    "proxy-mysql-default-version",
    "proxy-netty-backlog",
    "proxy-opentracing-enabled",
    "sql-federation-type",
    "sql-show",
    "sql-simple",
    "system-log-level",
    "system-schema-metadata-assembly-enabled",
});

// Hints need no property since 5.3.
constexpr std::array kHintProperties =
    std::to_array<std::string_view>({"proxy-hint-enabled", "sql-comment-parse-enabled"});

// Properties that only `harmless` may be given to, because anything else asks for what is not
// built.
struct CheckedProperty {
  std::string_view name;
  std::string_view harmless;
  std::string_view why;
};

constexpr std::array kCheckedProperties{
    CheckedProperty{"proxy-frontend-database-protocol-type", "postgresql",
                    "is not supported; PostgreSQL was expected"},
};

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void load_property(const Entry& property, GlobalFile& global) {
  const std::string& name = property.name();
  for (const CheckedProperty& checked : kCheckedProperties) {
    if (name != checked.name) continue;
    if (fold(property.text()) != checked.harmless) {
      property.fail(fmt::format("\"{}\" {}", property.text(), checked.why));
    }
    return;
  }
  if (name == "proxy-default-port") {
    global.default_port = property.port();
  } else if (name == "proxy-frontend-max-connections") {
    // 0 is "no limit"; ours stays then.
    const auto limit = static_cast<std::uint32_t>(property.integer(0, 1'000'000));
    if (limit > 0) global.clients_max = limit;
  } else if (name == "proxy-frontend-ssl-enabled") {
    global.tls_wanted = property.boolean();
  } else if (contains(kHintProperties, name)) {
    if (!property.boolean()) property.notice("has no effect: hints in comments are always read");
  } else if (contains(kIgnoredProperties, name)) {
    property.notice(kTunes);
  } else {
    property.fail("is an unknown property; docs/configuration.md lists the known ones");
  }
}

void load_properties(const Entry& entry, GlobalFile& global) {
  Section properties = entry.section();
  for (const Entry& property : properties.all()) {
    if (!property.is_null()) load_property(property, global);
  }
}

void load_transaction(Section& section, GlobalFile& global) {
  if (const auto type = section.find("defaultType")) {
    const std::string folded = fold(type->text());
    if (folded == "base") {
      type->fail("BASE is not supported: it gives up atomicity; LOCAL or XA was expected");
    }
    if (folded != "local" && folded != "xa") type->fail("LOCAL or XA was expected");
    global.two_phase_wanted = folded == "xa";
    if (global.two_phase_wanted) {
      type->notice("XA: COMMIT goes to one shard after the other until two-phase commit is built");
    }
  }
  section.ignore("providerType", "names a Java transaction manager; it has no effect here");
  section.ignore("props", "tunes a Java transaction manager; it has no effect here");
}

void load_translator(Section& section) {
  const auto type = section.find("type");
  if (type && fold(type->text()) != "native") {
    type->fail(fmt::format("\"{}\" is not supported: SQL is not translated", type->text()));
  }
  section.ignore("props", kTunes);
  section.ignore("useOriginalSQLWhenTranslatingFailed", kTunes);
}

void load_federation(Section& section) {
  section.ignore("sqlFederationEnabled", "has no effect: queries over shards are always planned");
  section.ignore("allQueryUseSQLFederation", kTunes);
  section.ignore("executionPlanCache", kTunes);
}

void load_clock(Section& section) {
  const auto enabled = section.find("enabled");
  if (enabled && enabled->boolean()) {
    enabled->fail(
        "is not supported: there is no global clock, and without it transactions would "
        "not see what it promises");
  }
  section.ignore("type", kTunes);
  section.ignore("provider", kTunes);
  section.ignore("props", kTunes);
}

void load_parser(Section& section) {
  section.ignore("sqlCommentParseEnabled", kTunes);
  section.ignore("sqlStatementCache", kTunes);
  section.ignore("parseTreeCache", kTunes);
}

void load_authority(Section& section, GlobalFile& global) {
  if (!global.users.empty()) section.entry().fail("users stand twice");
  global.users = load_users(section);
}

// Old files have as rules what later became keys.
void load_old_rule(const Entry& rule, GlobalFile& global) {
  const std::string tag = rule.tag();
  if (rule.is_null()) return;
  Section section = rule.section();
  if (tag == "!AUTHORITY") {
    load_authority(section, global);
  } else if (tag == "!TRANSACTION") {
    load_transaction(section, global);
  } else if (tag == "!SQL_PARSER") {
    load_parser(section);
  } else if (tag == "!SQL_TRANSLATOR") {
    load_translator(section);
  } else if (tag == "!SQL_FEDERATION") {
    load_federation(section);
  } else if (tag == "!GLOBAL_CLOCK") {
    load_clock(section);
  } else {
    rule.fail(
        fmt::format("\"{}\" is an unknown rule; expected one of !AUTHORITY, !TRANSACTION, "
                    "!SQL_PARSER, !SQL_TRANSLATOR, !SQL_FEDERATION, !GLOBAL_CLOCK",
                    tag));
  }
  section.finish();
}

template <class Load>
void load_key(Section& file, std::string_view key, Load load) {
  const auto entry = file.find(key);
  if (!entry) return;
  Section section = entry->section();
  load(section);
  section.finish();
}

}  // namespace

GlobalFile load_global(const Entry& root) {
  GlobalFile global;
  Section file = root.section();
  load_key(file, "authority", [&](Section& section) { load_authority(section, global); });
  load_key(file, "transaction", [&](Section& section) { load_transaction(section, global); });
  load_key(file, "sqlParser", load_parser);
  load_key(file, "sqlTranslator", load_translator);
  load_key(file, "sqlFederation", load_federation);
  load_key(file, "globalClock", load_clock);
  file.ignore("mode", "rules are read from these files only; it has no effect here");
  file.ignore("logging", kTunes);
  file.ignore("labels", kTunes);
  if (const auto sources = file.find("dataSources")) {
    Section all = sources->section();
    if (!all.all().empty())
      sources->fail("is not supported here; data sources belong to a database");
  }
  if (const auto rules = file.find("rules")) {
    for (const Entry& rule : rules->list()) load_old_rule(rule, global);
  }
  if (const auto properties = file.find("props")) load_properties(*properties, global);
  file.finish();
  return global;
}

}  // namespace tessera::rules
