#include "proxy/plan/passes/hidden.h"

#include <set>
#include <vector>

#include "parser/walk.h"
#include "proxy/plan/errors.h"

namespace tessera::plan {
namespace {

using catalog::Catalog;
using rules::TableKind;

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '$'; }

// Calls `visit` for every word of `text`.
template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!starts_word(text[at])) {
      ++at;
      continue;
    }
    const std::size_t first = at;
    while (at < text.size() && continues_word(text[at])) ++at;
    visit(text.substr(first, at - first));
  }
}

// Follows names from text to text.
class Search {
 public:
  Search(const Catalog& catalog, TableKind kind) : catalog_(catalog), kind_(kind) {}

  std::string_view run(std::string_view text) {
    waiting_.push_back(text);
    while (!waiting_.empty() && found_.empty()) {
      const std::string_view next = waiting_.back();
      waiting_.pop_back();
      for_each_word(next, [this](std::string_view word) { look_at(word); });
    }
    return found_;
  }

 private:
  void look_at(std::string_view word) {
    if (!found_.empty() || !seen_.insert(word).second) return;
    if (catalog_.rules->kind_of(word) == kind_) {
      found_ = word;
      return;
    }
    const auto* view = catalog_.schema->find_view(word);
    if (view != nullptr) waiting_.push_back(view->definition);
    const auto* function = catalog_.schema->find_function(word);
    if (function != nullptr && function->user_defined) waiting_.push_back(function->body);
  }

  const Catalog& catalog_;
  const TableKind kind_;
  std::vector<std::string_view> waiting_;
  std::set<std::string_view> seen_;
  std::string_view found_;
};

std::optional<Error> refuse_call(const Catalog& catalog, std::string_view name) {
  const auto* function = catalog.schema->find_function(name);
  if (function == nullptr || !function->user_defined || function->body.empty()) return {};
  const auto sharded = table_named_in(catalog, function->body, TableKind::kSharded);
  if (!sharded.empty()) return sharded_table_in_function(sharded, name);
  if (function->volatility != catalog::Volatility::kVolatile) return {};
  const auto broadcast = table_named_in(catalog, function->body, TableKind::kBroadcast);
  if (!broadcast.empty()) return broadcast_table_in_function(broadcast, name);
  return {};
}

std::optional<Error> refuse_view(const Query& query, const Relation& relation) {
  const std::string_view name = relation.ref->name.name;
  const auto* view = query.schema().find_view(name);
  if (view == nullptr) return {};
  const Catalog& catalog = *query.input->catalog;
  const auto sharded = table_named_in(catalog, view->definition, TableKind::kSharded);
  if (!sharded.empty()) return sharded_table_in_view(sharded, name);
  if (!relation.written) return {};
  const auto broadcast = table_named_in(catalog, view->definition, TableKind::kBroadcast);
  if (!broadcast.empty()) return broadcast_table_in_view(broadcast, name);
  return {};
}

}  // namespace

std::string_view table_named_in(const Catalog& catalog, std::string_view text, TableKind kind) {
  return Search(catalog, kind).run(text);
}

std::optional<Error> refuse_hidden_in_calls(const Catalog& catalog, const parser::Node& node) {
  std::optional<Error> refused;
  parser::for_each_expr(node, [&](const parser::Expr& expr) {
    if (refused || expr.kind != parser::Expr::Kind::kFunction) return;
    refused = refuse_call(catalog, expr.function->name.name);
  });
  return refused;
}

std::optional<Error> refuse_hidden_tables(const Query& query, const parser::Statement& statement) {
  for (const Relation& relation : query.relations) {
    if (relation.kind != RelationKind::kSingle) continue;
    if (auto refused = refuse_view(query, relation)) return refused;
  }
  return refuse_hidden_in_calls(*query.input->catalog, parser::Node(&statement));
}

}  // namespace tessera::plan
