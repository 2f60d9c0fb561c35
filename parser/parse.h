#pragma once
// Text to AST. The slow path: it runs once per shape, then the plan cache answers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "parser/ast.h"
#include "parser/shape.h"

namespace tessera::parser {

// A statement with everything its AST points into. Immutable; moves keep the nodes where they are.
class ParsedStatement {
 public:
  struct Storage;
  explicit ParsedStatement(std::shared_ptr<const Storage> storage);

  [[nodiscard]] const Statement& statement() const;
  // The statement's own text, from its first to its last token.
  [[nodiscard]] std::string_view text() const;
  // The tokens of text(), their offsets relative to it; the last one is kEnd.
  [[nodiscard]] const std::vector<Token>& tokens() const;
  // The constants of text(), offsets relative to it.
  [[nodiscard]] const std::vector<Constant>& constants() const;

 private:
  std::shared_ptr<const Storage> storage_;
};

// Parses the one statement text[shape.begin, shape.end). `shape` comes from scan() of the same
// text. A statement that the grammar does not know gives an OtherStatement with understood = false,
// never an error: PostgreSQL decides whether it is SQL (architecture.md, decision 8). Errors: 54001
// nested too deep; 42601 from constants that cannot be decoded.
[[nodiscard]] Result<ParsedStatement> parse(std::string_view text, const Shape& shape,
                                            const ScanOptions& options);

// What PostgreSQL would say of a statement that the grammar does not accept (42601, in its words,
// with the place in the statement, from 1, as far as it is known). Absent: it accepts it.
[[nodiscard]] std::optional<Error> syntax_error(const ParsedStatement& parsed);

// How statements have been parsed since the program started, by all threads: by ANTLR's fast
// prediction, by its full one, or not by the grammar. A workload with many of the latter two is
// worth a look.
struct ParseCounts {
  std::uint64_t fast = 0;
  std::uint64_t full = 0;
  std::uint64_t other = 0;
};
[[nodiscard]] ParseCounts parse_counts();

// Warms the parser's prediction cache with typical statements, so that the first client does not
// pay for it.
void warm_up();

}  // namespace tessera::parser
