#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <random>

#include "parser/char_class.h"
#include "parser/lexer.h"
#include "parser/shape.h"

namespace tessera::parser {
namespace {

// Fingerprints of two processes differ, so nobody can prepare two statements that collide.
using Secret = std::array<unsigned char, XXH3_SECRET_DEFAULT_SIZE>;

const Secret& secret_of_this_run() {
  static const Secret secret = [] {
    std::random_device device;
    const std::uint64_t seed = (std::uint64_t{device()} << 32U) | device();
    Secret bytes;
    XXH3_generateSecret_fromSeed(bytes.data(), seed);
    return bytes;
  }();
  return secret;
}

// Writes the tokens as SQL text in one canonical form, one space after each word and operator, and
// hashes that. The text reads back as the same tokens, so no two token streams look alike. A
// constant is one byte that no token begins with: 1 + its class.
class TokenHash {
 public:
  // `canonical` gets the text; what it held is lost, its memory is used again.
  explicit TokenHash(std::string& canonical) : canonical_(canonical) { canonical_.clear(); }

  void word(std::string_view token) {
    if (token.size() >= kSize - used_) return long_word(token);
    char* out = buffer_ + used_;
    for (const char c : token) *out++ = fold(c);
    *out = ' ';
    used_ += token.size() + 1;
  }

  // Takes the identifier that begins at text[begin] and gives its end.
  std::uint32_t word_at(std::string_view text, std::uint32_t begin) {
    const char* at = text.data() + begin;
    const char* const room = at + std::min(text.size() - begin, kSize - used_);
    char* out = buffer_ + used_;
    char folded = 0;
    while (at < room && (folded = kFoldedWord[static_cast<unsigned char>(*at)]) != 0) {
      *out++ = folded;
      ++at;
    }
    used_ = static_cast<std::size_t>(out - buffer_);
    while (at < text.data() + text.size() &&
           (folded = kFoldedWord[static_cast<unsigned char>(*at)]) != 0) {
      byte(folded);
      ++at;
    }
    byte(' ');
    return static_cast<std::uint32_t>(at - text.data());
  }

  void verbatim(std::string_view token) {
    if (token.size() >= kSize - used_) {
      flush();
      if (token.size() >= kSize) {
        canonical_.append(token);
        return byte(' ');
      }
    }
    // Nearly always one or two bytes: a loop beats a call.
    char* out = buffer_ + used_;
    for (const char c : token) *out++ = c;
    *out = ' ';
    used_ += token.size() + 1;
  }

  // A token of one byte.
  void mark(char c) {
    if (kSize - used_ < 2) flush();
    buffer_[used_] = c;
    buffer_[used_ + 1] = ' ';
    used_ += 2;
  }

  void constant(ConstantClass kind) { byte(static_cast<char>(1 + static_cast<int>(kind))); }

  // Tokens as they are to stand there.
  void tokens(std::string_view bytes) {
    for (const char c : bytes) byte(c);
  }

  void byte(char c) {
    if (used_ == kSize) flush();
    buffer_[used_++] = c;
  }

  Fingerprint finish() {
    flush();
    const Secret& secret = secret_of_this_run();
    const XXH128_hash_t hash =
        XXH3_128bits_withSecret(canonical_.data(), canonical_.size(), secret.data(), secret.size());
    return {hash.low64, hash.high64};
  }

 private:
  static constexpr std::size_t kSize = 2048;

  void flush() {
    canonical_.append(buffer_, used_);
    used_ = 0;
  }

  void long_word(std::string_view token) {
    for (const char c : token) byte(fold(c));
    byte(' ');
  }

  std::string& canonical_;
  // Left uninitialised: most statements fill a twentieth of it.
  char buffer_[kSize];
  std::size_t used_ = 0;
};

// Finds the `;` that ends a statement. The body of a CREATE FUNCTION in SQL-standard form, BEGIN
// ATOMIC ... END, has its own.
class StatementEnd {
 public:
  void word(std::string_view token) {
    if (words_ == 0) creates_ = is(token, "create");
    ++words_;
    if (!creates_) return;
    if (words_ <= 4) routine_ = routine_ || is(token, "function") || is(token, "procedure");
    if (!routine_ || parentheses_ != 0) return;
    if (blocks_ == 0) {
      if (begin_ && is(token, "atomic")) blocks_ = 1;
      begin_ = is(token, "begin");
    } else if (is(token, "begin") || is(token, "case")) {
      ++blocks_;
    } else if (is(token, "end")) {
      --blocks_;
    }
  }

  bool punctuation(char c) {
    if (c == '(') ++parentheses_;
    if (c == ')' && parentheses_ > 0) --parentheses_;
    return c == ';' && parentheses_ == 0 && blocks_ == 0;
  }

 private:
  static bool is(std::string_view token, std::string_view word) {
    return token.size() == word.size() && std::ranges::equal(token, word, {}, fold);
  }

  std::uint32_t words_ = 0;
  std::uint32_t parentheses_ = 0;
  std::uint32_t blocks_ = 0;
  bool creates_ = false;
  bool routine_ = false;
  bool begin_ = false;
};

// An item of a list as it is hashed.
struct ListItem {
  static constexpr std::size_t kBytesMax = 1024;
  // The longest token of an item: "false ".
  static constexpr std::size_t kTokenBytesMax = 6;

