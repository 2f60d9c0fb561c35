#include "parser/antlr/token_stream.h"

#include <algorithm>

namespace tessera::parser::antlr {

void TokenStream::assign(const std::vector<TypedToken>& tokens) {
  tokens_.clear();
  tokens_.reserve(tokens.size());
  for (const TypedToken& token : tokens) tokens_.emplace_back(token.type, tokens_.size());
  place_ = 0;
}

void TokenStream::consume() {
  if (place_ + 1 < tokens_.size()) ++place_;
}

std::size_t TokenStream::LA(ssize_t distance) {
  const antlr4::Token* token = LT(distance);
  return token == nullptr ? std::size_t{0} : token->getType();
}

antlr4::Token* TokenStream::LT(ssize_t distance) {
  if (distance == 0 || tokens_.empty()) return nullptr;
  if (distance < 0) {
    const auto back = static_cast<std::size_t>(-distance);
    return back <= place_ ? &tokens_[place_ - back] : nullptr;
  }
  const std::size_t ahead = place_ + static_cast<std::size_t>(distance) - 1;
  return &tokens_[std::min(ahead, tokens_.size() - 1)];
}

void TokenStream::seek(std::size_t index) { place_ = std::min(index, tokens_.size() - 1); }

antlr4::Token* TokenStream::get(std::size_t index) const {
  return const_cast<StreamToken*>(&tokens_.at(index));
}

}  // namespace tessera::parser::antlr
