#include "proxy/plan/passes/rename.h"

#include <algorithm>

#include "parser/walk.h"
#include "proxy/plan/errors.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::TableRef;
using parser::TokenRange;

// FROM ONLY (t) and FROM t * have no place for an alias behind the name.
bool has_odd_form(const Query& query, const TableRef& ref) {
  const TokenRange name = ref.name.range;
  const auto last = static_cast<parser::TokenIndex>(query.input->parsed->tokens().size() - 1);
  if (name.end < last && token_text(query, name.end) == "*") return true;
  return ref.only && name.first > 0 && token_text(query, name.first - 1) == "(";
}

bool is_table_form(const Query& query, const Relation& relation) {
  const parser::Select* select = query.levels[relation.level].select;
  return select != nullptr && select->table_form;
}

Result<Edit> rename_relation(const Query& query, const Relation& relation) {
  const TableRef& ref = *relation.ref;
  if (has_odd_form(query, ref)) return renamed_table_form(ref.name.name);
  Edit edit = rename_name(*relation.table, ref.name.range, relation.slot);
  if (ref.alias.empty() && !is_table_form(query, relation)) {
    edit.pieces.push_back(text_piece(" AS "));
    edit.pieces.push_back(copy_piece({ref.name.range.end - 1, ref.name.range.end}));
  }
  return edit;
}

// Is `schema.table` one thing in the whole statement: a table of some FROM that has no alias?
bool names_one_relation(const Query& query, std::string_view schema, std::string_view table) {
  const Relation* found = nullptr;
  for (const Relation& relation : query.relations) {
    if (relation.name != table) continue;
    if (found != nullptr || relation.kind != RelationKind::kSharded) return false;
    found = &relation;
  }
  if (found == nullptr || !found->ref->alias.empty()) return false;
  const auto* described = found->described;
  return schema == (described == nullptr ? found->ref->name.schema : described->schema);
}

// schema.table.column does not find a table that has an alias: the schema is left out.
std::optional<Error> shorten_names(const Query& query, const parser::Statement& statement,
                                   Edits& out) {
  std::optional<Error> refused;
  parser::for_each_expr(parser::Node(&statement), [&](const Expr& expr) {
    const std::size_t parts = expr.parts.size() + (expr.kind == Expr::Kind::kStar ? 1 : 0);
    const bool is_name = expr.kind == Expr::Kind::kColumn || expr.kind == Expr::Kind::kStar;
    if (!is_name || parts < 3) return;
    const std::string_view table = expr.parts[parts - 2];
    const auto* sharded = query.rules().find_sharding_table(table);
    if (sharded == nullptr || !is_renamed(*sharded)) return;
    if (parts > 3 || !names_one_relation(query, expr.parts[0], table)) {
      refused = long_qualifier(table);
      return;
    }
    parser::TokenIndex first = expr.range.first;
    while (token_text(query, first) == "(") ++first;
    out.push_back({{first, first + 2}, {}});
  });
  return refused;
}

}  // namespace

bool is_renamed(const rules::ShardingTable& table) {
  return std::ranges::any_of(table.nodes,
                             [&](const auto& node) { return node.table != table.name; });
}

TokenRange renamed_tokens(const rules::ShardingTable& table, TokenRange name) {
  const bool has_schema = std::ranges::any_of(
      table.nodes, [](const auto& node) { return node.table.find('.') != std::string::npos; });
  if (has_schema) return name;
  return {name.end - 1, name.end};
}

Edit rename_name(const rules::ShardingTable& table, TokenRange name, std::uint32_t slot) {
  Edit edit{.replaced = renamed_tokens(table, name), .pieces = {}};
  edit.pieces.push_back({.kind = Piece::Kind::kTable, .text = {}, .range = {}, .slot = slot});
  return edit;
}

Result<Edits> rename_edits(const Query& query, const parser::Statement& statement) {
  Edits out;
  for (const Relation& relation : query.relations) {
    if (relation.kind != RelationKind::kSharded || !is_renamed(*relation.table)) continue;
    auto edit = rename_relation(query, relation);
    if (!edit) return edit.error();
    out.push_back(std::move(*edit));
  }
  if (out.empty()) return out;
  if (auto refused = shorten_names(query, statement, out)) return std::move(*refused);
  sort_edits(out);
  return out;
}

}  // namespace tessera::plan
