#pragma once
// The statements of a file, as PostgreSQL's scanner tells them apart.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "parser/shape.h"

namespace tessera::tools {

struct Statement {
  std::string_view before;  // what stands between it and the statement before it: comments
  std::string_view text;    // from its first to its last token
  std::uint32_t line = 1;   // of the file, where it begins
  parser::Shape shape;      // of `text`
};

// Calls `each` for every statement, and `failed` for text that cannot be scanned: the line
// and the error, whose position counts from the beginning of the statement. Reading goes on behind
// the next semicolon.
void for_each_statement(std::string_view text, const std::function<void(const Statement&)>& each,
                        const std::function<void(std::uint32_t, const Error&)>& failed);

}  // namespace tessera::tools
