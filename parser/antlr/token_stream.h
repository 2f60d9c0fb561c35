#pragma once
// The ANTLR parser's view of our tokens: an array that is reused from statement to statement.

#include <vector>

#include "antlr4-runtime.h"
#include "parser/antlr/token_types.h"

namespace tessera::parser::antlr {

// A token is its type and its ordinal; its text stays where it is.
class StreamToken final : public antlr4::Token {
 public:
  StreamToken(std::size_t type, std::size_t index) : type_(type), index_(index) {}

  [[nodiscard]] std::string getText() const override { return {}; }
  [[nodiscard]] std::size_t getType() const override { return type_; }
  [[nodiscard]] std::size_t getLine() const override { return 1; }
  [[nodiscard]] std::size_t getCharPositionInLine() const override { return index_; }
  [[nodiscard]] std::size_t getChannel() const override { return 0; }
  [[nodiscard]] std::size_t getTokenIndex() const override { return index_; }
  [[nodiscard]] std::size_t getStartIndex() const override { return index_; }
  [[nodiscard]] std::size_t getStopIndex() const override { return index_; }
  [[nodiscard]] antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  [[nodiscard]] antlr4::CharStream* getInputStream() const override { return nullptr; }
  [[nodiscard]] std::string toString() const override { return {}; }

 private:
  std::size_t type_;
  std::size_t index_;
};

class TokenStream final : public antlr4::TokenStream {
 public:
  // The last one is the end.
  void assign(const std::vector<TypedToken>& tokens);

  void consume() override;
  std::size_t LA(ssize_t distance) override;
  antlr4::Token* LT(ssize_t distance) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  std::size_t index() override { return place_; }
  void seek(std::size_t index) override;
  std::size_t size() override { return tokens_.size(); }
  [[nodiscard]] std::string getSourceName() const override { return {}; }
  [[nodiscard]] antlr4::Token* get(std::size_t index) const override;
  [[nodiscard]] antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  std::vector<StreamToken> tokens_;
  std::size_t place_ = 0;
};

}  // namespace tessera::parser::antlr
