#pragma once
// What a ParsedStatement owns: its text and everything that points into it.

#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "parser/parse.h"

namespace tessera::parser {

// What the grammar says of a statement that has no tree of its own.
enum class Verdict : std::uint8_t {
  kUnknown,     // it is no sentence of the grammar
  kSentence,    // it is one, but the AST has no place for a part of it
  kUnderstood,  // its words are all that has to be known
};

struct ParsedStatement::Storage {
  std::string text;
  std::vector<Token> tokens;  // the last one is kEnd
  std::vector<Constant> constants;
  std::pmr::monotonic_buffer_resource arena{2048};
  const Statement* statement = nullptr;
  Verdict verdict = Verdict::kUnknown;
  // Of kUnknown: the first token that cannot stand where it does. Absent: it is not known which.
  std::optional<TokenIndex> fault;

  [[nodiscard]] std::string_view word(TokenIndex token) const {
    return std::string_view(text).substr(tokens[token].offset, tokens[token].length);
  }
};

}  // namespace tessera::parser
