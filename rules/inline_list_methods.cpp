// Methods of List, and the ranges that make one.

#include <algorithm>
#include <array>

#include "rules/errors.h"
#include "rules/inline_methods.h"
#include "rules/java_number.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using java::JavaValue;
using Arguments = std::span<const JavaValue>;
using Called = Result<JavaValue>;

Result<java::ListPtr> receiver(Arguments arguments, std::string_view method) {
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) return *list;
  return no_such_method(method, java::class_name(arguments.front()));
}

Called join(Arguments arguments) {
  const auto list = receiver(arguments, "join");
  if (!list) return list.error();
  const std::u16string separator =
      arguments.size() > 1 ? java::units_of(arguments[1]) : std::u16string();
  std::u16string text;
  for (std::size_t n = 0; n < (*list)->elements.size(); ++n) {
    if (n > 0) text += separator;
    text += java::units_of((*list)->elements[n]);
    if (text.size() > kInlineTextMax) return inline_too_much();
  }
  return java::make(std::move(text));
}

Called first(Arguments arguments) {
  const auto list = receiver(arguments, "first");
  if (!list) return list.error();
  if ((*list)->elements.empty()) return inline_cannot("take the first element of", "an empty List");
  return (*list)->elements.front();
}

Called last(Arguments arguments) {
  const auto list = receiver(arguments, "last");
  if (!list) return list.error();
  if ((*list)->elements.empty()) return inline_cannot("take the last element of", "an empty List");
  return (*list)->elements.back();
}

Called get(Arguments arguments) { return inline_part(arguments[0], arguments[1]); }

Called to_list(Arguments arguments) {
  auto elements = inline_elements(arguments.front(), "toList");
  if (!elements) return elements.error();
  return java::make_list(std::move(*elements));
}

Called sum(Arguments arguments) {
  const auto list = receiver(arguments, "sum");
  if (!list) return list.error();
  if ((*list)->elements.empty()) return JavaValue(Null{});
  JavaValue total = (*list)->elements.front();
  for (std::size_t n = 1; n < (*list)->elements.size(); ++n) {
    auto more = java::operate(java::Operator::kAdd, total, (*list)->elements[n]);
    if (!more) return more.error();
    total = std::move(*more);
  }
  return total;
}

// The element before or behind all others.
Called extreme(Arguments arguments, std::string_view method, std::int32_t wanted) {
  const auto list = receiver(arguments, method);
  if (!list) return list.error();
  JavaValue best;
  for (const JavaValue& element : (*list)->elements) {
    const auto order = java::compare(element, best);
    if (!order) return order.error();
    if (java::is_null(best) || (*order < 0) == (wanted < 0)) best = element;
  }
  return best;
}

Called minimum(Arguments arguments) { return extreme(arguments, "min", -1); }
Called maximum(Arguments arguments) { return extreme(arguments, "max", 1); }

Called unique(Arguments arguments) {
  const auto list = receiver(arguments, "unique");
  if (!list) return list.error();
  constexpr std::size_t kCompared = 256;  // each with each
  if ((*list)->elements.size() > kCompared) return inline_too_much();
  std::vector<JavaValue> kept;
  for (const JavaValue& element : (*list)->elements) {
    const bool known = std::any_of(kept.begin(), kept.end(),
                                   [&](const JavaValue& one) { return java::equal(one, element); });
    if (!known) kept.push_back(element);
  }
  return java::make_list(std::move(kept));
}

// What cannot be compared is refused before anything is moved.
Called sort(Arguments arguments) {
  const auto list = receiver(arguments, "sort");
  if (!list) return list.error();
  std::vector<JavaValue> elements = (*list)->elements;
  for (const JavaValue& element : elements) {
    const auto order = java::compare(elements.front(), element);
    if (!order) return order.error();
  }
  std::stable_sort(elements.begin(), elements.end(), [](const JavaValue& a, const JavaValue& b) {
    const auto order = java::compare(a, b);
    return order && *order < 0;
  });
  return java::make_list(std::move(elements));
}

void flatten_into(std::vector<JavaValue>& out, const java::List& list) {
  for (const JavaValue& element : list.elements) {
    if (const auto* inner = std::get_if<java::ListPtr>(&element)) {
      flatten_into(out, **inner);
    } else {
      out.push_back(element);
    }
  }
}

Called flatten(Arguments arguments) {
  const auto list = receiver(arguments, "flatten");
  if (!list) return list.error();
  std::vector<JavaValue> elements;
  flatten_into(elements, **list);
  return java::make_list(std::move(elements));
}

