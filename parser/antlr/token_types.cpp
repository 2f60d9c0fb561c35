#include "parser/antlr/token_types.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_map>

#include "PostgreSqlParser.h"
#include "parser/antlr/context_words.h"
#include "parser/char_class.h"

namespace tessera::parser::antlr {
namespace {

using Grammar = PostgreSqlParser;

// Each level takes about 3 kB of stack in the parser and again in the builder, five times that
// under the sanitizers.
constexpr std::uint32_t kDepthMax = 1000;

Error too_deep() {
  return Error{.sqlstate = "54001",
               .message = "stack depth limit exceeded",
               .hint =
                   "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), "
                   "after ensuring the platform's stack depth limit is adequate."};
}

// Token types of the grammar's literals: keywords and punctuation.
class Literals {
 public:
  Literals() {
    const auto& names = vocabulary();
    for (std::size_t type = 1; type < names.size(); ++type) {
      if (names[type].size() < 3) continue;
      types_.emplace(names[type].substr(1, names[type].size() - 2), type);
    }
    const auto all = keywords();
    keyword_types_.reserve(all.size());
    for (const Keyword& keyword : all) keyword_types_.push_back(keyword_type(keyword));
  }

  [[nodiscard]] std::size_t of(const Keyword& keyword) const {
    return keyword_types_[static_cast<std::size_t>(&keyword - keywords().data())];
  }
  [[nodiscard]] std::size_t of(std::string_view symbol, std::size_t otherwise) const {
    const auto found = types_.find(std::string(symbol));
    return found == types_.end() ? otherwise : found->second;
  }

 private:
  static std::vector<std::string> vocabulary() {
    antlr4::TokenStream* none = nullptr;
    Grammar parser(none);
    const antlr4::dfa::Vocabulary& vocabulary = parser.getVocabulary();
    std::vector<std::string> names;
    for (std::size_t type = 0; type <= vocabulary.getMaxTokenType(); ++type) {
      names.push_back(vocabulary.getLiteralName(type));
    }
    return names;
  }

  [[nodiscard]] std::size_t keyword_type(const Keyword& keyword) const {
    const bool reserved = keyword.kind == KeywordClass::kReserved;
    return of(keyword.word,
              reserved ? std::size_t{Grammar::RESERVED} : std::size_t{Grammar::IDENTIFIER});
  }

  std::unordered_map<std::string, std::size_t> types_;
  std::vector<std::size_t> keyword_types_;
};

const Literals& literals() {
  static const Literals instance;
  return instance;
}

class Typing {
 public:
  Typing(const ParsedStatement::Storage& storage, std::vector<TypedToken>& out)
      : storage_(storage), out_(out) {}

  Status run() {
    const std::size_t count = storage_.tokens.size();
    out_.assign(count, {});
    closing_.assign(count, 0);
    for (std::size_t i = 0; i < count; ++i) out_[i] = by_itself(static_cast<TokenIndex>(i));
    const Status nested = match_parentheses();
    if (!nested) return nested;
    for (std::size_t i = 0; i < count; ++i) {
      follow_select(i);
      in_context(i);
    }
    for (std::size_t i = count; i-- > 0;) {
      if (is(i, '(') && opens_query(i)) out_[i].type = Grammar::QUERY_OPEN;
    }
    return {};
  }

 private:
  [[nodiscard]] TypedToken by_itself(TokenIndex i) const {
    const std::string_view word = storage_.word(i);
    switch (storage_.tokens[i].kind) {
      case TokenKind::kIdentifier: {
        const Keyword* keyword = keyword_of(word);
        return {keyword != nullptr ? literals().of(*keyword) : std::size_t{Grammar::IDENTIFIER},
                keyword};
      }
      case TokenKind::kQuotedIdentifier:
        return {Grammar::IDENTIFIER, nullptr};
      case TokenKind::kConstant: {
        const bool number = is_char(word[0], kDigitChar) || word[0] == '.';
        return {number ? std::size_t{Grammar::NUMBER} : std::size_t{Grammar::STRING}, nullptr};
      }
      case TokenKind::kParameter:
        return {Grammar::PARAMETER, nullptr};
      case TokenKind::kOperator:
        return {literals().of(word, Grammar::OPERATOR_SYMBOL), nullptr};
      case TokenKind::kPunctuation:
        return {literals().of(word, Grammar::UNKNOWN), nullptr};
      case TokenKind::kEnd:
        break;
    }
    return {antlr4::Token::EOF, nullptr};
  }

