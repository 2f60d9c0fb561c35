#include "parser/print.h"

#include <algorithm>

#include "parser/char_class.h"
#include "parser/keywords.h"

namespace tessera::parser {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

std::string spelling(const Token& token, std::string_view word) {
  if (token.kind == TokenKind::kIdentifier) {
    std::string text(word);
    std::ranges::transform(text, text.begin(), fold);
    return text;
  }
  if (token.kind == TokenKind::kQuotedIdentifier) {
    const std::string name = identifier_name(word);
    // A word in quotes is no keyword.
    if (find_keyword(name) == nullptr) return quote_identifier(name);
    return '"' + name + '"';
  }
  return word == "!=" ? "<>" : std::string(word);
}

// Does a space part `next` from `last`, which is a name if `after_name`?
bool parted(std::string_view last, bool after_name, std::string_view next) {
  if (is_one_of(last, {"(", "[", ".", "::"})) return false;
  if (is_one_of(next, {")", "]", ",", ".", "::", ";", "["})) return false;
  return next != "(" || !after_name;
}

}  // namespace

std::string print(const ParsedStatement& statement) {
  std::string out;
  std::string last = "(";  // nothing parts the first token from what is before it
  bool after_name = false;
  for (const Token& token : statement.tokens()) {
    if (token.kind == TokenKind::kEnd) break;
    std::string next = spelling(token, statement.text().substr(token.offset, token.length));
    if (parted(last, after_name, next)) out += ' ';
    out += next;
    after_name = token.kind == TokenKind::kQuotedIdentifier ||
                 (token.kind == TokenKind::kIdentifier && find_keyword(next) == nullptr);
    last = std::move(next);
  }
  return out;
}

}  // namespace tessera::parser
