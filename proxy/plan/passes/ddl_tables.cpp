#include "proxy/plan/passes/ddl_tables.h"

#include <algorithm>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/rename.h"
#include "proxy/plan/passes/statements.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {

using rules::ShardingTable;
using rules::TableKind;

DdlTables::Entry& DdlTables::add_entry(std::string_view schema, std::string_view name) {
  Entry& entry = entries_.emplace_back();
  entry.name = name;
  entry.kind = kind_of_table(input_, schema, name);
  entry.home = input_.catalog->rules->home_of(name);
  if (entry.kind == TableKind::kSharded) {
    entry.table = input_.catalog->rules->find_sharding_table(name);
    entry.slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(entry.table);
  }
  return entry;
}

std::uint32_t DdlTables::add(const parser::QualifiedName& name) {
  const Entry& entry = add_entry(name.schema, name.name);
  if (entry.table != nullptr && is_renamed(*entry.table)) {
    edits_.push_back(rename_name(*entry.table, name.range, entry.slot));
  }
  return entry.slot;
}

void DdlTables::add_index(std::string_view table, const parser::QualifiedName& index) {
  const Entry& entry = add_entry({}, table);
  add_object(index.name, index.range, entry.slot);
}

void DdlTables::add_object(std::string_view name, parser::TokenRange range, std::uint32_t slot) {
  if (slot == kNone || name.empty() || range.empty() || !slots_[slot]->split_in_shard) return;
  edits_.push_back({.replaced = {range.end - 1, range.end},
                    .pieces = {{.kind = Piece::Kind::kSuffixed,
                                .text = std::string(name),
                                .range = {},
                                .slot = slot}}});
}

bool DdlTables::all_of(TableKind kind) const {
  return std::ranges::all_of(entries_, [kind](const Entry& entry) { return entry.kind == kind; });
}

// Under its own name, once on each shard.
bool DdlTables::on_every_shard(const Entry& entry) const {
  if (entry.kind == TableKind::kBroadcast) return true;
  if (entry.kind == TableKind::kSingle || is_renamed(*entry.table)) return false;
  std::vector<bool> seen(input_.catalog->rules->shards.size(), false);
  for (const auto& node : entry.table->nodes) {
    if (seen[node.shard]) return false;
    seen[node.shard] = true;
  }
  return std::ranges::find(seen, false) == seen.end();
}

Error DdlTables::apart() const {
  return ddl_tables_apart(entries_.front().name, entries_.back().name);
}

Status DdlTables::place(Plan& plan) const {
  if (all_of(TableKind::kSingle)) {
    const auto elsewhere = [&](const Entry& entry) { return entry.home != entries_.front().home; };
    if (std::ranges::any_of(entries_, elsewhere)) return apart();
    plan.route.kind = RouteSpec::Kind::kShard;
    plan.route.shard = entries_.front().home;
    return {};
  }
  const auto everywhere = [this](const Entry& entry) { return on_every_shard(entry); };
  if (std::ranges::all_of(entries_, everywhere)) {
    plan.route.kind = RouteSpec::Kind::kAllShards;
    return {};
  }
  if (!all_of(TableKind::kSharded)) return apart();
  RouteGroup group;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    const auto same_shard = [](const rules::DataNode& a, const rules::DataNode& b) {
      return a.shard == b.shard;
    };
    if (!std::ranges::equal(slots_[slot]->nodes, slots_.front()->nodes, same_shard)) return apart();
    group.push_back({.table = slots_[slot], .conditions = {}, .alternatives = {}, .slot = slot});
  }
  plan.route.kind = RouteSpec::Kind::kSharded;
  plan.route.groups = {std::move(group)};
  return {};
}

Result<Plan> DdlTables::plan() const {
  Plan out = default_plan(input_);
  if (Status ok = place(out); !ok) return ok.error();
  out.slots = static_cast<std::uint32_t>(slots_.size());
  out.slot_tables = slots_;
  out.rename = edits_;
  sort_edits(out.rename);
  out.scatter = Ddl{};
  out.ddl = true;
  return out;
}

}  // namespace tessera::plan
