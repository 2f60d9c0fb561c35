#pragma once
// The parts of loading, one file each. All throw a ConfigFault.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/data_source.h"
#include "rules/settings.h"
#include "rules/yaml_reader.h"

namespace tessera::rules {

// What global.yaml says.
struct GlobalFile {
  std::vector<User> users;
  bool two_phase_wanted = false;
  std::optional<std::uint16_t> default_port;
  std::optional<std::uint32_t> clients_max;
  bool tls_wanted = false;
};
[[nodiscard]] GlobalFile load_global(const Entry& root);

// The keys below `authority`, or below an old `!AUTHORITY` rule.
[[nodiscard]] std::vector<User> load_users(Section& authority);

[[nodiscard]] RuleSet load_database(const Entry& root);

// The names that rules may use for shards, and those that they may not and why.
class ShardNames {
 public:
  ShardNames(const std::vector<Shard>& shards, std::map<std::string, std::string> group_of_member);
  // Faults: `name` is no shard; the message lists those there are. `used_by` is where it is named.
  [[nodiscard]] ShardIndex require(const std::string& name, const Entry& used_by) const;

 private:
  std::map<std::string, ShardIndex> shards_;
  std::map<std::string, std::string> group_of_member_;
};

// Groups of data sources: the shards, in the order of the data sources.
struct LoadedShards {
  std::vector<Shard> shards;
  std::map<std::string, std::string> group_of_member;
};
[[nodiscard]] LoadedShards load_shards(const std::vector<LoadedSource>& sources,
                                       std::optional<Entry> readwrite_splitting);

// !SHARDING: fills the sharding tables, and the broadcast tables of its old spelling.
void load_sharding(const Entry& rule, const ShardNames& names, RuleSet& rules);
// Adds to rules.broadcast_tables, in the file's order.
void load_broadcast(const Entry& tables, RuleSet& rules);
void load_single(const Entry& rule, const ShardNames& names, RuleSet& rules);

// bindingTables. Every sharding table is there.
void load_binding_tables(const Entry& groups, RuleSet& rules);

// tessera.yaml. Absent: the defaults. Gives whether it sets the limit of clients.
struct ProxyFile {
  ProxySettings settings;
  bool clients_max_given = false;
  std::string control_username;  // empty: not given
  std::string control_password;
};
[[nodiscard]] ProxyFile load_proxy(const Entry& root, const std::vector<RuleSet>& databases);

// `tls` of tessera.yaml. Faults: files that cannot be used, too.
[[nodiscard]] TlsServerSettings load_tls(const Entry& entry);

// Its hba list.
[[nodiscard]] std::vector<HbaRule> load_hba(const Entry& list);

// Its authQuery. Without a user name, the data source's is what there is.
[[nodiscard]] AuthQuery load_auth_query(const Entry& entry, const std::vector<RuleSet>& databases);

// Expands a node list; its faults get the entry's place.
[[nodiscard]] std::vector<std::string> expand(const Entry& entry);

}  // namespace tessera::rules
