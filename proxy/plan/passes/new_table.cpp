#include "proxy/plan/passes/new_table.h"

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/relation.h"

namespace tessera::plan {
namespace {

bool is_elsewhere(const PlanInput& input, std::string_view name) {
  const rules::RuleSet& rules = *input.catalog->rules;
  return rules.home_of(name) != rules.default_shard;
}

// Words that may stand between INTO and the name.
bool is_before_name(std::string_view word) {
  constexpr std::array<std::string_view, 6> kWords = {"temporary", "temp",     "local",
                                                      "global",    "unlogged", "table"};
  return std::ranges::find(kWords, word) != kWords.end();
}

}  // namespace

std::optional<Error> refuse_temporary_table(const PlanInput& input, std::string_view name) {
  if (kind_of_table(input, {}, name) != rules::TableKind::kSingle) {
    return temporary_ruled_table(name);
  }
  if (is_elsewhere(input, name)) return temporary_table_apart(name);
  return {};
}

std::optional<Error> refuse_select_into(const PlanInput& input, const parser::Select& select) {
  const auto& tokens = input.parsed->tokens();
  const auto word = [&](std::size_t at) {
    const auto text = input.parsed->text().substr(tokens[at].offset, tokens[at].length);
    return parser::identifier_name(text);
  };
  const auto is_plain = [&](std::size_t at) {
    return tokens[at].kind == parser::TokenKind::kIdentifier;
  };
  std::size_t at = select.items_end + 1;  // behind INTO
  while (at + 1 < tokens.size() && is_plain(at) && is_before_name(word(at))) ++at;
  if (at + 1 >= tokens.size()) return {};
  std::string schema;
  if (at + 3 < tokens.size() && word(at + 1) == ".") {
    schema = word(at);
    at += 2;
  }
  const std::string name = word(at);
  const bool other = schema.starts_with("pg_temp");
  const auto kind = kind_of_table(input, other ? "" : schema, name);
  if (kind == rules::TableKind::kSingle && !is_elsewhere(input, name)) return {};
  return select_into_ruled_table(name);
}

}  // namespace tessera::plan