  char bytes[kBytesMax];  // left uninitialised, as the rest until the item is read
  std::size_t size;
  std::uint32_t tokens;
  std::uint32_t lead;
  std::uint32_t constants;

  void clear() { size = tokens = lead = constants = 0; }
  void put(char c) { bytes[size++] = c; }
  void word(std::string_view text) {
    for (const char c : text) put(fold(c));
    put(' ');
  }
  [[nodiscard]] std::string_view written() const { return {bytes, size}; }
};

enum class ListKind : std::uint8_t { kNone, kItems, kRows };

// The list that may begin with a `(` behind `word`.
ListKind list_behind(std::string_view word) {
  const auto is = [word](std::string_view keyword) {
    return std::ranges::equal(word, keyword, {}, fold);
  };
  if (word.size() == 2) return is("in") ? ListKind::kItems : ListKind::kNone;
  return word.size() == 6 && is("values") ? ListKind::kRows : ListKind::kNone;
}

// Reads a list as long as its items are constants. What is none stays unread: it is hashed like
// what stands anywhere else.
class ListFolder {
 public:
  ListFolder(std::string_view text, Lexer& lexer, TokenHash& hash, Shape& shape)
      : text_(text), lexer_(lexer), hash_(hash), shape_(shape) {}

  // Gives false where not even the first item is one: nothing has been read then.
  bool read(ListKind kind) {
    ListItem items[2];
    const ListItem* last = nullptr;
    ListItem* now = &items[0];
    Fold run{};
    while (read_next(kind, last != nullptr, *now)) {
      if (last != nullptr && last->constants > 0 && last->written() == now->written()) {
        ++run.count;
        continue;
      }
      end_run(run);
      if (last != nullptr) hash_.mark(',');
      hash_.tokens(now->written());
      run = {.first = static_cast<std::uint32_t>(shape_.constants.size()) - now->constants,
             .width = now->constants,
             .count = 1,
             .tokens = now->tokens,
             .lead = now->lead};
      last = now;
      now = now == &items[0] ? &items[1] : &items[0];
    }
    end_run(run);
    return last != nullptr;
  }

 private:
  // The comma before it, too. What is no item of constants is given back.
  bool read_next(ListKind kind, bool comma, ListItem& item) {
    const std::uint32_t place = lexer_.place();
    const std::size_t constants = shape_.constants.size();
    Lexeme token;
    const bool begun = !comma || (read_token(token) && is_mark(token, ','));
    if (begun && (kind == ListKind::kRows ? read_row(item) : read_value(item))) {
      shape_.end = end_;
      return true;
    }
    lexer_.back_to(place);
    shape_.constants.resize(constants);
    return false;
  }

  bool read_row(ListItem& item) {
    item.clear();
    Lexeme token;
    if (!read_token(token) || !is_mark(token, '(')) return false;
    take_mark('(', item);
    while (read_token(token)) {
      if (is_mark(token, ')')) {
        take_mark(')', item);
        end_ = token.end;
        return true;
      }
      if (is_mark(token, ',')) {
        take_mark(',', item);
      } else if (!take(token, item)) {
        return false;
      }
      if (item.size + ListItem::kTokenBytesMax > ListItem::kBytesMax) return false;
    }
    return false;
  }

  // Up to the comma or parenthesis behind it.
  bool read_value(ListItem& item) {
    item.clear();
    while (true) {
      const std::uint32_t place = lexer_.place();
      Lexeme token;
      if (!read_token(token)) return false;
      if (is_mark(token, ',') || is_mark(token, ')')) {
        lexer_.back_to(place);
        return item.tokens > 0;
      }
      if (!take(token, item)) return false;
      end_ = token.end;
      if (item.size + ListItem::kTokenBytesMax > ListItem::kBytesMax) return false;
    }
  }

  bool read_token(Lexeme& token) { return lexer_.plain_item(token) || lexer_.next(token); }

  [[nodiscard]] bool is_mark(const Lexeme& token, char c) const {
    return token.kind == TokenKind::kPunctuation && token.end - token.begin == 1 &&
           text_[token.begin] == c;
  }

  static void take_mark(char c, ListItem& item) {
    item.put(c);
    item.put(' ');
    ++item.tokens;
  }

  // False: it is no part of a constant item.
  bool take(const Lexeme& token, ListItem& item) {
    if (token.kind == TokenKind::kConstant) {
      if (item.constants == 0) item.lead = item.tokens;
      ++item.constants;
      ++item.tokens;
      item.put(static_cast<char>(1 + static_cast<int>(token.constant)));
      shape_.constants.push_back({token.begin, token.end - token.begin, token.constant});
      return true;
    }
    const std::string_view word = text_.substr(token.begin, token.end - token.begin);
    const bool sign = token.kind == TokenKind::kOperator && (word == "-" || word == "+");
    if (!sign && !(token.kind == TokenKind::kIdentifier && is_value(word))) return false;
    item.word(word);
    ++item.tokens;
    return true;
  }

