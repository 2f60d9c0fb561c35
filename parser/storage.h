#pragma once
// What a ParsedStatement owns: its text and everything that points into it.

#include <memory_resource>
#include <string>
#include <vector>

#include "parser/parse.h"

namespace tessera::parser {

struct ParsedStatement::Storage {
  std::string text;
  std::vector<Token> tokens;  // the last one is kEnd
  std::vector<Constant> constants;
  std::pmr::monotonic_buffer_resource arena{2048};
  const Statement* statement = nullptr;

  [[nodiscard]] std::string_view word(TokenIndex token) const {
    return std::string_view(text).substr(tokens[token].offset, tokens[token].length);
  }
};

}  // namespace tessera::parser
