#pragma once
// A RuleSet: one logical database as its files describe it. An immutable value; loaded by
// rules/load.h.
//
// Names are ShardingSphere's. A "data source" here is one that rules may name: a
// readwrite-splitting group, or a plain data source that stands in no group. Each is one *shard* to
// the rest of the house.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/tls.h"
#include "rules/algorithm.h"
#include "rules/key_generators/key_generator.h"
#include "rules/value.h"

namespace tessera::rules {

using ShardIndex = std::uint32_t;

// One PostgreSQL endpoint as `dataSources` gives it.
struct DataSource {
  std::string name;
  std::string place;  // of its URL: "FILE:LINE:COLUMN: key"
  std::string host;
  std::uint16_t port = 5432;
  std::string database;
  std::string username;  // empty: each session's own role
  std::string password;
  std::string control_username;  // who reads the catalog there, where `username` is empty
  std::string control_password;
  std::string search_path;       // currentSchema of the URL; empty: the server's
  std::string application_name;  // empty: the client's
  TlsClientSettings tls;
  std::chrono::milliseconds connect_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds lifetime_max{2'100'000};
  std::uint32_t pool_max = 50;
  std::uint32_t pool_min = 1;
  // Of tessera.yaml: so many more connections for statements that have waited so long.
  std::uint32_t reserve_max = 0;
  std::chrono::milliseconds reserve_after{5'000};
};

enum class TransactionalReads : std::uint8_t { kPrimary, kFixed, kDynamic };

// How reads are dealt out to replicas.
struct Balance {
  enum class Kind : std::uint8_t { kRoundRobin, kRandom, kWeight };
  Kind kind = Kind::kRoundRobin;
  std::vector<double> weights;  // of kWeight: one for each replica
};

// Where statements of one shard go.
struct Shard {
  std::string name;  // the group's or the data source's name
  DataSource primary;
  std::vector<DataSource> replicas;  // empty: reads go to the primary
  TransactionalReads transactional_reads = TransactionalReads::kPrimary;
  Balance balance;  // kept; replicas take turns whatever it says
};

// One actual table: its shard and its name there.
struct DataNode {
  ShardIndex shard = 0;
  std::string table;
  friend bool operator==(const DataNode&, const DataNode&) = default;
};

// More columns than a complex strategy may have are a fault of the configuration.
constexpr std::size_t kComplexColumnsMax = 16;

// One level of a table's strategy. At most one of the algorithms is there; none: strategy `none`.
struct Strategy {
  std::string column = {};                          // standard's, lower case as PostgreSQL folds it
  std::shared_ptr<const Algorithm> algorithm = {};  // standard
  std::vector<std::string> columns = {};            // complex's
  std::shared_ptr<const ComplexAlgorithm> complex = {};
  std::shared_ptr<const HintAlgorithm> hint = {};

  [[nodiscard]] bool is_none() const;
};

// What a statement's hints say about one table (TABLE.SHARDING_DATABASE_VALUE and so on). Text that
// is an integer is one. A level of strategy `hint` without values asks all its targets; for levels
// of other strategies hints count nothing.
struct HintValues {
  std::vector<Value> database;
  std::vector<Value> table;
};

inline const HintValues kNoHints;

class NodeIndex;

// A column that an INSERT without it gets a key for.
struct GeneratedKey {
  std::string column;
  std::string generator;  // its name; RuleSet::key_generators has it
};

// DML_SHARDING_CONDITIONS: a statement that says nothing about the sharding columns is refused.
struct Audit {
  std::vector<std::string> auditors;  // names, for DISABLE_AUDIT_NAMES; empty: no audit
  bool hint_may_disable = true;
};

struct ShardingTable {
  std::string name;
  std::vector<DataNode> nodes;  // in the configuration's order; never empty
  Strategy database;
  Strategy table;
  bool automatic = false;  // autoTables: `table` picks among all nodes, `database` is none
  std::optional<std::size_t> binding_group;
  bool split_in_shard = false;  // some shard holds two or more of its nodes
  std::optional<GeneratedKey> generated_key;
  Audit audit;
  std::shared_ptr<const NodeIndex> index;  // set by index_nodes(); routing needs it
  // The node of each remainder of the one sharding column, where only that decides, for values that
  // are not negative; else empty. Set by index_nodes() too.
  std::vector<std::uint32_t> node_of_remainder;
  std::string remainder_column;

