#include "parser/hint.h"

#include <algorithm>
#include <array>

namespace tessera::parser {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\f\v";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | '\x20') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// `beginning` is in lower case. Comments stand before many statements, so nothing is allocated.
bool begins_with(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() &&
         std::ranges::equal(text.substr(0, beginning.size()), beginning,
                            [](char a, char b) { return lower(a) == b; });
}

// WRITE_ROUTE_ONLY and writeRouteOnly are one key.
std::string plain_key(std::string_view key) {
  std::string out = lower(key);
  std::erase(out, '_');
  return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = trim(text.substr(0, end)); !part.empty()) out.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void add_value(std::string_view table, bool of_database, std::string_view value, Hints& hints) {
  ShardingHint hint{.table = lower(table), .of_database = of_database, .value = {}};
  hint.value = value;
  hints.values.push_back(std::move(hint));
}

void add(std::string_view key, std::string_view value, Hints& hints) {
  // Of schema.table.KEY the rules know the table alone.
  const auto dot = key.rfind('.');
  std::string_view table = dot == key.npos ? std::string_view() : trim(key.substr(0, dot));
  if (const auto schema = table.rfind('.'); schema != table.npos) table.remove_prefix(schema + 1);
  const std::string name = plain_key(dot == key.npos ? key : trim(key.substr(dot + 1)));
  const bool yes = lower(value) == "true";
  if (name == "shardingdatabasevalue") add_value(table, true, value, hints);
  if (name == "shardingtablevalue") add_value(table, false, value, hints);
  if (name == "datasourcename") hints.data_source = value;
  if (name == "writerouteonly") hints.write_route_only = yes;
  if (name == "skipsqlrewrite") hints.skip_sql_rewrite = yes;
  if (name != "disableauditnames") return;
  for (const auto auditor : split(value, kBlanks)) hints.disabled_auditors.emplace_back(auditor);
}

// What stands behind the name of hints; absent: the comment is an ordinary one.
std::optional<std::string_view> hint_text(std::string_view comment) {
  constexpr std::array<std::string_view, 3> kNames = {
      "shardingsphere_hint:", "tessera_hint:", "shardingsphere hint:"};
  comment = trim(comment);
  for (const std::string_view name : kNames) {
    if (begins_with(comment, name)) return comment.substr(name.size());
  }
  return std::nullopt;
}

Hints read_pairs(std::string_view text) {
  Hints out;
  for (const std::string_view pair : split(text, ",")) {
    const auto equals = pair.find('=');
    if (equals == pair.npos) continue;
    add(trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)), out);
  }
  return out;
}

// The comment that begins at `at`, without its marks; `at` is then behind it. Comments nest.
std::string_view take_comment(std::string_view text, std::size_t& at) {
  const std::size_t begin = at + 2;
  std::size_t depth = 1;
  for (at = begin; at + 1 < text.size(); ++at) {
    const std::string_view two = text.substr(at, 2);
    if (two != "/*" && two != "*/") continue;
    depth += two == "/*" ? 1 : -1;
    ++at;
    if (depth == 0) break;
  }
  at = std::min(at + 1, text.size());
  return text.substr(begin, std::max(at, begin + 2) - 2 - begin);
}

}  // namespace

std::optional<Hints> read_hints(std::string_view before) {
  std::optional<Hints> out;
  std::size_t at = 0;
  while (at + 1 < before.size()) {
    const std::string_view two = before.substr(at, 2);
    if (two == "--") {
      at = std::min(before.find('\n', at), before.size());
    } else if (two == "/*") {
      if (const auto text = hint_text(take_comment(before, at))) out = read_pairs(*text);
    } else {
      ++at;
    }
  }
  return out;
}

}  // namespace tessera::parser
