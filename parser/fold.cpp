#include "parser/fold.h"

#include <algorithm>

namespace tessera::parser {
namespace {

std::uint32_t end_of(const Token& token) { return token.offset + token.length; }

// Where an item of `fold` begins among the tokens.
std::size_t item_at(const Fold& fold, std::size_t first, std::uint32_t item) {
  return first + static_cast<std::size_t>(item) * (fold.tokens + 1);
}

}  // namespace

void fold_tokens(const Shape& shape, std::vector<Token>& tokens, std::vector<TextSpan>& items) {
  items.clear();
  std::size_t read = 0;
  std::size_t written = 0;
  const auto move_up_to = [&](std::size_t end) {
    std::copy(tokens.begin() + static_cast<std::ptrdiff_t>(read),
              tokens.begin() + static_cast<std::ptrdiff_t>(end),
              tokens.begin() + static_cast<std::ptrdiff_t>(written));
    written += end - read;
    read = end;
  };
  for (const Fold& fold : shape.folds) {
    const auto unread = tokens.begin() + static_cast<std::ptrdiff_t>(read);
    const auto constant = std::ranges::lower_bound(
        unread, tokens.end(), shape.constants[fold.first].offset, {}, &Token::offset);
    const std::size_t first = static_cast<std::size_t>(constant - tokens.begin()) - fold.lead;
    for (std::uint32_t item = 0; item < fold.count; ++item) {
      const std::size_t at = item_at(fold, first, item);
      items.push_back({tokens[at].offset, end_of(tokens[at + fold.tokens - 1])});
    }
    move_up_to(item_at(fold, first, 2) - 1);
    Token& last = tokens[written - 1];
    last.length = items.back().end - last.offset;
    read = item_at(fold, first, fold.count) - 1;
  }
  move_up_to(tokens.size());
  tokens.resize(written);
}

std::string with_two_items(std::string_view text, const Shape& shape, const ScanOptions& options) {
  std::vector<Token> tokens;
  std::vector<TextSpan> items;
  tokenize(text, shape.begin, shape.end, options, tokens);
  fold_tokens(shape, tokens, items);
  std::string out;
  std::uint32_t from = shape.begin;
  std::size_t first = 0;
  for (const Fold& fold : shape.folds) {
    const std::uint32_t kept = items[first + 1].end;
    out += text.substr(from, kept - from);
    first += fold.count;
    from = items[first - 1].end;
  }
  out += text.substr(from, shape.end - from);
  return out;
}

}  // namespace tessera::parser
