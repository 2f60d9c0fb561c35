#include "parser/antlr/context_words.h"

#include <algorithm>
#include <unordered_map>

#include "PostgreSqlParser.h"

namespace tessera::parser::antlr {
namespace {

using Grammar = PostgreSqlParser;
using Word = const WordInContext&;
using Rule = std::size_t (*)(Word word, std::size_t type);

std::size_t keyword_if(bool is_keyword, std::size_t type) {
  return is_keyword ? type : std::size_t{Grammar::IDENTIFIER};
}

// A parenthesis that follows the word: a call, or, after these words, a table's columns.
bool is_call(Word word) {
  return word.near_symbol(1, '(') &&
         !word.near(-1, {"table", "into", "copy", "exists", "references"});
}

// The word is a call's own syntax before a parenthesis: EXTRACT(, TRIM(.
std::size_t before_parenthesis(Word word, std::size_t type) {
  return keyword_if(is_call(word), type);
}
// LEFT( and RIGHT( are functions.
std::size_t not_before_parenthesis(Word word, std::size_t type) {
  return keyword_if(!is_call(word), type);
}

std::size_t with(Word word, std::size_t type) {
  if (word.near(1, {"time"}) && word.near(2, {"zone"})) return Grammar::WITH_TIME;
  const bool ordinality = word.near(1, {"ordinality"}) && word.near_symbol(-1, ')');
  return ordinality ? std::size_t{Grammar::WITH_ORDINALITY} : type;
}
std::size_t without(Word word, std::size_t type) {
  if (word.near(1, {"time"}) && word.near(2, {"zone"})) return Grammar::WITHOUT_TIME;
  return keyword_if(word.near(1, {"oids", "cluster", "function", "hold"}), type);
}
std::size_t at(Word word, std::size_t) {
  const bool zone = word.near(1, {"time"}) && word.near(2, {"zone"});
  return zone ? Grammar::AT_TIME : Grammar::IDENTIFIER;
}
std::size_t time(Word word, std::size_t type) { return keyword_if(word.near(1, {"zone"}), type); }
std::size_t negation(Word word, std::size_t type) {
  const bool predicate = word.near(1, {"between", "in", "like", "ilike", "similar"});
  return predicate ? std::size_t{Grammar::NOT_PREDICATE} : type;
}
std::size_t similar(Word word, std::size_t type) {
  return word.near(1, {"to"}) ? type : std::size_t{Grammar::SIMILAR_PATTERN};
}
std::size_t row(Word word, std::size_t type) {
  return is_call(word) ? std::size_t{Grammar::ROW_CALL} : type;
}
std::size_t rows(Word word, std::size_t type) {
  if (!word.near(1, {"from"}) || !word.near_symbol(2, '(')) return type;
  // After a comma it may be a column: SELECT a, rows FROM (t JOIN u ...).
  const bool call = word.near_symbol(4, '(') || word.near_symbol(6, '(');
  const bool functions =
      word.near(-1, {"from", "join", "lateral"}) || (word.near_symbol(-1, ',') && call);
  return functions ? std::size_t{Grammar::ROWS_FROM} : type;
}
std::size_t values(Word word, std::size_t type) {
  return keyword_if(is_call(word) || word.near(-1, {"default", "for"}), type);
}
std::size_t grouping(Word word, std::size_t type) {
  return keyword_if(word.near(1, {"sets"}), type);
}
std::size_t cube(Word word, std::size_t type) {
  return keyword_if(word.in_group && word.near_symbol(1, '('), type);
}
std::size_t over(Word word, std::size_t type) {
  return keyword_if(word.near_symbol(-1, ')') && (word.near_symbol(1, '(') || word.near_name(1)),
                    type);
}
std::size_t filter(Word word, std::size_t type) {
  return keyword_if(word.near_symbol(-1, ')') && word.near_symbol(1, '('), type);
}
std::size_t within(Word word, std::size_t type) {
  return keyword_if(word.near_symbol(-1, ')') && word.near(1, {"group"}), type);
}
// INTERVAL '1' DAY, INTERVAL(3) '1' SECOND, INTERVAL YEAR TO MONTH
std::size_t interval_field(Word word, std::size_t type) {
  if (word.near(-1, {"interval"})) return type;
  if (word.type_at(-1) == Grammar::STRING) {
    return keyword_if(word.near(-2, {"interval"}) || word.near_symbol(-2, ')'), type);
  }
  const bool range = word.near(-1, {"to"}) && word.near(-2, {"year", "day", "hour", "minute"}) &&
                     word.type_at(-2) != Grammar::IDENTIFIER;
  return keyword_if(range, type);
}
std::size_t varying(Word word, std::size_t type) {
  return keyword_if(word.near(-1, {"character", "char", "nchar", "bit"}), type);
}
std::size_t precision(Word word, std::size_t type) {
  return keyword_if(word.near(-1, {"double"}), type);
}
std::size_t national(Word word, std::size_t type) {
  return keyword_if(word.near(1, {"character", "char"}), type);
}
std::size_t exists(Word word, std::size_t type) {
  return keyword_if(word.near_symbol(1, '(') || word.near(-1, {"if", "not"}), type);
}
// Behind an operand.
std::size_t between(Word word, std::size_t type) {
  return keyword_if(!word.near(-1, {"from", "into", "update", "select", "as", "table"}) &&
                        !word.near_symbol(-1, '(') && !word.near_symbol(-1, ','),
                    type);
}
std::size_t collation(Word word, std::size_t type) {
  return keyword_if(!word.near_symbol(1, '('), type);
}

const std::unordered_map<std::string_view, Rule>& rules() {
  static const std::unordered_map<std::string_view, Rule> table = {
      {"with", with},
      {"without", without},
      {"at", at},
      {"time", time},
      {"not", negation},
      {"similar", similar},
      {"row", row},
      {"rows", rows},
      {"values", values},
      {"grouping", grouping},
      {"cube", cube},
      {"rollup", cube},
      {"over", over},
      {"filter", filter},
      {"within", within},
      {"year", interval_field},
      {"month", interval_field},
      {"day", interval_field},
      {"hour", interval_field},
      {"minute", interval_field},
      {"second", interval_field},
      {"varying", varying},
      {"precision", precision},
      {"national", national},
      {"collation", collation},
      {"extract", before_parenthesis},
      {"overlay", before_parenthesis},
      {"position", before_parenthesis},
      {"substring", before_parenthesis},
      {"trim", before_parenthesis},
      {"treat", before_parenthesis},
      {"normalize", before_parenthesis},
      {"xmlattributes", before_parenthesis},
      {"xmlelement", before_parenthesis},
      {"xmlexists", before_parenthesis},
      {"xmlforest", before_parenthesis},
      {"xmlparse", before_parenthesis},
      {"xmlpi", before_parenthesis},
      {"xmlroot", before_parenthesis},
      {"xmlserialize", before_parenthesis},
      {"exists", exists},
      {"between", between},
      {"xmltable", before_parenthesis},
      {"xmlnamespaces", before_parenthesis},
      {"left", not_before_parenthesis},
      {"right", not_before_parenthesis},
      {"current_schema", not_before_parenthesis},
  };
  return table;
}

}  // namespace

std::size_t WordInContext::type_at(std::ptrdiff_t distance) const {
  const std::size_t place = index + static_cast<std::size_t>(distance);
  return place < tokens.size() ? tokens[place].type : std::size_t{Grammar::UNKNOWN};
}

bool WordInContext::near(std::ptrdiff_t distance,
                         std::initializer_list<std::string_view> words) const {
  const std::size_t place = index + static_cast<std::size_t>(distance);
  if (place >= tokens.size() || tokens[place].keyword == nullptr) return false;
  return std::ranges::find(words, tokens[place].keyword->word) != words.end();
}

bool WordInContext::near_symbol(std::ptrdiff_t distance, char symbol) const {
  const std::size_t place = index + static_cast<std::size_t>(distance);
  if (place >= tokens.size()) return false;
  const Token& token = storage.tokens[place];
  return token.kind == TokenKind::kPunctuation && token.length == 1 &&
         storage.text[token.offset] == symbol;
}

bool WordInContext::near_name(std::ptrdiff_t distance) const {
  const std::size_t place = index + static_cast<std::size_t>(distance);
  if (place >= tokens.size()) return false;
  const TokenKind kind = storage.tokens[place].kind;
  if (kind == TokenKind::kQuotedIdentifier) return true;
  const Keyword* keyword = tokens[place].keyword;
  return kind == TokenKind::kIdentifier &&
         (keyword == nullptr || keyword->kind == KeywordClass::kUnreserved ||
          keyword->kind == KeywordClass::kColumnName);
}

std::size_t type_in_context(const WordInContext& word, std::size_t type) {
  const auto found = rules().find(word.tokens[word.index].keyword->word);
  return found == rules().end() ? type : found->second(word, type);
}

}  // namespace tessera::parser::antlr