  static const Keyword* keyword_of(std::string_view word) {
    std::array<char, 24> folded{};
    if (word.size() > folded.size()) return nullptr;
    std::ranges::transform(word, folded.begin(), fold);
    return find_keyword({folded.data(), word.size()});
  }

  [[nodiscard]] bool is(std::size_t i, char punctuation) const {
    const Token& token = storage_.tokens[i];
    return token.kind == TokenKind::kPunctuation && token.length == 1 &&
           storage_.text[token.offset] == punctuation;
  }
  [[nodiscard]] bool is_word(std::size_t i, std::initializer_list<std::string_view> words) const {
    const Keyword* keyword = i < out_.size() ? out_[i].keyword : nullptr;
    return keyword != nullptr && std::ranges::find(words, keyword->word) != words.end();
  }

  // Finds each parenthesis's end, and how deep the parser will have to go.
  Status match_parentheses() {
    std::vector<std::size_t> open;
    std::uint32_t cases = 0;
    std::uint32_t brackets = 0;
    std::uint32_t joins = 0;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (is(i, '(')) {
        open.push_back(i);
      } else if (is(i, ')') && !open.empty()) {
        closing_[open.back()] = i;
        open.pop_back();
      } else if (is(i, '[')) {
        ++brackets;
      } else if (is(i, ']') && brackets > 0) {
        --brackets;
      } else if (is_word(i, {"case"})) {
        ++cases;
      } else if (is_word(i, {"end"}) && cases > 0) {
        --cases;
      } else if (is_word(i, {"join"})) {
        ++joins;
      } else if (is_word(i, {"on", "using", "cross", "natural"}) && joins > 0) {
        --joins;
      }
      if (open.size() + cases + brackets + joins > kDepthMax) return too_deep();
    }
    return {};
  }

  // Does the parenthesis at `i` hold a query? The inner ones are settled already.
  [[nodiscard]] bool opens_query(std::size_t i) const {
    if (is_word(i + 1, {"select", "with", "table"})) return true;
    if (is_word(i + 1, {"values"})) return is(i + 2, '(');
    if (out_[i + 1].type != Grammar::QUERY_OPEN || closing_[i + 1] == 0) return false;
    // ((SELECT ...)) in a call or a row is an argument in parentheses, elsewhere a query in two.
    if (i > 0 && is_call(i - 1)) return false;
    const std::size_t after = closing_[i + 1] + 1;
    return is(after, ')') || is_word(after, {"union", "intersect", "except", "order", "limit",
                                             "offset", "fetch", "for"});
  }
  [[nodiscard]] bool is_call(std::size_t before) const {
    if (is(before, ',')) return true;
    const TokenKind kind = storage_.tokens[before].kind;
    if (kind == TokenKind::kQuotedIdentifier) return true;
    if (kind != TokenKind::kIdentifier) return false;
    const Keyword* keyword = out_[before].keyword;
    if (keyword == nullptr) return true;
    if (keyword->kind == KeywordClass::kReserved) return false;
    return !is_word(before, {"exists", "materialized", "join", "like", "ilike", "by"});
  }

