#include <algorithm>

#include "parser/antlr/builder.h"
#include "parser/char_class.h"

namespace tessera::parser::antlr {

namespace {

bool keyword_at(const ParsedStatement::Storage& storage, TokenIndex token,
                std::initializer_list<std::string_view> words) {
  if (storage.tokens[token].kind != TokenKind::kIdentifier) return false;
  const std::string_view word = storage.word(token);
  return std::ranges::any_of(words, [word](std::string_view keyword) {
    return std::ranges::equal(word, keyword, {}, fold);
  });
}

}  // namespace

void Builder::build(Tree::StatementContext& context) {
  Statement* built = any_statement(context);
  storage_.verdict = failed_ ? Verdict::kSentence : Verdict::kUnderstood;
  if (refused_) storage_.verdict = Verdict::kUnknown;
  if (built != nullptr && storage_.verdict == Verdict::kUnderstood) storage_.statement = built;
}

// Null: all that is known of it are its words.
Statement* Builder::any_statement(Tree::StatementContext& context) {
  if (context.otherStatement() != nullptr) return nullptr;
  auto* change = context.preparable();
  if (change != nullptr && change->mergeStatement() != nullptr && change->withClause() == nullptr) {
    return nullptr;
  }
  Statement* built = change != nullptr ? preparable(*change) : statement(range(context));
  if (auto* control = context.transactionStatement()) built->node = transaction(*control);
  if (auto* setting = context.setStatement()) built->node = set(*setting);
  if (auto* setting = context.resetStatement()) built->node = reset(*setting->resetRest());
  if (auto* setting = context.showStatement()) built->node = show(*setting);
  if (auto* table = context.createTable()) built->node = create_table(*table);
  if (auto* table = context.alterTable()) built->node = alter_table(*table);
  if (auto* table = context.dropTable()) built->node = drop_table(*table);
  if (auto* index = context.createIndex()) built->node = create_index(*index);
  if (auto* index = context.dropIndex()) built->node = drop_index(*index);
  if (auto* tables = context.truncateStatement()) built->node = truncate(*tables);
  if (auto* inner = context.explainStatement()) built->node = explain(*inner);
  if (auto* rows = context.copyStatement()) built->node = copy(*rows);
  return built;
}

std::string_view Builder::keep_text(std::string text) {
  const std::vector<char> bytes(text.begin(), text.end());
  const std::span<const char> kept = keep(bytes);
  return {kept.data(), kept.size()};
}

TokenIndex Builder::first(const Context& context) {
  return static_cast<TokenIndex>(context.start->getTokenIndex());
}

TokenIndex Builder::end(const Context& context) {
  // A rule that matched nothing stops before it starts.
  if (context.stop == nullptr) return first(context);
  return std::max(first(context), static_cast<TokenIndex>(context.stop->getTokenIndex() + 1));
}

std::string_view Builder::word(const antlr4::Token& token) const {
  return storage_.word(static_cast<TokenIndex>(token.getTokenIndex()));
}

std::string_view Builder::lower(std::string_view text) {
  if (std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) return text;
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), fold);
  return keep_text(std::move(folded));
}

std::string_view Builder::identifier(TokenIndex token) {
  const std::string_view text = storage_.word(token);
  const bool plain = storage_.tokens[token].kind == TokenKind::kIdentifier && text.size() < 64;
  return plain ? lower(text) : keep_text(identifier_name(text));
}

std::span<const std::string_view> Builder::names(Tree::NameListContext* context) {
  std::vector<std::string_view> list;
  if (context != nullptr) {
    for (const auto* item : context->name()) list.push_back(name(*item));
  }
  return keep(list);
}

QualifiedName Builder::qualified(Tree::QualifiedNameContext& context) {
  QualifiedName out;
  out.range = range(context);
  out.name = identifier(out.range.end - 1);
  if (out.range.end - out.range.first >= 3) out.schema = identifier(out.range.end - 3);
  return out;
}

// The tokens in lower case, one space between words, none around punctuation: timestamp(3) with
// time zone.
std::string_view Builder::type_text(TokenRange tokens, TokenRange skipped) {
  std::string text;
  bool after_word = false;
  for (TokenIndex i = tokens.first; i < tokens.end; ++i) {
    if (i == skipped.first && !skipped.empty()) i = skipped.end;
    if (i >= tokens.end) break;
    const std::string_view token = storage_.word(i);
    const TokenKind kind = storage_.tokens[i].kind;
    const bool is_word = kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier;
    if (is_word && (after_word || text.ends_with(')') || text.ends_with(']'))) text += ' ';
    text += kind == TokenKind::kIdentifier ? lower(token) : token;
    after_word = is_word;
  }
  return keep_text(std::move(text));
}

bool Builder::has_query(TokenRange tokens) const {
  for (TokenIndex i = tokens.first; i < tokens.end; ++i) {
    if (keyword_at(storage_, i, {"select", "table", "values"})) return true;
  }
  return false;
}

std::string_view Builder::string_value(TokenIndex token) {
  const std::uint32_t offset = storage_.tokens[token].offset;
  const auto found = std::ranges::lower_bound(storage_.constants, offset, {}, &Constant::offset);
  const Result<std::string> value = constant_value(storage_.text, *found);
  if (value) return keep_text(*value);
  failed_ = true;
  return {};
}

Statement* Builder::statement(TokenRange range) {
  auto* built = make<Statement>();
  built->range = range;
  return built;
}

}  // namespace tessera::parser::antlr
