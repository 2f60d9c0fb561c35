// keyGenerators, auditors, and the strategies of tables that name them. They are kept as values;
// asking for keys and refusing statements is the planner's work.

#include <fmt/format.h>

#include <algorithm>

#include "rules/load_sharding.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

SnowflakeOptions read_snowflake(const Entry& props) {
  constexpr std::uint64_t kToleratedMax = 60'000;
  SnowflakeOptions options;
  Section section = props.section();
  if (const auto id = section.find("worker-id")) {
    options.worker_id = static_cast<std::uint32_t>(id->integer(0, 1023));
  }
  if (const auto offset = section.find("max-vibration-offset")) {
    options.vibration_max = static_cast<std::uint32_t>(offset->integer(0, 4095));
  }
  if (const auto tolerated = section.find("max-tolerate-time-difference-milliseconds")) {
    options.backwards_max = std::chrono::milliseconds(tolerated->integer(0, kToleratedMax));
  }
  section.finish();
  return options;
}

KeyGenerator read_generator(const Entry& entry) {
  Section section = entry.section();
  const Entry type = section.require("type", "SNOWFLAKE or UUID");
  const std::string folded = fold(type.text());
  const auto props = section.find("props");
  section.finish();
  if (folded == "snowflake") {
    const bool has_worker = props && props->section().find("worker-id");
    if (!has_worker) {
      type.notice(
          "worker-id is absent and counts as 0; several proxies before the same tables "
          "must have different ones, else they make the same keys");
    }
    return {.kind = KeyGenerator::Kind::kSnowflake,
            .snowflake = props ? read_snowflake(*props) : SnowflakeOptions{}};
  }
  if (folded != "uuid") {
    type.fail(fmt::format("key generator type \"{}\" is not supported; expected SNOWFLAKE or UUID",
                          type.text()));
  }
  if (props) props->section().finish();
  return {.kind = KeyGenerator::Kind::kUuid, .snowflake = {}};
}

void check_auditor(const Entry& entry) {
  Section section = entry.section();
  const Entry type = section.require("type", "DML_SHARDING_CONDITIONS");
  if (fold(type.text()) != "dml_sharding_conditions") {
    type.fail(fmt::format("auditor type \"{}\" is not supported; expected DML_SHARDING_CONDITIONS",
                          type.text()));
  }
  section.ignore("props", "has no effect on this auditor");
  section.finish();
}

}  // namespace

void KeyRules::load(Section& section, RuleSet& rules) {
  if (const auto generators = section.find("keyGenerators")) {
    Section all = generators->section();
    for (const Entry& entry : all.all()) generators_.emplace(entry.name(), read_generator(entry));
  }
  if (const auto auditors = section.find("auditors")) {
    Section all = auditors->section();
    for (const Entry& entry : all.all()) {
      check_auditor(entry);
      auditors_.push_back(entry.name());
    }
  }
  if (const auto key = section.find("defaultKeyGenerateStrategy")) default_key_ = read_key(*key);
  if (const auto audit = section.find("defaultAuditStrategy")) default_audit_ = read_audit(*audit);
  strategies_ = section.find("keyGenerateStrategies");
  rules.key_generators = generators_;
}

std::string KeyRules::require_generator(const Entry& name) const {
  if (!generators_.contains(name.text())) {
    name.fail(fmt::format("key generator \"{}\" does not exist", name.text()));
  }
  return name.text();
}

GeneratedKey KeyRules::read_key(const Entry& entry) const {
  Section section = entry.section();
  GeneratedKey key;
  key.column = fold(section.require("column", "the column that keys are made for").text());
  key.generator =
      require_generator(section.require("keyGeneratorName", "the name of a key generator"));
  section.finish();
  return key;
}

Audit KeyRules::read_audit(const Entry& entry) const {
  Section section = entry.section();
  Audit audit;
  for (const Entry& name : section.require("auditorNames", "names of auditors").names()) {
    if (std::find(auditors_.begin(), auditors_.end(), name.text()) == auditors_.end()) {
      name.fail(fmt::format("auditor \"{}\" does not exist", name.text()));
    }
    audit.auditors.push_back(name.text());
  }
  if (const auto allowed = section.find("allowHintDisable")) {
    audit.hint_may_disable = allowed->boolean();
  }
  section.finish();
  return audit;
}

void KeyRules::load_table(Section& section, ShardingTable& table) const {
  table.generated_key = default_key_;
  table.audit = default_audit_;
  if (const auto key = section.find("keyGenerateStrategy")) table.generated_key = read_key(*key);
  if (const auto audit = section.find("auditStrategy")) table.audit = read_audit(*audit);
}

void KeyRules::load_strategy(const Entry& entry, RuleSet& rules) const {
  Section section = entry.section();
  const Entry type = section.require("keyGenerateType", "column or sequence");
  const std::string folded = fold(type.text());
  const std::string generator =
      require_generator(section.require("keyGeneratorName", "the name of a key generator"));
  const auto logic_table = section.find("logicTable");
  const auto column = section.find("keyGenerateColumn");
  (void)section.find("keyGenerateSequence");
  section.finish();
  if (folded == "sequence") {
    type.fail(
        "keyGenerateType \"sequence\" is not supported; expected column. nextval() asks the "
        "sequence of the default data source, also in an INSERT into a sharding table");
  }
  if (folded != "column") {
    type.fail(fmt::format("column or sequence was expected, not \"{}\"", type.text()));
  }
  if (!logic_table || !column) {
    entry.fail("the keys \"logicTable\" and \"keyGenerateColumn\" were expected");
  }
  const auto table = rules.sharding_tables.find(fold(logic_table->text()));
  if (table == rules.sharding_tables.end()) {
    logic_table->fail(fmt::format("\"{}\" is no sharding table", logic_table->text()));
  }
  table->second.generated_key = GeneratedKey{fold(column->text()), generator};
}

void KeyRules::load_strategies(RuleSet& rules) const {
  if (!strategies_) return;
  Section all = strategies_->section();
  for (const Entry& entry : all.all()) load_strategy(entry, rules);
}

}  // namespace tessera::rules
