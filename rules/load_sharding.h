#pragma once
// The parts of !SHARDING beside its tables: strategies and their algorithms, key generators,
// auditors. All throw a ConfigFault.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule_set.h"
#include "rules/yaml_reader.h"

namespace tessera::rules {

// One level of a table's strategy as the file gives it.
struct StrategySpec {
  enum class Kind : std::uint8_t { kNone, kStandard, kComplex, kHint };
  Kind kind = Kind::kNone;
  std::vector<std::string> columns;  // folded; standard without one: the default column
  std::string algorithm;
  Entry entry;
};

// Absent: there is no such key.
[[nodiscard]] std::optional<StrategySpec> find_strategy(Section& section, std::string_view key);
[[nodiscard]] StrategySpec read_strategy(const Entry& entry);

// shardingAlgorithms. One is made for each strategy that names it.
class AlgorithmList {
 public:
  void load(const Entry& entry);
  // No spec: strategy none. `default_column` is empty if there is none.
  [[nodiscard]] Strategy make(const std::optional<StrategySpec>& spec,
                              const std::string& default_column);
  void notice_unused() const;

 private:
  struct Spec {
    Entry entry;
    Entry type;
    Properties properties;
    std::map<std::string, Entry, std::less<>> places;  // of the properties
    bool used = false;
  };
  [[nodiscard]] Spec& require(const StrategySpec& strategy);
  template <class Built>
  [[nodiscard]] auto unwrap(Built built, const Spec& spec) const;

  std::map<std::string, Spec, std::less<>> algorithms_;
};

// keyGenerators, auditors, and who uses them.
class KeyRules {
 public:
  // Reads what stands beside the tables.
  void load(Section& section, RuleSet& rules);
  // Reads keyGenerateStrategy and auditStrategy of one table, or takes the defaults.
  void load_table(Section& section, ShardingTable& table) const;
  // keyGenerateStrategies of 5.5.4, which name their tables. Every sharding table is there.
  void load_strategies(RuleSet& rules) const;

 private:
  [[nodiscard]] GeneratedKey read_key(const Entry& entry) const;
  [[nodiscard]] Audit read_audit(const Entry& entry) const;
  [[nodiscard]] std::string require_generator(const Entry& name) const;
  void load_strategy(const Entry& entry, RuleSet& rules) const;

  std::map<std::string, KeyGenerator, std::less<>> generators_;
  std::vector<std::string> auditors_;
  std::optional<GeneratedKey> default_key_;
  Audit default_audit_;
  std::optional<Entry> strategies_;
};

}  // namespace tessera::rules
