#include "proxy/catalog/schema.h"

#include <algorithm>

#include "proxy/catalog/catalog.h"

namespace tessera::catalog {
namespace {

// pg_type.oid of the types that sharding algorithms know.
constexpr Oid kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kVarchar = 1043;

const Table* in_schema(const Schema& schema, std::string_view space, std::string_view name) {
  const auto found = schema.tables.find({std::string(space), std::string(name)});
  return found == schema.tables.end() ? nullptr : &found->second;
}

// A sharding table may live in a schema that is not on the path asked for.
const Table* anywhere(const Schema& schema, std::string_view name) {
  const auto found = std::ranges::find_if(
      schema.tables, [&](const auto& entry) { return entry.first.second == name; });
  return found == schema.tables.end() ? nullptr : &found->second;
}

}  // namespace

const Column* Table::find_column(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

const Table* Schema::find_table(std::string_view schema, std::string_view name,
                                const std::vector<std::string>& search_path) const {
  if (!schema.empty()) return in_schema(*this, schema, name);
  // PostgreSQL looks into pg_catalog first unless the path puts it elsewhere.
  if (std::ranges::find(search_path, "pg_catalog") == search_path.end()) {
    if (const Table* table = in_schema(*this, "pg_catalog", name)) return table;
  }
  for (const std::string& space : search_path) {
    if (const Table* table = in_schema(*this, space, name)) return table;
  }
  return nullptr;
}

bool Schema::has_tables_in(const std::string& schema) const {
  const auto first = tables.lower_bound({schema, ""});
  return first != tables.end() && first->first.first == schema;
}

const Function* Schema::find_function(std::string_view name) const {
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

const Type* Schema::find_type(Oid type) const {
  const auto found = types.find(type);
  return found == types.end() ? nullptr : &found->second;
}

const View* Schema::find_view(std::string_view name) const {
  const auto found = views.find(name);
  return found == views.end() ? nullptr : &found->second;
}

rules::ValueType value_type(const Schema& schema, std::string_view table, std::string_view column) {
  const Table* found = schema.find_table({}, table);
  if (found == nullptr) found = anywhere(schema, table);
  const Column* typed = found == nullptr ? nullptr : found->find_column(column);
  if (typed == nullptr) return rules::ValueType::kUnknown;
  switch (typed->type) {
    case kInt2:
      return rules::ValueType::kInt2;
    case kInt4:
      return rules::ValueType::kInt4;
    case kInt8:
      return rules::ValueType::kInt8;
    case kText:
    case kVarchar:
      return rules::ValueType::kText;
    default:
      return rules::ValueType::kUnknown;
  }
}

}  // namespace tessera::catalog
