#include "proxy/plan/passes/relation.h"

#include <algorithm>

#include "proxy/plan/oids.h"

namespace tessera::plan {
namespace {

using parser::TableRef;
using rules::TableKind;
using rules::ValueType;

bool is_system_schema(std::string_view schema) {
  return schema == "pg_catalog" || schema == "information_schema" || schema.starts_with("pg_temp");
}

// The schemas that have a table of that name.
std::vector<std::string_view> schemas_with(const catalog::Schema& schema, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto& [key, table] : schema.tables) {
    if (key.second == name) out.emplace_back(key.first);
  }
  return out;
}

// The rules know a table by its name alone: of several, the one in public is meant.
std::string_view ruled_schema(const std::vector<std::string_view>& schemas) {
  const auto found = std::ranges::find(schemas, "public");
  return found == schemas.end() ? schemas.front() : *found;
}

// The first of `schemas` on the search path; empty: none is.
std::string_view visible_schema(const std::vector<std::string_view>& schemas,
                                const std::vector<std::string>& search_path) {
  for (const std::string& space : search_path) {
    if (std::ranges::find(schemas, space) != schemas.end()) return space;
  }
  return {};
}

enum class Owns : std::uint8_t { kNo, kMaybe, kYes };

// Sharding columns exist even where the schema has not been read.
Owns owns(const Relation& relation, std::string_view column) {
  if (relation.renamed) return Owns::kMaybe;
  if (relation.described != nullptr) {
    return relation.described->find_column(column) != nullptr ? Owns::kYes : Owns::kNo;
  }
  if (relation.kind != RelationKind::kSharded) return Owns::kMaybe;
  const auto columns = relation.table->sharding_columns();
  return std::ranges::find(columns, column) != columns.end() ? Owns::kYes : Owns::kMaybe;
}

// Of the tables whose `column` USING made one, the one whose value it has: the first if all joins
// keep their left side, the second of a single right join.
std::optional<RelationId> merged_owner(const Level& level, const std::vector<RelationId>& owners,
                                       std::string_view column) {
  const auto is_merged = [&](RelationId id) {
    return std::ranges::any_of(level.merged, [&](const MergedColumn& merged) {
      return merged.column == column && (merged.left == id || merged.right == id);
    });
  };
  if (!std::ranges::all_of(owners, is_merged)) return std::nullopt;
  const bool keeps_left = std::ranges::all_of(level.merged, [&](const MergedColumn& merged) {
    return merged.column != column || merged.join == TableRef::Join::kInner ||
           merged.join == TableRef::Join::kLeft;
  });
  if (keeps_left) return owners.front();
  if (level.merged.size() != 1 || level.merged[0].join != TableRef::Join::kRight)
    return std::nullopt;
  return level.merged[0].right;
}

const catalog::Table* find_described(const Query& query, const TableRef& ref, RelationKind kind) {
  const catalog::Schema& schema = query.schema();
  if (const auto* found =
          schema.find_table(ref.name.schema, ref.name.name, query.input->search_path)) {
    return found;
  }
  if (kind == RelationKind::kSingle) return nullptr;
  // The rules name a table once; which schema it is in does not matter to them.
  const auto found = std::ranges::find_if(
      schema.tables, [&](const auto& entry) { return entry.first.second == ref.name.name; });
  return found == schema.tables.end() ? nullptr : &found->second;
}

void classify_table(const Query& query, const TableRef& ref, Relation& out) {
  switch (kind_of_table(*query.input, ref.name.schema, ref.name.name)) {
    case TableKind::kSharded:
      out.kind = RelationKind::kSharded;
      out.table = query.rules().find_sharding_table(ref.name.name);
      break;
    case TableKind::kBroadcast:
      out.kind = RelationKind::kBroadcast;
      break;
    case TableKind::kSingle:
      out.kind = RelationKind::kSingle;
      out.home = is_system_schema(ref.name.schema) ? query.rules().default_shard
                                                   : query.rules().home_of(ref.name.name);
      break;
  }
  out.described = find_described(query, ref, out.kind);
}

// Numbers may be equal as numbers and differ as what is hashed; floats most of all.
bool hashes_by_equality(ValueType type) {
  switch (type) {
    case ValueType::kText:
    case ValueType::kBpchar:
    case ValueType::kBool:
    case ValueType::kUuid:
    case ValueType::kDate:
    case ValueType::kTimestamp:
    case ValueType::kTimestamptz:
      return true;
    default:
      return false;
  }
}

}  // namespace

TableKind kind_of_table(const PlanInput& input, std::string_view schema, std::string_view name) {
  if (is_system_schema(schema)) return TableKind::kSingle;
  const TableKind kind = input.catalog->rules->kind_of(name);
  if (kind == TableKind::kSingle) return kind;
  const auto schemas = schemas_with(*input.catalog->schema, name);
  if (schemas.empty()) return kind;
  // A table of that name in another schema is another table.
  if (schema.empty()) schema = visible_schema(schemas, input.search_path);
  return schema.empty() || schema == ruled_schema(schemas) ? kind : TableKind::kSingle;
}

