#pragma once
// A statement as a row of words: enough to tell what it may leave behind in its server session,
// and, in a database of one server, all that has to be known of it.

#include <string>
#include <string_view>
#include <vector>

#include "parser/shape.h"
#include "proxy/catalog/schema.h"

namespace tessera::plan {

class Words {
 public:
  // `tokens` are those of `text`.
  Words(std::string_view text, const std::vector<parser::Token>& tokens);

  [[nodiscard]] std::size_t size() const { return words_.size(); }
  // The `at`th token: a keyword or unquoted name in lower case, punctuation and operators as they
  // are; empty for anything else, and outside of the statement.
  [[nodiscard]] std::string_view operator[](std::size_t at) const;
  // The name that the `at`th token is, quoted or not; empty if it is none.
  [[nodiscard]] std::string_view name(std::size_t at) const;
  [[nodiscard]] bool has(std::string_view word) const;

 private:
  struct Word {
    std::string text;
    parser::TokenKind kind;
  };
  std::vector<Word> words_;
};

// May the statement leave something in its server session that SET cannot bring to another one:
// a temporary table, LISTEN, a session's advisory lock, a held cursor, a prepared statement, what
// a function has set, the number of the server process? What is not known may.
[[nodiscard]] bool keeps_state(const Words& words, const catalog::Schema& schema);

// Of a statement that keeps state: may it be something that the server's catalogs do not show? They
// show temporary objects, channels, prepared statements, held cursors and advisory locks.
[[nodiscard]] bool keeps_unseen_state(const Words& words, const catalog::Schema& schema);

// May the statement end state that another one has left? Here belong temporary tables that go with
// their transaction.
[[nodiscard]] bool ends_state(const Words& words);

// Is it a read that a replica may answer: no row lock, no call that is volatile or not known?
[[nodiscard]] bool only_reads(const Words& words, const catalog::Schema& schema);

}  // namespace tessera::plan
