#pragma once
// The recursive descent that inline_syntax.h promises.
//
// The first failure is kept and moves the cursor to the end, so that every function may go on as if
// nothing had happened and the callers test once.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/inline_syntax.h"

namespace tessera::rules {

class InlineParser {
 public:
  // `text` is the whole expression; parsing begins at `start`. A text without any placeholder is
  // all literal.
  InlineParser(std::string_view text, std::size_t start);

  InlineTemplate parse_template(char stop);
  std::vector<InlineTemplate> parse_list();
  [[nodiscard]] std::optional<Error>& error() { return error_; }

 private:
  // Counts nesting; the text of a configuration never nests deeply, a hostile one may.
  struct Level {
    explicit Level(InlineParser& parser) : parser_(parser) { parser.enter(); }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    InlineParser& parser_;
  };
  struct Infix;

  void enter();
  void fail(std::string_view part, std::string_view why);
  void refuse(std::string_view part, std::string_view why);
  // `part` is a view into the text.
  void refuse_here(std::string_view part, std::string_view why);
  void stop_at(Error error);

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const {
    return at_end() ? std::string_view{} : text_.substr(at_);
  }
  void skip_space();
  bool accept(std::string_view token);
  void expect(std::string_view token);
  std::string_view word();
  [[nodiscard]] std::string_view peek_word() const;

  [[nodiscard]] InlineNode node(InlineNode::Kind kind) const;
  void adopt(InlineNode& parent, InlineNode child);
  [[nodiscard]] InlineNode join(InlineNode parent, InlineNode left, InlineNode right);

  [[nodiscard]] bool opens_placeholder() const;
  InlineNode placeholder();
  InlineNode dollar_name();

  InlineNode expression();
  InlineNode binary(int least);
  [[nodiscard]] const Infix* infix();
  InlineNode apply(const Infix& infix, InlineNode left);
  InlineNode unary();
  InlineNode negated(InlineNode operand);
  std::optional<std::string_view> cast_type();
  InlineNode conversion(std::string_view prefix, std::string_view type, InlineNode operand);
  InlineNode postfix();
  InlineNode method_call(InlineNode receiver, bool safe);
  InlineNode index(InlineNode receiver);
  void arguments(InlineNode& call);
  InlineNode argument();
  [[nodiscard]] std::size_t parameter_end(std::size_t from, std::string_view& name) const;
  InlineNode closure();
  InlineNode closure_body(std::string_view parameter);
  InlineNode primary();
  InlineNode number();
  InlineNode integer(std::string_view digits, int base);
  InlineNode name();
  InlineNode static_member(std::string_view class_name);
  InlineNode list();
  std::u16string escaped();
  InlineNode single_quoted();
  InlineNode double_quoted();

  std::string_view text_;
  std::size_t at_;
  bool constant_;  // has no placeholder
  int depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace tessera::rules