Relation classify(const Query& query, const TableRef& ref,
                  const std::vector<std::string_view>& ctes) {
  Relation out;
  out.ref = &ref;
  out.name = ref.alias;
  out.renamed = !ref.column_aliases.empty();
  if (ref.kind == TableRef::Kind::kSubquery) {
    out.kind = RelationKind::kDerived;
    return out;
  }
  if (ref.kind == TableRef::Kind::kFunction) {
    out.kind = RelationKind::kFunction;
    return out;
  }
  if (ref.alias.empty()) out.name = ref.name.name;
  const bool is_cte =
      ref.name.schema.empty() && std::ranges::find(ctes, ref.name.name) != ctes.end();
  if (is_cte) {
    out.kind = RelationKind::kCte;
    return out;
  }
  classify_table(query, ref, out);
  return out;
}

std::optional<RelationId> owner_of(const Query& query, const std::vector<RelationId>& relations,
                                   std::string_view column) {
  std::vector<RelationId> owners;
  for (const RelationId id : relations) {
    if (owns(query.relations[id], column) == Owns::kYes) owners.push_back(id);
  }
  if (owners.empty()) return std::nullopt;
  // Where a second table might have the column too, PostgreSQL finds the name ambiguous.
  if (owners.size() == 1) return owners.front();
  return merged_owner(query.levels[query.relations[owners.front()].level], owners, column);
}

bool comparable(const Query& query, const ColumnId& a, const ColumnId& b) {
  const ValueType left = query.value_type(a);
  const ValueType right = query.value_type(b);
  if (rules::is_integer_type(left) && rules::is_integer_type(right)) return true;
  if (left == right && hashes_by_equality(left)) return true;
  const Relation& one = query.relations[a.relation];
  const Relation& other = query.relations[b.relation];
  // A column is comparable with itself, whatever its type.
  return one.table != nullptr && one.table == other.table && a.column == b.column;
}

// Query's own questions.

bool Query::inside(ScopeId scope, ScopeId ancestor) const {
  for (; scope != kNone; scope = scopes[scope].parent) {
    if (scope == ancestor) return true;
  }
  return false;
}

bool Query::level_inside(LevelId level, LevelId ancestor) const {
  for (; level != kNone; level = levels[level].around) {
    if (level == ancestor) return true;
  }
  return false;
}

namespace {

bool may_own(const Query& query, const std::vector<RelationId>& relations,
             std::string_view column) {
  return std::ranges::any_of(
      relations, [&](RelationId id) { return owns(query.relations[id], column) != Owns::kNo; });
}

std::optional<ColumnId> resolve_plain(const Query& query, std::string_view column, LevelId level) {
  for (; level != kNone; level = query.levels[level].parent) {
    const auto& relations = query.levels[level].relations;
    if (const auto owner = owner_of(query, relations, column)) return ColumnId{*owner, column};
    if (may_own(query, relations, column)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<ColumnId> resolve_qualified(const Query& query, std::string_view qualifier,
                                          std::string_view column, LevelId level) {
  for (; level != kNone; level = query.levels[level].parent) {
    for (const RelationId id : query.levels[level].relations) {
      const Relation& relation = query.relations[id];
      if (relation.name != qualifier) continue;
      if (relation.names_hidden || relation.renamed) return std::nullopt;
      if (owns(relation, column) == Owns::kNo) return std::nullopt;
      return ColumnId{id, column};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<ColumnId> Query::resolve(const parser::Expr& expr, LevelId level) const {
  if (expr.kind != parser::Expr::Kind::kColumn || expr.parts.empty()) return std::nullopt;
  const std::string_view column = expr.parts.back();
  if (expr.parts.size() == 1) return resolve_plain(*this, column, level);
  return resolve_qualified(*this, expr.parts[expr.parts.size() - 2], column, level);
}

bool Query::may_have_column(LevelId level, std::string_view name) const {
  return may_own(*this, levels[level].relations, name);
}

const catalog::Column* Query::column_of(const ColumnId& column) const {
  const catalog::Table* table = relations[column.relation].described;
  return table == nullptr ? nullptr : table->find_column(column.column);
}

ValueType Query::value_type(const ColumnId& column) const {
  const catalog::Column* found = column_of(column);
  if (found == nullptr) return ValueType::kUnknown;
  // A collation of its own may be nondeterministic: then equal texts need not have equal bytes.
  if (found->collation == catalog::Collation::kOther) return ValueType::kUnknown;
  switch (found->type) {
    case oid::kInt8:
      return ValueType::kInt8;
    case oid::kInt2:
      return ValueType::kInt2;
    case oid::kInt4:
      return ValueType::kInt4;
    case oid::kText:
    case oid::kVarchar:
      return ValueType::kText;
    case oid::kBpchar:
      return ValueType::kBpchar;
    case oid::kNumeric:
      return ValueType::kNumeric;
    case oid::kBool:
      return ValueType::kBool;
    case oid::kUuid:
      return ValueType::kUuid;
    case oid::kDate:
      return ValueType::kDate;
    case oid::kTimestamp:
      return ValueType::kTimestamp;
    case oid::kTimestamptz:
      return ValueType::kTimestamptz;
    default:
      return ValueType::kUnknown;
  }
}

LevelId Query::level_of(const parser::Select* select) const {
  const auto found = std::ranges::find(levels, select, &Level::select);
  return found == levels.end() ? kNone : static_cast<LevelId>(found - levels.begin());
}

}  // namespace tessera::plan
