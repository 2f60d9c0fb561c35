#include "proxy/session/setting_text.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "parser/shape.h"

namespace tessera::session {

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::string set_statement(std::string_view name, std::string_view value) {
  // search_path and DateStyle are lists: one quoted string would be a single element of the former.
  if (name == "search_path") {
    std::string list;
    for (const auto& schema : split_search_path(value))
      list += (list.empty() ? "" : ", ") + parser::quote_literal(schema);
    return "SET search_path = " + (list.empty() ? "''" : list);
  }
  std::string quoted;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t dot = std::min(name.find('.', begin), name.size());
    quoted += (begin > 0 ? "." : "") + parser::quote_identifier(name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return "SET " + quoted + " = " + parser::quote_literal(value);
}

std::vector<std::string> split_options(std::string_view options) {
  std::vector<std::string> words;
  std::string word;
  bool escaped = false;
  for (const char c : options) {
    if (!escaped && c == '\\') {
      escaped = true;
      continue;
    }
    if (!escaped && std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
      continue;
    }
    escaped = false;
    word += c;
  }
  if (!word.empty()) words.push_back(std::move(word));
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-c" && i + 1 < words.size()) {
      settings.push_back(words[++i]);
    } else if (words[i].starts_with("-c")) {
      settings.push_back(words[i].substr(2));
    } else if (words[i].starts_with("--")) {
      settings.push_back(words[i].substr(2));
    } else {
      settings.push_back("-");
    }
  }
  return settings;
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
      const std::size_t close = std::min(value.find(c, begin + 1), value.size());
      schemas.emplace_back(value.substr(begin + 1, close - begin - 1));
      begin = close + 1;
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

std::string_view value_of_set(std::string_view statement) {
  const std::string folded = fold(statement);
  std::size_t at = folded.find('=');
  std::size_t length = 1;
  const std::size_t to = folded.find(" to ");
  if (to != std::string::npos && (at == std::string::npos || to < at)) {
    at = to;
    length = 4;
  }
  if (at == std::string::npos) return {};
  return statement.substr(at + length);
}

bool sets_locally(std::string_view statement, std::string_view name) {
  std::istringstream words(fold(statement));
  std::string set;
  std::string local;
  std::string what;
  words >> set >> local >> what;
  return set == "set" && local == "local" && what.substr(0, what.find('=')) == name;
}

}  // namespace tessera::session
