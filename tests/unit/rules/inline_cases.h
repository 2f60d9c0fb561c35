#pragma once
// What inline expressions give, as one line of text.

#include <string>
#include <string_view>
#include <vector>

#include "rules/inline_expression.h"

namespace tessera::rules {

// The names, or one that says what the error is.
inline std::vector<std::string> expanded(std::string_view text) {
  const auto names = expand_inline(text);
  return names ? *names : std::vector<std::string>{"error: " + names.error().message};
}

// The result for one value of the column "id", or the SQLSTATE of the error.
inline std::string computed(std::string_view text, const Value& value,
                            ValueType type = ValueType::kInt8) {
  const auto expression = InlineExpression::compile(text, "id");
  if (!expression) return "compile " + expression.error().sqlstate;
  std::string out;
  const Status status = expression->append_to(out, value, type);
  return status ? out : status.error().sqlstate;
}

inline std::string computed(std::string_view text, std::int64_t value,
                            ValueType type = ValueType::kInt8) {
  return computed(text, Value(value), type);
}

inline std::string computed(std::string_view text, const char* value,
                            ValueType type = ValueType::kText) {
  return computed(text, Value(std::string(value)), type);
}

// The same for an expression without a column.
inline std::string constant(std::string_view text) { return computed(text, std::int64_t{0}); }

}  // namespace tessera::rules
