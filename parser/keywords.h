#pragma once
// The keywords of PostgreSQL 15 (appendix C) and what each may name.

#include <span>
#include <string_view>

namespace tessera::parser {

enum class KeywordClass : unsigned char {
  kUnreserved,
  kColumnName,        // a column or table, but no function or type
  kTypeFunctionName,  // a function or type, but no column or table
  kReserved,
};

struct Keyword {
  std::string_view word;
  KeywordClass kind;
};

// All of them, in order.
[[nodiscard]] std::span<const Keyword> keywords();
// The keyword that `word`, folded, is; null if it is none.
[[nodiscard]] const Keyword* find_keyword(std::string_view word);

}  // namespace tessera::parser
