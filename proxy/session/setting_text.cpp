#include "proxy/session/setting_text.h"

#include <algorithm>
#include <cctype>

#include "parser/shape.h"

namespace tessera::session {
namespace {

// The tokens of a SET or RESET statement.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {
    parser::tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, tokens_);
    tokens_.pop_back();
  }

  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] std::size_t offset(std::size_t i) const {
    return i < size() ? tokens_[i].offset : text_.size();
  }
  std::string_view operator[](std::size_t i) const {
    return text_.substr(tokens_[i].offset, tokens_[i].length);
  }
  [[nodiscard]] bool is(std::size_t i, std::string_view word) const {
    return i < size() && fold((*this)[i]) == word;
  }
  // `word` has a syntax of its own behind SET; `SET role.x = 1` sets role.x.
  [[nodiscard]] bool is_special(std::size_t i, std::string_view word) const {
    return is(i, word) && !is(i + 1, ".");
  }
  // The first word behind RESET or SET [SESSION | LOCAL].
  [[nodiscard]] std::size_t behind_scope() const {
    // SET local.x TO 1 sets local.x.
    const bool name = is(2, ".") || is(2, "=") || is(2, "to");
    return is(0, "set") && (is(1, "session") || is(1, "local")) && !name ? 2 : 1;
  }

 private:
  std::string_view text_;
  std::vector<parser::Token> tokens_;
};

}  // namespace

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::string set_statement(std::string_view name, std::string_view value) {
  // Lists of names: one quoted string would be a single element of theirs.
  if (name == "search_path" || name == "temp_tablespaces" || name == "local_preload_libraries" ||
      name == "session_preload_libraries") {
    std::string list;
    for (const auto& schema : split_search_path(value))
      list += (list.empty() ? "" : ", ") + parser::quote_literal(schema);
    return "SET " + std::string(name) + " = " + (list.empty() ? "''" : list);
  }
  // Behind SET these words are none.
  const bool special = name == "local" || name == "session" || name == "time" || name == "names";
  if (special) return "SET \"" + std::string(name) + "\" = " + parser::quote_literal(value);
  std::string quoted;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t dot = std::min(name.find('.', begin), name.size());
    quoted += (begin > 0 ? "." : "") + parser::quote_identifier(name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return "SET " + quoted + " = " + parser::quote_literal(value);
}

std::vector<std::string> split_search_path(std::string_view value) {
  std::vector<std::string> schemas;
  for (std::size_t begin = 0; begin < value.size();) {
    const char c = value[begin];
    if (c == ',' || std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++begin;
      continue;
    }
    if (c == '"' || c == '\'') {
      std::string schema;
      for (++begin; begin < value.size(); ++begin) {
        const bool quote = value[begin] == c;
        if (quote && begin + 1 < value.size() && value[begin + 1] == c)
          ++begin;
        else if (quote)
          break;
        schema += value[begin];
      }
      ++begin;
      schemas.push_back(std::move(schema));
      continue;
    }
    const std::size_t end = std::min(value.find_first_of(", \t\n", begin), value.size());
    schemas.push_back(fold(value.substr(begin, end - begin)));
    begin = end;
  }
  return schemas;
}

bool is_safe_encoding(std::string_view encoding) {
  std::string name;
  for (const char c : fold(encoding)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  for (const char* unsafe : {"sjis", "shiftjis", "mskanji", "win932", "windows932", "shiftjis2004",
                             "big5", "win950", "windows950", "gbk", "win936", "windows936",
                             "gb18030", "uhc", "win949", "windows949", "johab"}) {
    if (name == unsafe) return false;
  }
  return true;
}

std::string value_of_set(std::string_view statement) {
  const Words words(statement);
  std::size_t at = words.behind_scope();
  if (words.is_special(at, "names")) {
    ++at;
  } else if (words.is_special(at, "time")) {
    at += 2;
  } else if (words.is_special(at, "role") || words.is_special(at, "authorization")) {
    at += words.is(at + 1, "=") || words.is(at + 1, "to") ? 2 : 1;
  } else {
    while (at < words.size() && !words.is(at, "=") && !words.is(at, "to")) ++at;
    ++at;
  }
  std::string value;
  for (; at < words.size(); ++at) value += (value.empty() ? "" : " ") + std::string(words[at]);
  return value;
}

std::string with_scope(std::string_view statement, bool local) {
  const Words words(statement);
  const bool reset = words.is(0, "reset");
  if (reset && !local) return std::string(statement);
  const std::string_view change = statement.substr(words.offset(words.behind_scope()));
  return (local ? "SET LOCAL " : "SET ") + std::string(change) + (reset ? " TO DEFAULT" : "");
}

}  // namespace tessera::session
