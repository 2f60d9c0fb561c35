#include "proxy/plan/edit.h"

#include <algorithm>
#include <cctype>
#include <functional>

namespace tessera::plan {
namespace {

using parser::Token;
using parser::TokenIndex;
using parser::TokenRange;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || byte >= 0x80 || c == '_' || c == '$' || c == '"' || c == '\'';
}

bool is_operator(char c) {
  return std::string_view("+-*/<>=~!@#%^&|`?:").find(c) != std::string_view::npos;
}

// Would `left` and `right` side by side read as one token?
bool glues(char left, char right) {
  return (is_word(left) && is_word(right)) || (is_operator(left) && is_operator(right));
}

// `table` is quoted as SQL needs it and may have a schema before it.
std::string suffixed(std::string_view name, std::string_view table) {
  const auto dot = table.front() == '"' ? std::string_view::npos : table.rfind('.');
  if (dot != std::string_view::npos) table.remove_prefix(dot + 1);
  return parser::quote_identifier(std::string(name) + "_" + parser::identifier_name(table));
}

class Renderer {
 public:
  Renderer(const RenderInput& input, const Edits& edits) : input_(input), edits_(edits) {
    out_.reserve(input.text.size() + 64);
  }

  void statement() {
    const auto end = static_cast<TokenIndex>(input_.tokens->size() - 1);
    copy({0, end}, true);
  }

  void pieces(const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) put(piece);
  }

  std::string take() && { return std::move(out_); }

  // Before the rendering: what source() shall tell.
  void watch(std::size_t at) { watched_ = at; }
  [[nodiscard]] std::size_t source() const { return source_; }

 private:
  [[nodiscard]] const Token& token(TokenIndex index) const { return (*input_.tokens)[index]; }
  [[nodiscard]] std::uint32_t end_of(TokenIndex index) const {
    return token(index).offset + token(index).length;
  }

  // An edit is open while its pieces are written: a copy inside it must not apply it again.
  [[nodiscard]] bool open(const Edit& edit) const {
    return std::ranges::find(open_, &edit) != open_.end();
  }

  // Insertions at the ends of a copied range stand outside of it, except in the whole statement.
  [[nodiscard]] static bool inside(const Edit& edit, TokenRange range, bool whole) {
    const TokenRange at = edit.replaced;
    if (at.first < range.first || at.end > range.end) return false;
    return whole || !at.empty() || (at.first > range.first && at.first < range.end);
  }

  // Writes tokens `range` with the edits inside it.
  void copy(TokenRange range, bool whole) {
    if (range.empty() && !whole) return;
    TokenIndex next = range.first;  // the first token that is not written yet
    std::uint32_t from = token(range.first).offset;
    for (const Edit& edit : edits_) {
      if (edit.replaced.first < next || open(edit) || !inside(edit, range, whole)) continue;
      from = verbatim(from, edit.replaced);
      open_.push_back(&edit);
      pieces(edit.pieces);
      open_.pop_back();
      next = edit.replaced.end;
    }
    if (next < range.end) put(input_.text.substr(from, end_of(range.end - 1) - from));
  }

  // Writes the text from `from` up to the tokens `replaced`; gives where the text goes on. What is
  // inserted goes directly behind the token before it, so that no comment swallows it.
  std::uint32_t verbatim(std::uint32_t from, TokenRange replaced) {
    if (!replaced.empty()) {
      const std::uint32_t to = token(replaced.first).offset;
      if (to > from) put(input_.text.substr(from, to - from));
      return end_of(replaced.end - 1);
    }
    if (replaced.first == 0) return from;
    const std::uint32_t to = end_of(replaced.first - 1);
    if (to <= from) return from;
    put(input_.text.substr(from, to - from));
    return to;
  }

  void put(const Piece& piece) {
    switch (piece.kind) {
      case Piece::Kind::kText:
        return put(piece.text);
      case Piece::Kind::kTokens:
        return copy(piece.range, false);
      case Piece::Kind::kBytes:
        return put(input_.text.substr(piece.range.first, piece.range.end - piece.range.first));
      case Piece::Kind::kTable:
        return put((*input_.tables)[piece.slot]);
      case Piece::Kind::kSuffixed:
        return put(suffixed(piece.text, (*input_.tables)[piece.slot]));
      case Piece::Kind::kPartialType:
        return put((*input_.partial_types)[piece.slot]);
      case Piece::Kind::kArray:
        return put("$" + std::to_string(input_.first_array_parameter + piece.slot));
    }
  }

  // A space between two tokens never changes them; without one they could become a single token.
  void put(std::string_view text) {
    if (text.empty()) return;
    if (!out_.empty() && glues(out_.back(), text.front())) out_ += ' ';
    if (watched_ < out_.size() + text.size() && source_ == kUnseen) source_ = source_of(text);
    out_ += text;
  }

  // `text` is about to be written, and what is watched lies in it (or in a space before it).
  [[nodiscard]] std::size_t source_of(std::string_view text) const {
    const std::less<> before;  // the two may be parts of different strings
    const char* const begin = input_.text.data();
    const bool own = !before(text.data(), begin) && before(text.data(), begin + input_.text.size());
    const std::size_t inside = watched_ > out_.size() ? watched_ - out_.size() : 0;
    if (own) return static_cast<std::size_t>(text.data() - begin) + inside;
    return open_.empty() ? 0 : token(open_.front()->replaced.first).offset;
  }

  const RenderInput& input_;
  const Edits& edits_;
  static constexpr std::size_t kUnseen = std::string::npos;

  std::vector<const Edit*> open_;
  std::string out_;
  std::size_t watched_ = kUnseen;
  std::size_t source_ = kUnseen;
};

}  // namespace

std::string render(const RenderInput& input, const Edits& edits) {
  Renderer renderer(input, edits);
  renderer.statement();
  return std::move(renderer).take();
}

std::size_t source_offset(const RenderInput& input, const Edits& edits, std::size_t at) {
  Renderer renderer(input, edits);
  renderer.watch(at);
  renderer.statement();
  return std::min(renderer.source(), input.text.size());
}

std::string render(const RenderInput& input, const std::vector<Piece>& pieces, const Edits& edits) {
  Renderer renderer(input, edits);
  renderer.pieces(pieces);
  return std::move(renderer).take();
}

}  // namespace tessera::plan
