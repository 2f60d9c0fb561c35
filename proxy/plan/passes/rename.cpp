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

// schema.table.column does not find a table that has an alias.
std::optional<Error> refuse_long_names(const Query& query, const parser::Statement& statement) {
  std::optional<Error> refused;
  parser::for_each_expr(parser::Node(&statement), [&](const Expr& expr) {
    const std::size_t parts = expr.parts.size();
    const bool is_long = (expr.kind == Expr::Kind::kColumn && parts > 2) ||
                         (expr.kind == Expr::Kind::kStar && parts > 1);
    if (!is_long) return;
    const std::string_view table =
        expr.parts[expr.kind == Expr::Kind::kColumn ? parts - 2 : parts - 1];
    const auto* sharded = query.rules().find_sharding_table(table);
    if (sharded != nullptr && is_renamed(*sharded)) refused = long_qualifier(table);
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
  if (auto refused = refuse_long_names(query, statement)) return std::move(*refused);
  sort_edits(out);
  return out;
}

}  // namespace tessera::plan
