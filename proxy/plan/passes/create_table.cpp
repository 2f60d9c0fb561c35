#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/constraints.h"
#include "proxy/plan/passes/ddl_tables.h"
#include "proxy/plan/passes/new_table.h"
#include "proxy/plan/passes/relation.h"
#include "proxy/plan/passes/statements.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::ColumnDefinition;
using parser::CreateTable;
using parser::TableConstraint;
using rules::ShardingTable;
using rules::TableKind;

// numeric(12, 2) without its numbers.
std::string_view bare_type(std::string_view type) {
  const auto modifier = type.find('(');
  if (modifier != std::string_view::npos) type = type.substr(0, modifier);
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

// Types whose values can be routed by (Query::value_type).
bool is_routable(std::string_view type) {
  constexpr std::array<std::string_view, 21> kNames = {
      "bigint",     "int8",      "integer", "int",       "int4",
      "smallint",   "int2",      "text",    "varchar",   "character varying",
      "char",       "character", "numeric", "decimal",   "boolean",
      "bool",       "uuid",      "date",    "timestamp", "timestamp without time zone",
      "timestamptz"};
  if (bare_type(type) == "timestamp with time zone") return true;
  return std::ranges::find(kNames, bare_type(type)) != kNames.end();
}

// Is it a type at all? If not, PostgreSQL says so.
bool is_known(const catalog::Schema& schema, std::string_view type) {
  constexpr std::array<std::string_view, 10> kSpelled = {
      "decimal",   "real", "double precision", "float",       "boolean",
      "character", "char", "timestamp",        "bit varying", "dec"};
  type = bare_type(type);
  if (type.starts_with("time") || std::ranges::find(kSpelled, type) != kSpelled.end()) return true;
  return std::ranges::any_of(schema.types, [type](const auto& entry) {
    const std::string_view name = entry.second.name;
    return name == type || (name.ends_with(type) && name[name.size() - type.size() - 1] == '.');
  });
}

bool mentions_sharded(const PlanInput& input) {
  Query query;
  query.input = &input;
  const parser::TokenRange all{0,
                               static_cast<parser::TokenIndex>(input.parsed->tokens().size() - 1)};
  return std::ranges::any_of(input.catalog->rules->sharding_tables,
                             [&](const auto& entry) { return mentions(query, all, entry.first); });
}

class CreatePlanner {
 public:
  CreatePlanner(const PlanInput& input, const CreateTable& create)
      : input_(input),
        create_(create),
        kind_(kind_of_table(input, create.name.schema, create.name.name)),
        tables_(input) {}

  Result<Plan> run() {
    if (create_.temporary || create_.name.schema.starts_with("pg_temp")) return temporary();
    if (kind_ != TableKind::kSingle) {
      if (const auto form = odd_form(); !form.empty()) {
        return create_form_not_supported(create_.name.name, form);
      }
    } else if ((create_.inherits || create_.partitioned) && mentions_sharded(input_)) {
      return inherits_sharded(create_.name.name);
    }
    const std::uint32_t slot = tables_.add(create_.name);
    if (slot != kNone) {
      if (auto refused = refuse_keys()) return std::move(*refused);
    }
    if (Status ok = parts(slot); !ok) return ok.error();
    auto plan = tables_.plan();
    if (!plan || create_.as_select == nullptr) return plan;
    return filled(std::move(*plan));
  }

 private:
  [[nodiscard]] std::string_view odd_form() const {
    if (create_.as_select != nullptr) return "AS";
    if (create_.like) return "LIKE";
    if (create_.partitioned) return "PARTITION";
    if (create_.inherits) return "INHERITS";
    return create_.of_type ? "OF" : "";
  }

  // It would hide the real table from the session that has it.
  Result<Plan> temporary() {
    if (auto refused = refuse_temporary_table(input_, create_.name.name))
      return std::move(*refused);
    Plan out = default_plan(input_);
    out.pins = true;
    if (create_.as_select == nullptr) return out;
    return filled(std::move(out));
  }

  [[nodiscard]] std::optional<Error> refuse_keys() const {
    const ShardingTable& table = *input_.catalog->rules->find_sharding_table(create_.name.name);
    for (const std::string& key : table.sharding_columns()) {
      const auto found = std::ranges::find_if(
          create_.columns, [&](const ColumnDefinition* column) { return column->name == key; });
      if (found == create_.columns.end()) return no_sharding_column(table.name, key);
      if (is_routable((*found)->type)) continue;
      if (is_known(*input_.catalog->schema, (*found)->type)) {
        return sharding_column_type(table.name, key);
      }
    }
    return {};
  }

  Status parts(std::uint32_t slot) {
    for (const ColumnDefinition* column : create_.columns) {
      if (auto refused = refuse_column(input_, create_.name.name, *column)) {
        return std::move(*refused);
      }
      if (kind_ != TableKind::kSingle) add_references(input_, tables_, *column);
      tables_.add_object(column->constraint_name, column->constraint_name_range, slot);
    }
    for (const TableConstraint* constraint : create_.constraints) {
      if (auto refused = refuse_constraint(input_, create_.name.name, *constraint)) {
        return std::move(*refused);
      }
      if (kind_ != TableKind::kSingle) add_references(input_, tables_, *constraint);
      tables_.add_object(constraint->name, constraint->name_range, slot);
    }
    return {};
  }

  // CREATE TABLE AS reads on the shard where it writes.
  Result<Plan> filled(Plan plan) {
    parser::Statement source;
    source.node = create_.as_select;
    const auto query = plan_query(input_, source);
    if (!query) return query.error();
    const bool anywhere = query->route.kind == RouteSpec::Kind::kAnyShard;
    const bool here =
        query->route.kind == RouteSpec::Kind::kShard && query->route.shard == plan.route.shard;
    if (!anywhere && !here) return create_as_elsewhere(create_.name.name);
    plan.ddl = true;
    plan.pins = plan.pins || query->pins;
    return plan;
  }

  const PlanInput& input_;
  const CreateTable& create_;
  const TableKind kind_;
  DdlTables tables_;
};

}  // namespace

Result<Plan> plan_create_table(const PlanInput& input, const CreateTable& create) {
  return CreatePlanner(input, create).run();
}

}  // namespace tessera::plan
