#include "proxy/plan/passes/words.h"

#include <algorithm>
#include <set>

#include "proxy/plan/passes/functions.h"

namespace tessera::plan {
namespace {

using catalog::Schema;
using parser::TokenKind;
using Names = std::set<std::string_view>;

// The words of a constant.
Names split(std::string_view words) {
  Names out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    out.insert(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

// Statements that keep state whatever else they say, or run what nobody can see into.
const Names& keeping_statements() {
  static const Names kNames = {"listen", "prepare", "load", "do", "call", "execute"};
  return kNames;
}

// Statements in which a name before a parenthesis is no call that they make.
const Names& statements_without_calls() {
  static const Names kNames = {"drop",   "comment", "grant",  "revoke",    "security", "reassign",
                               "lock",   "cluster", "vacuum", "analyze",   "analyse",  "reindex",
                               "notify", "fetch",   "move",   "close",     "unlisten", "truncate",
                               "begin",  "start",   "commit", "rollback",  "set",      "reset",
                               "show",   "discard", "import", "deallocate"};
  return kNames;
}

// CREATE and ALTER of these name functions and types, and call none.
const Names& objects_without_calls() {
  static const Names kNames = {"function", "procedure",  "routine",  "aggregate", "operator",
                               "trigger",  "constraint", "type",     "cast",      "event",
                               "index",    "rule",       "language", "policy",    "view",
                               "domain",   "extension"};
  return kNames;
}

// Words that a parenthesis may follow without a call, and types that take numbers.
const Names& words_before_parentheses() {
  static const Names kNames = split(
      "all and any array as between bit by case cast char character check collate columns "
      "conflict cross cube dec decimal default distinct do else end escape except exclude "
      "exists explain fetch filter float for from full group groups having ilike in include "
      "inner intersect interval into is join key lateral left like limit materialized nchar "
      "natural not offset on only options or order over partition precision primary range "
      "references returning right rollup row rows select set sets similar some sql table then "
      "time timestamp to union unique using values varchar varying when where window with "
      "within overlay position substring xmlattributes xmlexists xmltable normalize passing "
      "extract freeze stdin stdout program of inherits current_time localtime "
      "current_timestamp localtimestamp collation tablesample bernoulli system ordinality hash "
      "btree gin gist brin");
  return kNames;
}

// A name behind one of these is that of a table, a type, a column or an alias.
const Names& words_before_names() {
  static const Names kNames = {"as",        "into",       "table",      "exists",  "function",
                               "procedure", "only",       "::",         "update",  "of",
                               "index",     "constraint", "columns",    "trigger", "aggregate",
                               "view",      "window",     "references", "copy",    "recursive"};
  return kNames;
}

bool is_word(std::string_view word) {
  return !word.empty() && (word.front() == '_' || (word.front() >= 'a' && word.front() <= 'z') ||
                           static_cast<unsigned char>(word.front()) >= 0x80);
}

// Words that stand before an expression; any other word before a name makes that an alias.
bool stands_before_expressions(std::string_view word) {
  return words_before_parentheses().contains(word) || word == "collate" || word == "asc" ||
         word == "desc" || word == "operator" || word == "analyze" || word == "verbose" ||
         word == "isnull" || word == "notnull" || word == "return" || word == "symmetric";
}

// The first word of the dotted name that ends at `at`.
std::size_t begin_of_name(const Words& words, std::size_t at) {
  while (at >= 2 && words[at - 1] == "." && !words.name(at - 2).empty()) at -= 2;
  return at;
}

// WITH name (columns) AS [[NOT] MATERIALIZED] (statement); not a function's AS (column
// definitions).
bool is_named_query(const Words& words, std::size_t at) {
  static const Names kBegin = {"select", "insert", "update", "delete", "merge",
                               "values", "with",   "table",  "("};
  std::size_t depth = 0;
  for (++at; at < words.size(); ++at) {
    if (words[at] == "(") ++depth;
    if (words[at] == ")" && --depth == 0) break;
  }
  if (words[++at] != "as") return false;
  while (words[at + 1] == "not" || words[at + 1] == "materialized") ++at;
  return words[at + 1] == "(" && kBegin.contains(words[at + 2]);
}

// Is the name at `at` called?
bool is_call(const Words& words, std::size_t at) {
  if (words.name(at).empty() || words[at + 1] != "(") return false;
  if (words_before_parentheses().contains(words[at])) return false;
  const std::size_t begin = begin_of_name(words, at);
  if (begin == 0) return false;
  const std::string_view before = words[begin - 1];
  if (words_before_names().contains(before) || before == ")") return false;
  if (is_named_query(words, at)) return false;
  const bool quoted_name = before.empty() && !words.name(begin - 1).empty();
  return !quoted_name && (!is_word(before) || stands_before_expressions(before));
}

template <class Test>
bool any_call(const Words& words, Test test) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (is_call(words, at) && test(words.name(at))) return true;
  }
  return false;
}

// CREATE [OR REPLACE] and what may stand before the kind of object.
std::string_view object_of(const Words& words) {
  static const Names kBefore = {"or",        "replace", "temp",       "temporary",
                                "local",     "global",  "unique",     "unlogged",
                                "recursive", "trusted", "procedural", "materialized"};
  std::size_t at = 1;
  while (kBefore.contains(words[at])) ++at;
  return words[at];
}

bool calls_nothing(const Words& words) {
  const std::string_view first = words[0];
  if (statements_without_calls().contains(first)) return true;
  if (first != "create" && first != "alter") return false;
  if (words[1] == "materialized" || words[2] == "materialized") return false;
  return objects_without_calls().contains(object_of(words));
}

bool names_temporary(const Words& words, std::size_t at) {
  if (words.name(at).starts_with("pg_temp")) return true;
  if (words[at] != "temp" && words[at] != "temporary") return false;
  static const Names kBefore = {"create", "local", "global", "replace", "into"};
  return at > 0 && kBefore.contains(words[at - 1]);
}

// SET of what replaying it on another connection would not bring there, or might not be allowed.
bool sets_what_cannot_move(const Words& words) {
  if (words[0] != "set" && words[0] != "reset") return false;
  static const Names kNames = {"authorization",
                               "session_authorization",
                               "seed",
                               "default_tablespace",
                               "temp_tablespaces",
                               "default_table_access_method",
                               "default_text_search_config",
                               "local_preload_libraries",
                               "session_preload_libraries"};
  // It leaves an empty value behind, where another connection knows no such name.
  if (words[2] == "." && (words[0] == "reset" || words.has("default"))) return true;
  for (std::size_t at = 1; at < std::min<std::size_t>(words.size(), 4); ++at) {
    if (kNames.contains(words.name(at))) return true;
  }
  return false;
}

}  // namespace

Words::Words(std::string_view text, const std::vector<parser::Token>& tokens) {
  words_.reserve(tokens.size());
  for (const parser::Token& token : tokens) {
    const std::string_view written = text.substr(token.offset, token.length);
    const bool name =
        token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kQuotedIdentifier;
    words_.push_back({name ? parser::identifier_name(written) : std::string(written), token.kind});
  }
}

std::string_view Words::operator[](std::size_t at) const {
  if (at >= words_.size()) return {};
  const Word& word = words_[at];
  const bool shown = word.kind == TokenKind::kIdentifier || word.kind == TokenKind::kOperator ||
                     word.kind == TokenKind::kPunctuation;
  return shown ? std::string_view(word.text) : std::string_view();
}

std::string_view Words::name(std::size_t at) const {
  if (at >= words_.size()) return {};
  const Word& word = words_[at];
  const bool name =
      word.kind == TokenKind::kIdentifier || word.kind == TokenKind::kQuotedIdentifier;
  return name ? std::string_view(word.text) : std::string_view();
}

bool Words::has(std::string_view word) const {
  return std::ranges::any_of(words_, [word](const Word& one) {
    return one.kind == TokenKind::kIdentifier && one.text == word;
  });
}

bool keeps_state(const Words& words, const Schema& schema) {
  if (keeping_statements().contains(words[0]) || sets_what_cannot_move(words)) return true;
  if (words[0] == "declare" && words.has("hold")) return true;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (names_temporary(words, at)) return true;
  }
  if (calls_nothing(words)) return false;
  return any_call(words, [&](std::string_view name) { return call_pins(schema, name); });
}