  // The sharding columns, without repetition (database first).
  [[nodiscard]] std::vector<std::string> sharding_columns() const;
  // The columns that the levels look at one after the other, a column that both look at twice: in
  // binding tables those at the same place correspond. They outlive nothing but the table.
  [[nodiscard]] std::vector<std::string_view> level_columns() const;
  // Does a level go by hints? Then equal sharding columns do not mean the same node.
  [[nodiscard]] bool hinted() const { return database.hint != nullptr || table.hint != nullptr; }
};

// What the conjuncts of a statement say about one sharding column: either the values it may have,
// or a range.
struct ColumnCondition {
  std::string column;
  std::vector<Value> values;  // used when !range
  bool range = false;
  std::optional<Value> lower;  // closed bounds are not told from open ones: a superset is safe
  std::optional<Value> upper;
  ValueType type = ValueType::kUnknown;  // the column's
};

// Prepares `table` for routing: to be called when its nodes and strategies are set (load does).
void index_nodes(ShardingTable& table, const std::vector<Shard>& shards);
// Do the strategies of an indexed table always come to one node, given all its sharding columns
// and, where it is hinted(), one value for each level that goes by hints?
[[nodiscard]] bool settles_node(const ShardingTable& table);

// Do rows with equal sharding columns always live on one node?
[[nodiscard]] bool columns_settle_node(const ShardingTable& table);

// The nodes (ordinals in table.nodes, ascending) that rows meeting all `conditions` may live in. A
// column may occur in several conditions: their intersection counts. No usable condition: every
// node. NULL among values matches no row. Errors: 0A000 an algorithm cannot route a range and the
// configuration forbids it (INLINE without allow-range-query-with-inline-sharding); 22023 an
// expression's result names no node (as ShardingSphere's "Routed target does not exist").
// Where an algorithm has two_widths(), the nodes of a negative number as the other integer type are
// among them: rows that ShardingSphere stored may be there. route_row() gives the column's own.
[[nodiscard]] Result<std::vector<std::uint32_t>> route(
    const ShardingTable& table, const std::vector<ColumnCondition>& conditions,
    const HintValues& hints = kNoHints);

// The single node of a row to be inserted. `values` are the sharding columns' values.
// Errors: 23502-like 0A000 for NULL ("sharding column ... must not be null"); those of route().
[[nodiscard]] Result<std::uint32_t> route_row(const ShardingTable& table,
                                              const std::vector<ColumnCondition>& values,
                                              const HintValues& hints = kNoHints);

// The hot path: one value for each sharding column, without allocation.
struct ColumnValue {
  std::string_view column;
  const Value* value = nullptr;
  ValueType type = ValueType::kUnknown;
};

struct PointRoute {
  enum class Kind : std::uint8_t {
    kOne,   // rows with these values live in `node` only
    kNone,  // no row can have these values (NULL, a number outside the column's type)
    kMany,  // these values do not settle one node: ask route()
  };
  Kind kind = Kind::kMany;
  std::uint32_t node = 0;
};

// Where rows live whose one sharding column holds the integer `value`, if every level finds that
// quickly; absent: ask route_point().
[[nodiscard]] std::optional<std::uint32_t> quick_point(const ShardingTable& table,
                                                       std::string_view column, std::int64_t value,
                                                       ValueType type);

// Where rows that have exactly `values` live. Errors: those of route().
[[nodiscard]] Result<PointRoute> route_point(const ShardingTable& table,
                                             std::span<const ColumnValue> values,
                                             const HintValues& hints = kNoHints);

enum class TableKind : std::uint8_t { kSharded, kBroadcast, kSingle };

class RuleSet {
 public:
  std::string database;
  std::vector<Shard> shards;
  std::map<std::string, ShardingTable, std::less<>> sharding_tables;  // by logical name, lower case
  std::vector<std::string> broadcast_tables;                          // lower case, sorted
  // The named ones; the others live on default_shard.
  std::map<std::string, ShardIndex, std::less<>> single_tables;
  std::map<std::string, KeyGenerator, std::less<>> key_generators;  // by their names in the file
  // Of each table that a rule names: "FILE:LINE:COLUMN: key", for what servers show to be wrong.
  std::map<std::string, std::string, std::less<>> places;
  ShardIndex default_shard = 0;  // !SINGLE defaultDataSource, else the first

  [[nodiscard]] TableKind kind_of(std::string_view table) const;
  // One shard, and no table that a rule spreads: any statement may go to it as it is.
  [[nodiscard]] bool is_plain() const;
  [[nodiscard]] const ShardingTable* find_sharding_table(std::string_view table) const;
  [[nodiscard]] ShardIndex home_of(std::string_view single_table) const;
  // Are both in one bindingTables group?
  [[nodiscard]] static bool binding(const ShardingTable& a, const ShardingTable& b);
};

}  // namespace tessera::rules
