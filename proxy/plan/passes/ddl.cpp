// ALTER, DROP and TRUNCATE TABLE; CREATE and DROP INDEX.

#include <algorithm>

#include "parser/walk.h"
#include "proxy/plan/errors.h"
#include "proxy/plan/passes/constraints.h"
#include "proxy/plan/passes/ddl_tables.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/statements.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::AlterTable;
using parser::QualifiedName;
using rules::ShardingTable;
using rules::TableKind;
using Action = AlterTable::Action;

bool is_sharding_column(const ShardingTable& table, std::string_view column) {
  const auto columns = table.sharding_columns();
  return std::ranges::find(columns, column) != columns.end();
}

// Does a statement contain the word, whatever it means there?
bool has_word(const PlanInput& input, parser::TokenRange range, std::string_view word) {
  Query query;
  query.input = &input;
  return mentions(query, range, word);
}

class AlterPlanner {
 public:
  AlterPlanner(const PlanInput& input, const AlterTable& alter)
      : input_(input), alter_(alter), tables_(input) {}

  Result<Plan> run() {
    const TableKind kind = kind_of_table(input_, alter_.name.schema, alter_.name.name);
    const std::uint32_t slot = tables_.add(alter_.name);
    if (kind != TableKind::kSingle) {
      for (const AlterTable::Change* change : alter_.changes) {
        if (auto refused = refuse_move(*change)) return std::move(*refused);
      }
    }
    if (kind == TableKind::kSharded)
      table_ = input_.catalog->rules->find_sharding_table(alter_.name.name);
    for (const AlterTable::Change* change : alter_.changes) {
      if (Status ok = this->change(*change, kind, slot); !ok) return ok.error();
    }
    return tables_.plan();
  }

 private:
  // The rules know the table by its name.
  [[nodiscard]] std::optional<Error> refuse_move(const AlterTable::Change& change) const {
    if (change.action == Action::kRenameTable || change.action == Action::kSetSchema) {
      return ruled_table_renamed(alter_.name.name);
    }
    return {};
  }

  Status change(const AlterTable::Change& change, TableKind kind, std::uint32_t slot) {
    if (change.column != nullptr) {
      if (auto refused = refuse_column(input_, alter_.name.name, *change.column)) {
        return std::move(*refused);
      }
      if (auto refused = refuse_fill(change, kind)) return std::move(*refused);
      add_references(input_, tables_, *change.column);
      tables_.add_object(change.column->constraint_name, change.column->constraint_name_range,
                         slot);
    }
    if (change.constraint != nullptr) {
      if (auto refused = refuse_constraint(input_, alter_.name.name, *change.constraint)) {
        return std::move(*refused);
      }
      add_references(input_, tables_, *change.constraint);
      tables_.add_object(change.constraint->name, change.constraint->name_range, slot);
    }
    if (change.action == Action::kDropConstraint) {
      tables_.add_object(change.constraint_name, change.constraint_name_range, slot);
    }
    return table_ == nullptr ? Status() : sharded_change(change);
  }

  // ADD COLUMN fills the rows that are there, on each shard for itself.
  [[nodiscard]] std::optional<Error> refuse_fill(const AlterTable::Change& change,
                                                 TableKind kind) const {
    const parser::Expr* value = change.column->default_value;
    if (kind != TableKind::kBroadcast || value == nullptr) return {};
    if (steadiness(*input_.catalog->schema, parser::Node(value)) == Steadiness::kSame) return {};
    return unsteady_broadcast_write(alter_.name.name);
  }

  [[nodiscard]] Status sharded_change(const AlterTable::Change& change) const {
    const bool about_column = change.action == Action::kDropColumn ||
                              change.action == Action::kRenameColumn ||
                              change.action == Action::kAlterColumnType;
    if (about_column && is_sharding_column(*table_, change.column_name)) {
      return sharding_column_altered(table_->name, change.column_name);
    }
    if (change.action == Action::kRenameConstraint && table_->split_in_shard) {
      return constraint_renamed(table_->name);
    }
    if (change.action == Action::kOther &&
        (has_word(input_, change.range, "nextval") || has_word(input_, change.range, "identity"))) {
      return sequence_column(table_->name, change.column_name);
    }
    return {};
  }

  const PlanInput& input_;
  const AlterTable& alter_;
  DdlTables tables_;
  const ShardingTable* table_ = nullptr;
};

}  // namespace

Result<Plan> plan_alter_table(const PlanInput& input, const AlterTable& alter) {
  return AlterPlanner(input, alter).run();
}

Result<Plan> plan_drop_table(const PlanInput& input, const parser::DropTable& drop) {
  DdlTables tables(input);
  for (const QualifiedName& name : drop.names) tables.add(name);
  return tables.plan();
}

Result<Plan> plan_truncate(const PlanInput& input, const parser::Truncate& truncate) {
  DdlTables tables(input);
  for (const parser::TableRef* table : truncate.tables) tables.add(table->name);
  auto plan = tables.plan();
  if (plan) plan->ddl = false;
  return plan;
}

Result<Plan> plan_create_index(const PlanInput& input, const parser::CreateIndex& create) {
  const QualifiedName& name = create.table->name;
  DdlTables tables(input);
  const std::uint32_t slot = tables.add(name);
  const TableKind kind = kind_of_table(input, name.schema, name.name);
  if (create.concurrently && kind != TableKind::kSingle) return concurrent_index(name.name);
  if (create.unique && kind == TableKind::kSharded) {
    const auto& table = *input.catalog->rules->find_sharding_table(name.name);
    if (auto refused = refuse_unique_key(table, create.columns)) return std::move(*refused);
  }
  tables.add_object(create.name.name, create.name.range, slot);
  auto plan = tables.plan();
  if (plan) plan->own_transaction = create.concurrently;
  return plan;
}

Result<Plan> plan_drop_index(const PlanInput& input, const parser::DropIndex& drop) {
  DdlTables tables(input);
  for (const QualifiedName& name : drop.names) {
    const auto found = input.catalog->schema->index_tables.find(name.name);
    // An index that is not known is looked for on the default shard; PostgreSQL says if it is not
    // there.
    QualifiedName table;
    if (found != input.catalog->schema->index_tables.end()) table.name = found->second;
    const TableKind kind = kind_of_table(input, {}, table.name);
    if (drop.concurrently && kind != TableKind::kSingle) return concurrent_index(table.name);
    tables.add_index(table.name, name);
  }
  auto plan = tables.plan();
  if (plan) plan->own_transaction = drop.concurrently;
  return plan;
}

}  // namespace tessera::plan
