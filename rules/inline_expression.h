#pragma once
// Inline expressions at work: node lists are expanded once at start, algorithm expressions are
// compiled once and run for every value.
//
// Arithmetic is Java's as Groovy does it: an int stays an int (32 bits, wrapping) until it meets a
// long, and `%` keeps the sign of the dividend.

#include <cstdint>
#include <memory>
#include <optional>
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

// "t_${order_id % 16 + 1}", compiled.
class InlineExpression {
 public:
  // `column` is the only variable (case does not matter).
  // Errors: 22023 broken; 0A000 outside of the subset, another variable.
  [[nodiscard]] static Result<InlineExpression> compile(std::string_view text,
                                                        std::string_view column);

  // Appends the result for `value`, which is not Null, to `out`.
  // Errors: 22P02 text where an integer is needed; 22003; 22012.
  [[nodiscard]] Status append_to(std::string& out, const Value& value, ValueType type) const;

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
