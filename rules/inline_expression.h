#pragma once
// Inline expressions at work: node lists are expanded once at start, algorithm expressions are
// compiled once and run for every value.
//
// Arithmetic is Java's as Groovy does it: an int stays an int (32 bits, wrapping) until it meets a
// long, and `%` keeps the sign of the dividend.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/value.h"

namespace tessera::rules {

// "ds_${0..1}.t_${['a','b']}" → ds_0.t_a, ds_0.t_b, ds_1.t_a, ds_1.t_b.
// Errors: 22023, 0A000, 54000 more than 65,536 names.
[[nodiscard]] Result<std::vector<std::string>> expand_inline(std::string_view text);

class InlineProgram;

// What one variable is for one evaluation. The value outlives the call.
struct InlineArgument {
  const Value* value = nullptr;
  ValueType type = ValueType::kUnknown;
};

// "t_${order_id % 16 + 1}", compiled.
class InlineExpression {
 public:
  // `variables` are all that the expression may name (case does not matter): the sharding columns,
  // or `value` of a hint.
  // Errors: 22023 broken; 0A000 outside of the subset, another variable.
  [[nodiscard]] static Result<InlineExpression> compile(std::string_view text,
                                                        std::span<const std::string> variables);
  [[nodiscard]] static Result<InlineExpression> compile(std::string_view text,
                                                        std::string_view column);

  // Appends the result to `out`, which keeps its memory from call to call. `arguments` are in the
  // order of the variables; Null is Groovy's null.
  // Errors: 22P02 text where an integer is needed; 22003; 22012.
  [[nodiscard]] Status append_to(std::string& out, std::span<const InlineArgument> arguments) const;
  // The same for one variable, which is not Null.
  [[nodiscard]] Status append_to(std::string& out, const Value& value, ValueType type) const;
  // The same as a text of its own.
  [[nodiscard]] Result<std::string> run(std::span<const InlineArgument> arguments) const;

  // The number that follows prefix() as the whole rest of the result for an integer column's value,
  // where that is quickly found.
  [[nodiscard]] std::optional<std::int64_t> quick_number(std::int64_t value) const;
  // quick_number() is the value's remainder by this; 0: it is something else.
  [[nodiscard]] std::int64_t modulus() const;

  // The text before the first placeholder, and the rest in a form that is equal for expressions
  // that compute the same way, whatever their columns are called.
  [[nodiscard]] const std::string& prefix() const { return literals_.front(); }
  [[nodiscard]] std::string shape() const;

 private:
  std::vector<std::string> literals_;  // one more than programs_
  std::vector<std::shared_ptr<const InlineProgram>> programs_;
};

}  // namespace tessera::rules