  void in_context(std::size_t i) {
    TypedToken& token = out_[i];
    const TokenKind kind = storage_.tokens[i].kind;
    if (is(i, '.')) {
      const bool field = i > 0 && (is(i - 1, ')') || is(i - 1, ']') ||
                                   storage_.tokens[i - 1].kind == TokenKind::kParameter);
      if (field) token.type = Grammar::FIELD_DOT;
      return;
    }
    if (kind != TokenKind::kIdentifier && kind != TokenKind::kQuotedIdentifier) return;
    if ((i > 0 && is(i - 1, '.')) || is_bare_label(i)) {
      token.type = Grammar::IDENTIFIER;
    } else if (names_argument(i)) {
      token.type = Grammar::ARGUMENT_NAME;
    } else if (token.keyword != nullptr) {
      token.type = type_in_context({storage_, out_, i, in_group_}, token.type);
      follow_group(i);
    }
  }
  [[nodiscard]] bool names_argument(std::size_t i) const {
    const Keyword* keyword = out_[i].keyword;
    if (keyword != nullptr &&
        (keyword->kind == KeywordClass::kReserved || keyword->kind == KeywordClass::kColumnName))
      return false;
    const std::string_view next = storage_.word(static_cast<TokenIndex>(i + 1));
    return next == "=>" || next == ":=";
  }
  // SELECT a left, b all FROM t: any keyword may name a column of the result, if what surrounds it
  // can be nothing else. Those that end a CASE or that predicates end with are taken for that.
  [[nodiscard]] bool is_bare_label(std::size_t i) const {
    const Keyword* keyword = out_[i].keyword;
    if (keyword == nullptr || keyword->kind == KeywordClass::kUnreserved || i == 0) return false;
    const bool over = is(i + 1, ',') || is_word(i + 1, {"from"}) || i + 2 == out_.size();
    if (!over || select_depth_ != depth_ || select_depth_ == 0) return false;
    if (is_word(i, {"end",      "select",    "collate", "isnull",    "notnull",   "from",  "array",
                    "as",       "create",    "except",  "fetch",     "for",       "grant", "group",
                    "having",   "intersect", "into",    "limit",     "offset",    "on",    "order",
                    "overlaps", "precision", "char",    "character", "returning", "to",    "union",
                    "where",    "window",    "with"}))
      return false;
    const TokenKind before = storage_.tokens[i - 1].kind;
    return before == TokenKind::kConstant || before == TokenKind::kQuotedIdentifier ||
           before == TokenKind::kParameter || is(i - 1, ')') || is(i - 1, ']') ||
           (before == TokenKind::kIdentifier && out_[i - 1].type == Grammar::IDENTIFIER);
  }
  // How deep in parentheses it is, and how deep the list of results is that it stands in.
  void follow_select(std::size_t i) {
    if (is(i, '(')) ++depth_;
    if (is(i, ')') && depth_ > 0) --depth_;
    if (is_word(i, {"select"}) || is_word(i, {"returning"})) select_depth_ = depth_;
    if (select_depth_ == depth_ && is_word(i, {"from", "where", "into", "group", "order"}))
      select_depth_ = 0;
    if (is(i, ')') && select_depth_ > depth_) select_depth_ = 0;
  }
  // CUBE and ROLLUP are keywords in GROUP BY only.
  void follow_group(std::size_t i) {
    if (is_word(i, {"group"}) && is_word(i + 1, {"by"})) in_group_ = true;
    if (is_word(i,
                {"select", "having", "window", "order", "limit", "union", "except", "intersect"})) {
      in_group_ = false;
    }
  }

  const ParsedStatement::Storage& storage_;
  std::vector<TypedToken>& out_;
  std::vector<std::size_t> closing_;  // of each ( its ), 0 if it has none
  bool in_group_ = false;
  std::uint32_t depth_ = 1;
  std::uint32_t select_depth_ = 0;  // 0: in none
};

}  // namespace

Status type_tokens(const ParsedStatement::Storage& storage, std::vector<TypedToken>& out) {
  return Typing(storage, out).run();
}

}  // namespace tessera::parser::antlr
