#pragma once
// What inline expressions may call: methods of values, and a few static ones. All are pure, and
// all bound what they make.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "rules/java_value.h"

namespace tessera::rules {

struct InlineMethod {
  // What a method does with the closure that is its argument; the program runs it.
  enum class Closure : std::uint8_t { kNone, kCollect, kFindAll, kFind, kAny, kEvery, kEach };
  // `arguments[0]` is the receiver, if there is one; it is not null.
  using Call = Result<java::JavaValue> (*)(std::span<const java::JavaValue> arguments);

  std::string_view name;
  std::uint8_t least;  // arguments, without the receiver
  std::uint8_t most;
  Call call = nullptr;  // absent: takes a closure
  Closure closure = Closure::kNone;
};

// By name; nullptr: there is none. Of a cast the name is "(Integer)" or "as Integer".
[[nodiscard]] const InlineMethod* find_inline_method(std::string_view name);
// By "Class.name", or the name of a function.
[[nodiscard]] const InlineMethod* find_inline_function(std::string_view name);

// receiver[position]: a character, a part of text, an element or a part of a list.
// Errors: 22023 out of bounds; 42883 the receiver has no parts.
[[nodiscard]] Result<java::JavaValue> inline_part(const java::JavaValue& receiver,
                                                  const java::JavaValue& position);

// first..last. Errors: 0A000 not of two integers or two characters; 54000.
[[nodiscard]] Result<java::JavaValue> inline_range(const java::JavaValue& first,
                                                   const java::JavaValue& last, bool exclusive);

// What a closure is called with, one by one. Errors: 42883 the receiver has no elements.
[[nodiscard]] Result<std::vector<java::JavaValue>> inline_elements(const java::JavaValue& receiver,
                                                                   std::string_view method);

// The longest text and list that a method makes.
inline constexpr std::size_t kInlineTextMax = 1U << 16U;
inline constexpr std::size_t kInlineElementsMax = 1U << 16U;

// Methods by what they are called of; find_inline_method() looks through them.
[[nodiscard]] std::span<const InlineMethod> inline_text_methods();
[[nodiscard]] std::span<const InlineMethod> inline_list_methods();
[[nodiscard]] std::span<const InlineMethod> inline_number_methods();

// String.format(). `arguments[0]` is the format.
// Errors: 0A000 a conversion outside of the subset; 22023 arguments that do not fit it.
[[nodiscard]] Result<java::JavaValue> inline_format(std::span<const java::JavaValue> arguments);

}  // namespace tessera::rules
