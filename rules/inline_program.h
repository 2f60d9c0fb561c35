#pragma once
// An expression of one placeholder: a tree whose names are resolved, run for each value.
//
// What it runs is bounded, whatever the expression says: steps, the length of texts and lists, and
// depth.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/inline_expression.h"
#include "rules/inline_syntax.h"
#include "rules/java_value.h"

namespace tessera::rules {

class InlineProgram {
 public:
  static constexpr std::size_t kVariablesMax = 64;
  static constexpr std::size_t kClosuresMax = 8;  // one in another

  // `whole` is the expression's text, for messages.
  // Errors: 0A000 a name that is none of `variables`, a method that there is not; 54001.
  [[nodiscard]] static Result<InlineProgram> compile(InlineNode node,
                                                     std::span<const std::string> variables,
                                                     std::string_view whole);

  // Errors: 22P02, 22003, 22004, 22012, 22023, 42883, 54000; 0A000 what shows only at work.
  [[nodiscard]] Result<java::JavaValue> run(std::span<const InlineArgument> arguments) const;

  // run() of "column % number", which most layouts have, for a column that holds a number; absent:
  // it is something else.
  [[nodiscard]] std::optional<std::int64_t> run_remainder(std::int64_t column) const;

  [[nodiscard]] std::int64_t modulus() const { return modulus_; }  // that number; 0: none

  // Equal for programs that compute the same way, whatever their columns are called.
  [[nodiscard]] std::string canonical() const;

 private:
  InlineNode root_;
  std::int64_t modulus_ = 0;  // of run_remainder(); 0: it is something else
};

}  // namespace tessera::rules