bool keeps_unseen_state(const Words& words, const Schema& schema) {
  static const Names kSeen = {"listen", "prepare"};
  if (kSeen.contains(words[0])) return false;
  if (keeping_statements().contains(words[0]) || sets_what_cannot_move(words)) return true;
  return any_call(words, [&](std::string_view name) {
    return call_pins(schema, name) && name.find("advisory") == std::string_view::npos;
  });
}

bool ends_state(const Words& words) {
  static const Names kEnding = {"unlisten", "drop", "close", "deallocate", "discard"};
  if (kEnding.contains(words[0])) return true;
  if (words[0] == "create" && words.has("commit") && words.has("drop")) return true;
  return any_call(words, gives_up_advisory_locks);
}

bool only_reads(const Words& words, const Schema& schema) {
  static const Names kReading = {"select", "values", "table", "with"};
  static const Names kWriting = {"insert", "update", "delete", "merge", "into", "share"};
  if (!kReading.contains(words[0])) return false;
  if (std::ranges::any_of(kWriting, [&](std::string_view word) { return words.has(word); }))
    return false;
  return !any_call(words, [&](std::string_view name) {
    return steadiness_of_call(schema, name) == Steadiness::kVolatile || call_pins(schema, name);
  });
}

}  // namespace tessera::plan
