#pragma once
// The tables that one DDL statement names, and the shards they are on together.

#include <vector>

#include "base/result.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

class DdlTables {
 public:
  // `input` outlives it.
  explicit DdlTables(const PlanInput& input) : input_(input) {}

  // Adds the table `name`; gives its slot if it is sharded, else kNone. Where the name stands it
  // will be that of the actual table.
  std::uint32_t add(const parser::QualifiedName& name);
  // An index or constraint of the table in `slot`: where the table is split inside a shard, actual
  // names differ.
  void add_object(std::string_view name, parser::TokenRange range, std::uint32_t slot);

  // An index, which is where `table` is.
  void add_index(std::string_view table, const parser::QualifiedName& index);

  // The statement on every node of its tables.
  // Errors: 0A000 the tables are in different places.
  [[nodiscard]] Result<Plan> plan() const;

 private:
  struct Entry {
    std::string_view name;
    rules::TableKind kind = rules::TableKind::kSingle;
    const rules::ShardingTable* table = nullptr;
    rules::ShardIndex home = 0;
    std::uint32_t slot = kNone;
  };

  Entry& add_entry(std::string_view schema, std::string_view name);
  [[nodiscard]] bool all_of(rules::TableKind kind) const;
  [[nodiscard]] bool on_every_shard(const Entry& entry) const;
  [[nodiscard]] Status place(Plan& plan) const;
  [[nodiscard]] Error apart() const;

  const PlanInput& input_;
  std::vector<Entry> entries_;
  std::vector<const rules::ShardingTable*> slots_;
  Edits edits_;
};

}  // namespace tessera::plan
