#include "proxy/plan/passes/constraints.h"

#include <algorithm>

#include "parser/walk.h"
#include "proxy/plan/errors.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::ColumnDefinition;
using parser::Expr;
using parser::QualifiedName;
using parser::TableConstraint;
using parser::TokenRange;
using rules::ShardingTable;
using rules::TableKind;
using Names = std::vector<std::string>;

bool is_serial(std::string_view type) {
  return type == "serial" || type == "bigserial" || type == "smallserial" || type == "serial4" ||
         type == "serial8" || type == "serial2";
}

bool calls_sequence(const Expr* expr) {
  if (expr == nullptr) return false;
  bool found = false;
  parser::for_each_expr(parser::Node(expr), [&](const Expr& each) {
    found = found ||
            (each.kind == Expr::Kind::kFunction && is_sequence_function(each.function->name.name));
  });
  return found;
}

// The columns written behind REFERENCES t; none: those of its primary key.
Names referenced_columns(const PlanInput& input, const QualifiedName& referenced) {
  Names out;
  const auto& tokens = input.parsed->tokens();
  const auto text = [&](parser::TokenIndex at) {
    return input.parsed->text().substr(tokens[at].offset, tokens[at].length);
  };
  parser::TokenIndex at = referenced.range.end;
  if (at + 1 < tokens.size() && text(at) == "(") {
    for (++at; at + 1 < tokens.size() && text(at) != ")"; ++at) {
      if (text(at) != ",") out.push_back(parser::identifier_name(text(at)));
    }
    return out;
  }
  const auto* table =
      input.catalog->schema->find_table(referenced.schema, referenced.name, input.search_path);
  if (table == nullptr) return out;
  const auto key = std::ranges::find(table->unique_keys, true, &catalog::UniqueKey::primary);
  if (key != table->unique_keys.end()) out = key->columns;
  return out;
}

// Does each sharding column of `from` refer to the sharding column of `to` that leads to the same
// node?
bool keys_refer(const ShardingTable& from, const ShardingTable& to,
                std::span<const std::string_view> columns, const Names& referenced) {
  if (from.hinted() || to.hinted()) return false;
  const auto mine = from.level_columns();
  const auto theirs = to.level_columns();
  if (mine.empty() || mine.size() != theirs.size()) return false;
  for (std::size_t at = 0; at < mine.size(); ++at) {
    const auto place = std::ranges::find(columns, mine[at]);
    const auto position = static_cast<std::size_t>(place - columns.begin());
    if (place == columns.end() || position >= referenced.size()) return false;
    if (referenced[position] != theirs[at]) return false;
  }
  return true;
}

// A foreign key is checked inside each shard.
std::optional<Error> refuse_foreign_key(const PlanInput& input, std::string_view table,
                                        const QualifiedName& referenced,
                                        std::span<const std::string_view> columns) {
  const TableKind from = kind_of_table(input, {}, table);
  const TableKind to = kind_of_table(input, referenced.schema, referenced.name);
  if (to == TableKind::kBroadcast) return {};
  if (from == TableKind::kSingle && to == TableKind::kSingle) return {};
  if (from == TableKind::kSharded && to == TableKind::kSharded) {
    const ShardingTable& mine = *input.catalog->rules->find_sharding_table(table);
    const ShardingTable& theirs = *input.catalog->rules->find_sharding_table(referenced.name);
    const bool together = &mine == &theirs || rules::RuleSet::binding(mine, theirs);
    if (together && keys_refer(mine, theirs, columns, referenced_columns(input, referenced))) {
      return {};
    }
  }
  return foreign_key_across_shards(table, referenced.name);
}

// A foreign key's action must not change a sharding column: the row's place is made of it.
std::optional<Error> refuse_key_action(const PlanInput& input, std::string_view table,
                                       std::span<const std::string_view> columns, TokenRange range,
                                       const QualifiedName& referenced) {
  if (kind_of_table(input, {}, table) != TableKind::kSharded) return {};
  const auto keys = input.catalog->rules->find_sharding_table(table)->sharding_columns();
  const auto is_key = [&](std::string_view column) {
    return std::ranges::find(keys, column) != keys.end();
  };
  if (std::ranges::none_of(columns, is_key)) return {};
  Query query;
  query.input = &input;
  // The sharding column of a sharded parent cannot change, that of a broadcast one can.
  const bool parent_changes =
      kind_of_table(input, referenced.schema, referenced.name) != TableKind::kSharded;
  const TokenRange actions{referenced.range.end, range.end};
  if (mentions(query, actions, "set") || (parent_changes && mentions(query, actions, "update"))) {
    return foreign_key_changes_key(table, referenced.name);
  }
  return {};
}

std::optional<Error> refuse_sequence(const ShardingTable& table, const ColumnDefinition& column) {
  if (is_serial(column.type) || column.identity || calls_sequence(column.default_value)) {
    return sequence_column(table.name, column.name);
  }
  return {};
}

}  // namespace

std::optional<Error> refuse_unique_key(const ShardingTable& table,
                                       std::span<const std::string_view> columns) {
  for (const std::string& key : table.sharding_columns()) {
    if (std::ranges::find(columns, key) == columns.end()) {
      return unique_key_without_key(table.name, key);
    }
  }
  return {};
}

std::optional<Error> refuse_column(const PlanInput& input, std::string_view table,
                                   const ColumnDefinition& column) {
  const std::string_view columns[] = {column.name};
  if (column.references) {
    if (auto refused = refuse_foreign_key(input, table, column.referenced, columns)) return refused;
    if (auto refused = refuse_key_action(input, table, columns, column.range, column.referenced)) {
      return refused;
    }
  }
  if (kind_of_table(input, {}, table) != TableKind::kSharded) return {};
  const ShardingTable& sharded = *input.catalog->rules->find_sharding_table(table);
  if (auto refused = refuse_sequence(sharded, column)) return refused;
  if (column.primary_key || column.unique) return refuse_unique_key(sharded, columns);
  return {};
}

std::optional<Error> refuse_constraint(const PlanInput& input, std::string_view table,
                                       const TableConstraint& constraint) {
  using Kind = TableConstraint::Kind;
  if (constraint.kind == Kind::kForeignKey) {
    if (auto refused =
            refuse_foreign_key(input, table, constraint.referenced, constraint.columns)) {
      return refused;
    }
    return refuse_key_action(input, table, constraint.columns, constraint.range,
                             constraint.referenced);
  }
  if (constraint.kind == Kind::kCheck) return {};
  if (kind_of_table(input, {}, table) != TableKind::kSharded) return {};
  const ShardingTable& sharded = *input.catalog->rules->find_sharding_table(table);
  // ADD CONSTRAINT ... USING INDEX has no columns of its own to look at; neither has it a way in
  // here.
  return refuse_unique_key(sharded, constraint.columns);
}

void add_references(const PlanInput& input, DdlTables& tables, const ColumnDefinition& column) {
  if (!column.references) return;
  if (kind_of_table(input, column.referenced.schema, column.referenced.name) ==
      TableKind::kSharded) {
    tables.add(column.referenced);
  }
}

void add_references(const PlanInput& input, DdlTables& tables, const TableConstraint& constraint) {
  if (constraint.kind != TableConstraint::Kind::kForeignKey) return;
  const QualifiedName& to = constraint.referenced;
  if (kind_of_table(input, to.schema, to.name) == TableKind::kSharded) tables.add(to);
}

}  // namespace tessera::plan
