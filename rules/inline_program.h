#pragma once
// An expression of one placeholder, compiled to postfix instructions for a small stack machine.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/inline_syntax.h"
#include "rules/value.h"

namespace tessera::rules {

// A value while it is computed.
struct Term {
  enum class Kind : std::uint8_t {
    kInt,
    kLong,
    kDigits,   // the text of `number`
    kText,     // `text`
    kUntyped,  // `text` whose column's type is not known: an integer where one is needed
  };
  Kind kind = Kind::kInt;
  std::int64_t number = 0;
  std::string_view text = {};
};

// A sharding value as Java would hold it. Views into `value`. It is not Null.
[[nodiscard]] Term term_of(const Value& value, ValueType type);

void append_term(std::string& out, const Term& term);

// The term's hashCode().
[[nodiscard]] std::int32_t hash_term(const Term& term);

class InlineProgram {
 public:
  static constexpr std::size_t kVariablesMax = 16;

  // `whole` is the expression's text, for messages.
  // Errors: 0A000 what does not compute a single value.
  [[nodiscard]] static Result<InlineProgram> compile(const InlineNode& node,
                                                     std::span<const std::string> variables,
                                                     std::string_view whole);

  // Errors: 22P02, 22003, 22012.
  [[nodiscard]] Result<Term> run(std::span<const Term> arguments) const;

  // run() of "column % number", which most layouts have, for a column that holds a number; absent:
  // it is something else.
  [[nodiscard]] std::optional<std::int64_t> run_remainder(std::int64_t column) const;

  [[nodiscard]] std::int64_t modulus() const { return modulus_; }  // that number; 0: none

  // Equal for programs that compute the same way, whatever their columns are called.
  [[nodiscard]] std::string canonical() const;

 private:
  struct Instruction {
    enum class Kind : std::uint8_t { kPushInt, kPushLong, kPushColumn, kOperate };
    Kind kind = Kind::kOperate;
    Operation operation = Operation::kAdd;
    std::int64_t number = 0;
  };
  class Compiler;

  std::vector<Instruction> instructions_;
  std::int64_t modulus_ = 0;  // of run_remainder(); 0: it is something else
};

}  // namespace tessera::rules