  static bool is_value(std::string_view word) {
    const auto is = [word](std::string_view keyword) {
      return std::ranges::equal(word, keyword, {}, fold);
    };
    return is("null") || is("true") || is("false");
  }

  void end_run(Fold run) {
    if (run.count < 2) return;
    hash_.mark(',');
    hash_.mark(kMoreItems);
    if (!shape_.folds.empty()) {
      const Fold& before = shape_.folds.back();
      run.beyond = before.beyond + (before.count - 2) * before.width;
    }
    shape_.folds.push_back(run);
  }

  const std::string_view text_;
  Lexer& lexer_;
  TokenHash& hash_;
  Shape& shape_;
  std::uint32_t end_ = 0;  // of the item that was read last
};

// Seldom beside words and marks: it stays out of their way.
[[gnu::noinline]] bool fold_list(ListKind kind, std::string_view text, Lexer& lexer,
                                 TokenHash& hash, Shape& shape) {
  return ListFolder(text, lexer, hash, shape).read(kind);
}

std::uint32_t parameter_number(std::string_view token) {
  std::uint64_t number = 0;
  for (const char c : token.substr(1)) {
    number = std::min<std::uint64_t>(number * 10 + static_cast<std::uint64_t>(c - '0'), UINT32_MAX);
  }
  return static_cast<std::uint32_t>(number);
}

// Adds one token to the hash and to the shape.
void add(const Lexeme& token, std::string_view word, TokenHash& hash, Shape& shape) {
  switch (token.kind) {
    case TokenKind::kIdentifier:
      return hash.word(word);
    case TokenKind::kConstant:
      shape.constants.push_back({token.begin, token.end - token.begin, token.constant});
      return hash.constant(token.constant);
    case TokenKind::kParameter:
      shape.parameter_max = std::max(shape.parameter_max, parameter_number(word));
      return hash.verbatim(word);
    case TokenKind::kQuotedIdentifier:
    case TokenKind::kOperator:
      return hash.verbatim(word);
    case TokenKind::kPunctuation:
      // A byte that begins no token could be taken for a constant's class.
      if (!is_char(word[0], kPunctuationChar | kOperatorChar)) hash.byte('\x7f');
      return word.size() == 1 ? hash.mark(word[0]) : hash.verbatim(word);
    case TokenKind::kEnd:
      return;
  }
}

// Does `word`, a part of `text`, end at `end`?
bool is_end(std::string_view word, std::string_view text, std::uint32_t end) {
  return !word.empty() && word.data() + word.size() == text.data() + end;
}

}  // namespace

Status scan(std::string_view text, std::uint32_t from, const ScanOptions& options, Shape& shape) {
  const auto size = static_cast<std::uint32_t>(text.size());
  shape.constants.clear();
  shape.folds.clear();
  shape.parameter_max = 0;
  Lexer lexer(text, from, size, options);
  TokenHash hash(shape.canonical);
  StatementEnd statement_end;
  Lexeme token;
  std::string_view word;
  std::string_view last_word;
  bool empty = true;
  while (true) {
    if (const std::uint32_t begin = lexer.plain_word(); begin != 0) {
      const std::uint32_t end = hash.word_at(text, begin);
      lexer.end_word(end);
      last_word = text.substr(begin, end - begin);
      statement_end.word(last_word);
      if (empty) shape.begin = begin;
      shape.end = end;
      empty = false;
      continue;
    }
    if (!lexer.plain_item(token) && !lexer.next(token)) return lexer.error();
    if (empty) shape.begin = shape.end = token.begin;
    if (token.kind == TokenKind::kEnd) break;
    word = text.substr(token.begin, token.end - token.begin);
    ListKind list = ListKind::kNone;
    if (token.kind == TokenKind::kPunctuation) {
      if (word[0] == '(' && is_end(last_word, text, shape.end)) list = list_behind(last_word);
      if (list == ListKind::kRows) {
        lexer.back_to(token.begin);
        if (fold_list(list, text, lexer, hash, shape)) continue;
        lexer.back_to(token.end);
      }
      if (statement_end.punctuation(word[0])) break;
    }
    if (token.kind == TokenKind::kIdentifier) {
      statement_end.word(word);
      last_word = word;
      if (lexer.is_national_prefix(token)) word = "nchar";
    }
    add(token, word, hash, shape);
    shape.end = token.end;
    empty = false;
    if (list == ListKind::kItems) (void)fold_list(list, text, lexer, hash, shape);
  }
  shape.next = token.end;
  shape.fingerprint = hash.finish();
  return {};
}

void tokenize(std::string_view text, std::uint32_t from, std::uint32_t to,
              const ScanOptions& options, std::vector<Token>& tokens) {
  tokens.clear();
  Lexer lexer(text, from, to, options);
  Lexeme token;
  while (lexer.next(token) && token.kind != TokenKind::kEnd) {
    tokens.push_back({token.begin, token.end - token.begin, token.kind});
  }
  tokens.push_back({to, 0, TokenKind::kEnd});
}

}  // namespace tessera::parser