// Every n-th element.
Called step(Arguments arguments) {
  const auto list = receiver(arguments, "step");
  if (!list) return list.error();
  const auto* by = std::get_if<std::int32_t>(&arguments[1]);
  if (by == nullptr || *by <= 0) {
    return bad_argument("step", "a positive Integer", java::text_of(arguments[1]));
  }
  std::vector<JavaValue> elements;
  const auto& all = (*list)->elements;
  for (std::size_t n = 0; n < all.size(); n += static_cast<std::size_t>(*by)) {
    elements.push_back(all[n]);
  }
  return java::make_list(std::move(elements));
}

using Closure = InlineMethod::Closure;

constexpr std::array kMethods{
    InlineMethod{"join", 0, 1, join},
    InlineMethod{"first", 0, 0, first},
    InlineMethod{"head", 0, 0, first},
    InlineMethod{"last", 0, 0, last},
    InlineMethod{"get", 1, 1, get},
    InlineMethod{"getAt", 1, 1, get},
    InlineMethod{"toList", 0, 0, to_list},
    InlineMethod{"sum", 0, 0, sum},
    InlineMethod{"min", 0, 0, minimum},
    InlineMethod{"max", 0, 0, maximum},
    InlineMethod{"unique", 0, 0, unique},
    InlineMethod{"sort", 0, 0, sort},
    InlineMethod{"flatten", 0, 0, flatten},
    InlineMethod{"step", 1, 1, step},
    InlineMethod{"collect", 1, 1, nullptr, Closure::kCollect},
    InlineMethod{"findAll", 1, 1, nullptr, Closure::kFindAll},
    InlineMethod{"find", 1, 1, nullptr, Closure::kFind},
    InlineMethod{"any", 1, 1, nullptr, Closure::kAny},
    InlineMethod{"every", 1, 1, nullptr, Closure::kEvery},
    InlineMethod{"each", 1, 1, nullptr, Closure::kEach},
};

std::optional<char16_t> letter(const JavaValue& value) {
  const auto* text = std::get_if<java::Text>(&value);
  if (text == nullptr || text->units.size() != 1) return std::nullopt;
  return text->units.front();
}

JavaValue element_of(std::int64_t number, bool letters, bool wide) {
  if (letters) return java::make(std::u16string(1, static_cast<char16_t>(number)));
  return wide ? JavaValue(number) : JavaValue(static_cast<std::int32_t>(number));
}

}  // namespace

std::span<const InlineMethod> inline_list_methods() { return kMethods; }

// 3..0 counts down, as in Groovy.
Result<JavaValue> inline_range(const JavaValue& first, const JavaValue& last, bool exclusive) {
  const auto from = letter(first);
  const auto to = letter(last);
  const bool letters = from && to;
  const auto is_whole = [](const JavaValue& value) {
    return std::holds_alternative<std::int32_t>(value) ||
           std::holds_alternative<std::int64_t>(value);
  };
  if (!letters && (!is_whole(first) || !is_whole(last))) {
    return inline_cannot("make a range of", std::string(java::class_name(first)) + " and " +
                                                std::string(java::class_name(last)));
  }
  const std::int64_t begin = letters ? *from : java::long_value(first);
  const std::int64_t end = letters ? *to : java::long_value(last);
  const auto distance = begin <= end
                            ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin)
                            : static_cast<std::uint64_t>(begin) - static_cast<std::uint64_t>(end);
  if (distance >= kInlineElementsMax) return inline_too_much();
  const bool wide =
      std::holds_alternative<std::int64_t>(first) || std::holds_alternative<std::int64_t>(last);
  java::List list;
  const std::uint64_t count = distance + (exclusive ? 0 : 1);
  for (std::uint64_t n = 0; n < count; ++n) {
    const auto offset = static_cast<std::int64_t>(n);
    list.elements.push_back(
        element_of(begin <= end ? begin + offset : begin - offset, letters, wide));
  }
  if (!letters && !wide) {
    list.bounds = {static_cast<std::int32_t>(begin), static_cast<std::int32_t>(end), exclusive};
  }
  return JavaValue(std::make_shared<const java::List>(std::move(list)));
}

Result<std::vector<JavaValue>> inline_elements(const JavaValue& receiver, std::string_view method) {
  if (const auto* list = std::get_if<java::ListPtr>(&receiver)) return (*list)->elements;
  const auto* text = std::get_if<java::Text>(&receiver);
  if (text == nullptr) return no_such_method(method, java::class_name(receiver));
  if (text->units.size() > kInlineElementsMax) return inline_too_much();
  std::vector<JavaValue> letters;
  for (const char16_t unit : text->units) letters.push_back(java::make(std::u16string(1, unit)));
  return letters;
}

}  // namespace tessera::rules
