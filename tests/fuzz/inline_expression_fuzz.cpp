// Inline expressions of arbitrary text: what compiles runs for every kind of value without
// trapping, and ends soon.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "rules/inline_expression.h"

namespace {

using namespace tessera::rules;

const std::vector<Value>& values() {
  static const std::vector<Value> all{
      Value(Null{}),
      Value(std::int64_t{-1}),
      Value(std::int64_t{7}),
      Value(std::numeric_limits<std::int64_t>::min()),
      Value(std::int64_t{std::numeric_limits<std::int32_t>::min()}),
      Value(std::string("42")),
      Value(std::string("-12.50")),
      Value(std::string("2024-02-29 13:45:00.25")),
      Value(std::string("123e4567-e89b-12d3-a456-426614174000")),
      Value(std::string("\xC3\xA9\xF0\x9F\x98\x80\xFF")),
  };
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(expand_inline(text));
  const std::array<std::string, 2> names{"id", "value"};
  const auto expression = InlineExpression::compile(text, names);
  if (!expression) return 0;
  static_cast<void>(expression->shape());
  for (const Value& value : values()) {
    for (auto type = ValueType::kInt2; type <= ValueType::kBpchar;
         type = static_cast<ValueType>(static_cast<int>(type) + 1)) {
      const std::array<InlineArgument, 2> arguments{InlineArgument{&value, type},
                                                    InlineArgument{&values()[2], type}};
      static_cast<void>(expression->run(arguments));
    }
  }
  return 0;
}
