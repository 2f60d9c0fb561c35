#pragma once
// Keywords that are keywords only beside certain tokens, and names everywhere else.

#include <initializer_list>
#include <string_view>
#include <vector>

#include "parser/antlr/token_types.h"

namespace tessera::parser::antlr {

// One word among its neighbours. Types before it are final, types after it are those of the words
// by themselves.
struct WordInContext {
  const ParsedStatement::Storage& storage;
  const std::vector<TypedToken>& tokens;
  std::size_t index;
  bool in_group;  // inside GROUP BY

  // Is the token `distance` places on (or back, if negative) one of `words`, unquoted?
  [[nodiscard]] bool near(std::ptrdiff_t distance,
                          std::initializer_list<std::string_view> words) const;
  [[nodiscard]] bool near_symbol(std::ptrdiff_t distance, char symbol) const;
  [[nodiscard]] bool near_name(std::ptrdiff_t distance) const;
  [[nodiscard]] std::size_t type_at(std::ptrdiff_t distance) const;
};

// The type of a keyword in its place; `type` is the one it has by itself.
[[nodiscard]] std::size_t type_in_context(const WordInContext& word, std::size_t type);

}  // namespace tessera::parser::antlr
