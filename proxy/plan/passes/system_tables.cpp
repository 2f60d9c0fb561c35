#include "proxy/plan/passes/system_tables.h"

#include <algorithm>
#include <array>
#include <map>

namespace tessera::plan {
namespace {

using Names = NameColumn::Names;
using Columns = std::array<NameColumn, 3>;  // those that are not needed are left out
using Tables = std::map<std::string_view, Columns>;

constexpr NameColumn by_oid(std::string_view column, std::string_view oid) {
  return {.names = Names::kRelation, .column = column, .oid = oid};
}

constexpr NameColumn by_name(std::string_view column, std::string_view schema) {
  return {.names = Names::kRelation, .column = column, .schema = schema};
}

constexpr NameColumn constraint(std::string_view column, std::string_view schema) {
  return {.names = Names::kConstraint, .column = column, .schema = schema};
}

constexpr Columns kRows = {by_oid("relname", "relid")};
constexpr Columns kIndexRows = {by_oid("relname", "relid"), by_oid("indexrelname", "indexrelid")};
constexpr Columns kByTableName = {by_name("tablename", "schemaname")};

const Tables& own_tables() {
  static const Tables kTables = {
      {"pg_class", {by_oid("relname", "oid")}},
      {"pg_index", {by_oid("", "indrelid")}},
      {"pg_trigger", {by_oid("", "tgrelid")}},
      {"pg_constraint",
       {by_oid("", "conrelid"), {.names = Names::kConstraint, .column = "conname", .oid = "oid"}}},
      {"pg_type",
       {by_oid("typname", "typrelid"), {.names = Names::kRowType, .column = {}, .oid = "typelem"}}},
      {"pg_tables", kByTableName},
      {"pg_stats", kByTableName},
      {"pg_rules", kByTableName},
      {"pg_policies", kByTableName},
      {"pg_publication_tables", kByTableName},
      {"pg_indexes",
       {by_name("tablename", "schemaname"),
        by_name("indexname", "schemaname"),
        {.names = Names::kDefinition, .column = "indexdef"}}},
      {"pg_sequences", {by_name("sequencename", "schemaname")}},
      {"pg_stat_all_tables", kRows},
      {"pg_stat_user_tables", kRows},
      {"pg_stat_xact_all_tables", kRows},
      {"pg_stat_xact_user_tables", kRows},
      {"pg_statio_all_tables", kRows},
      {"pg_statio_user_tables", kRows},
      {"pg_statio_all_sequences", kRows},
      {"pg_statio_user_sequences", kRows},
      {"pg_stat_all_indexes", kIndexRows},
      {"pg_stat_user_indexes", kIndexRows},
      {"pg_statio_all_indexes", kIndexRows},
      {"pg_statio_user_indexes", kIndexRows},
  };
  return kTables;
}

constexpr Columns kTableName = {by_name("table_name", "table_schema")};
constexpr Columns kTableAndConstraint = {by_name("table_name", "table_schema"),
                                         constraint("constraint_name", "constraint_schema")};

const Tables& standard_tables() {
  static const Tables kTables = {
      {"tables", kTableName},
      {"columns", kTableName},
      {"table_privileges", kTableName},
      {"role_table_grants", kTableName},
      {"column_privileges", kTableName},
      {"role_column_grants", kTableName},
      {"column_domain_usage", kTableName},
      {"column_udt_usage", kTableName},
      {"table_constraints", kTableAndConstraint},
      {"key_column_usage", kTableAndConstraint},
      {"constraint_table_usage", kTableAndConstraint},
      {"constraint_column_usage", kTableAndConstraint},
      {"check_constraints", {constraint("constraint_name", "constraint_schema")}},
      {"referential_constraints",
       {constraint("constraint_name", "constraint_schema"),
        constraint("unique_constraint_name", "unique_constraint_schema")}},
      {"element_types", {by_name("object_name", "object_schema")}},
      {"sequences", {by_name("sequence_name", "sequence_schema")}},
      {"triggers", {by_name("event_object_table", "event_object_schema")}},
  };
  return kTables;
}

}  // namespace

std::span<const NameColumn> name_columns(std::string_view schema, std::string_view table) {
  if (schema != "pg_catalog" && schema != "information_schema") return {};
  const Tables& tables = schema == "pg_catalog" ? own_tables() : standard_tables();
  const auto found = tables.find(table);
  if (found == tables.end()) return {};
  const auto used = [](const NameColumn& each) {
    return !each.column.empty() || !each.oid.empty();
  };
  const auto count = std::ranges::count_if(found->second, used);
  return std::span(found->second).first(static_cast<std::size_t>(count));
}

}  // namespace tessera::plan
