#include "parser/other.h"

#include <algorithm>

#include "parser/char_class.h"

namespace tessera::parser {
namespace {

// What may stand between CREATE and the kind of object.
constexpr std::string_view kObjectModifiers[] = {"or",     "replace", "temp",     "temporary",
                                                 "local",  "global",  "unlogged", "recursive",
                                                 "unique", "default", "trusted",  "procedural"};

template <std::size_t n>
bool is_one_of(std::string_view word, const std::string_view (&words)[n]) {
  return std::ranges::find(words, word) != std::end(words);
}

std::string folded(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), fold);
  return out;
}

// The `ordinal`th token if it is an unquoted word, else nothing.
std::string word_at(const ParsedStatement::Storage& storage, std::size_t ordinal) {
  if (ordinal >= storage.tokens.size()) return {};
  if (storage.tokens[ordinal].kind != TokenKind::kIdentifier) return {};
  return folded(storage.word(static_cast<TokenIndex>(ordinal)));
}

struct FirstWords {
  std::string first;
  std::string second;  // of CREATE, ALTER and DROP the kind of object
};

FirstWords first_words(const ParsedStatement::Storage& storage) {
  FirstWords out{.first = word_at(storage, 0), .second = word_at(storage, 1)};
  if (out.first != "create" && out.first != "alter" && out.first != "drop") return out;
  for (std::size_t i = 2; is_one_of(out.second, kObjectModifiers); ++i) {
    out.second = word_at(storage, i);
  }
  return out;
}

// Collects names in the arena.
class Names {
 public:
  explicit Names(ParsedStatement::Storage& storage) : storage_(storage) {}

  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* kept = static_cast<char*>(storage_.arena.allocate(text.size(), 1));
    std::ranges::copy(text, kept);
    return {kept, text.size()};
  }

  void add(std::string_view name) { names_.push_back(keep(name)); }

  // Every word of a text that may be SQL or hold names: as it is written and folded.
  void add_words(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      if (!is_char(text[i], kLetterChar)) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < text.size() && is_char(text[end], kWordChar)) ++end;
      const std::string_view word = text.substr(i, end - i);
      add(word);
      if (const std::string lower = folded(word); lower != word) add(lower);
      i = end;
    }
  }

  std::span<const std::string_view> list() {
    if (names_.empty()) return {};
    auto* kept = static_cast<std::string_view*>(storage_.arena.allocate(
        names_.size() * sizeof(std::string_view), alignof(std::string_view)));
    std::ranges::copy(names_, kept);
    return {kept, names_.size()};
  }

 private:
  ParsedStatement::Storage& storage_;
  std::vector<std::string_view> names_;
};

void add_identifiers(const ParsedStatement::Storage& storage, Names& names) {
  for (TokenIndex i = 0; i < storage.tokens.size(); ++i) {
    const TokenKind kind = storage.tokens[i].kind;
    if (kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier) {
      names.add(identifier_name(storage.word(i)));
    }
  }
  for (const Constant& constant : storage.constants) {
    if (constant.kind <= ConstantClass::kNumeric) continue;
    const Result<std::string> value = constant_value(storage.text, constant);
    const std::string_view raw =
        std::string_view(storage.text).substr(constant.offset, constant.length);
    names.add_words(value ? std::string_view(*value) : raw);
  }
}

}  // namespace

const Statement* other_statement(ParsedStatement::Storage& storage) {
  const FirstWords words = first_words(storage);
  Names names(storage);
  add_identifiers(storage, names);
  auto* other = new (storage.arena.allocate(sizeof(OtherStatement), alignof(OtherStatement)))
      OtherStatement();
  other->first_word = names.keep(words.first);
  other->second_word = names.keep(words.second);
  other->identifiers = names.list();
  other->understood = storage.verdict == Verdict::kUnderstood;
  other->sentence = storage.verdict != Verdict::kUnknown;
  if (!other->sentence) other->fault = storage.fault;
  auto* statement = new (storage.arena.allocate(sizeof(Statement), alignof(Statement))) Statement();
  statement->node = other;
  statement->range = {0, static_cast<TokenIndex>(storage.tokens.size() - 1)};
  return statement;
}

}  // namespace tessera::parser
