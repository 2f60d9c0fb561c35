// Inline expressions of arbitrary text: what compiles runs for every kind of value without
// trapping.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "rules/inline_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tessera::rules;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(expand_inline(text));
  const auto expression = InlineExpression::compile(text, "id");
  if (!expression) return 0;
  static_cast<void>(expression->shape());
  for (const Value& value :
       {Value(std::int64_t{-1}), Value(std::int64_t{7}),
        Value(std::numeric_limits<std::int64_t>::min()),
        Value(std::int64_t{std::numeric_limits<std::int32_t>::min()}), Value(std::string("42")),
        Value(std::string("\xC3\xA9\xF0\x9F\x98\x80\xFF"))}) {
    for (const ValueType type : {ValueType::kInt2, ValueType::kInt4, ValueType::kInt8,
                                 ValueType::kText, ValueType::kUnknown}) {
      std::string out;
      static_cast<void>(expression->append_to(out, value, type));
    }
  }
  return 0;
}
