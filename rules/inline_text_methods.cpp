// Methods of String, and those that String shares with List.

#include <algorithm>
#include <array>

#include "rules/errors.h"
#include "rules/inline_methods.h"
#include "rules/java_number.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using java::JavaValue;
using java::Text;
using Arguments = std::span<const JavaValue>;
using Called = Result<JavaValue>;

// The receiver's units. A date stands for its text: in ShardingSphere it may be either, by how the
// client has sent it.
Result<std::u16string> receiver(Arguments arguments, std::string_view method) {
  const JavaValue& value = arguments.front();
  if (std::holds_alternative<Text>(value)) return std::get<Text>(value).units;
  if (std::holds_alternative<java::DateTime>(value)) return java::units_of(value);
  return no_such_method(method, java::class_name(value));
}

Result<std::u16string> text_argument(Arguments arguments, std::size_t n, std::string_view method) {
  const JavaValue& value = arguments[n];
  const bool text =
      std::holds_alternative<Text>(value) || std::holds_alternative<java::Character>(value);
  if (!text) return bad_argument(method, "a String", java::class_name(value));
  return java::units_of(value);
}

Result<std::int64_t> integer_argument(Arguments arguments, std::size_t n, std::string_view method) {
  const JavaValue& value = arguments[n];
  if (std::holds_alternative<std::int32_t>(value) || std::holds_alternative<std::int64_t>(value)) {
    return java::long_value(value);
  }
  return bad_argument(method, "an Integer", java::class_name(value));
}

Error out_of_bounds(std::int64_t position, std::size_t size) {
  return inline_cannot("take position " + std::to_string(position) + " of",
                       "a value of " + std::to_string(size));
}

JavaValue integer(std::size_t position) {
  return position == std::u16string::npos ? -1 : static_cast<std::int32_t>(position);
}

Called length(Arguments arguments) {
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) {
    return integer((*list)->elements.size());
  }
  const auto text = receiver(arguments, "size");
  if (!text) return text.error();
  return integer(text->size());
}

Called substring(Arguments arguments) {
  const auto text = receiver(arguments, "substring");
  if (!text) return text.error();
  const auto first = integer_argument(arguments, 1, "substring");
  if (!first) return first.error();
  std::int64_t last = static_cast<std::int64_t>(text->size());
  if (arguments.size() > 2) {
    const auto given = integer_argument(arguments, 2, "substring");
    if (!given) return given.error();
    if (*given < 0 || *given > last) return out_of_bounds(*given, text->size());
    last = *given;
  }
  if (*first < 0 || *first > last) return out_of_bounds(*first, text->size());
  return java::make(
      text->substr(static_cast<std::size_t>(*first), static_cast<std::size_t>(last - *first)));
}

Called char_at(Arguments arguments) {
  const auto text = receiver(arguments, "charAt");
  if (!text) return text.error();
  const auto at = integer_argument(arguments, 1, "charAt");
  if (!at) return at.error();
  if (*at < 0 || *at >= static_cast<std::int64_t>(text->size())) {
    return out_of_bounds(*at, text->size());
  }
  return JavaValue(java::Character{(*text)[static_cast<std::size_t>(*at)]});
}

// The padding that makes `text` as long as asked for.
Result<std::u16string> padding(Arguments arguments, const std::u16string& text,
                               std::string_view method) {
  const auto width = integer_argument(arguments, 1, method);
  if (!width) return width.error();
  std::u16string pad = u" ";
  if (arguments.size() > 2) {
    const auto given = java::units_of(arguments[2]);
    if (given.empty()) return bad_argument(method, "a padding", "an empty String");
    pad = given;
  }
  if (*width <= static_cast<std::int64_t>(text.size())) return std::u16string();
  if (*width > static_cast<std::int64_t>(kInlineTextMax)) return inline_too_much();
  const std::size_t missing = static_cast<std::size_t>(*width) - text.size();
  std::u16string all;
  while (all.size() < missing) all += pad;
  all.resize(missing);
  return all;
}

Called pad_left(Arguments arguments) {
  const auto text = receiver(arguments, "padLeft");
  if (!text) return text.error();
  const auto pad = padding(arguments, *text, "padLeft");
  if (!pad) return pad.error();
  return java::make(*pad + *text);
}

Called pad_right(Arguments arguments) {
  const auto text = receiver(arguments, "padRight");
  if (!text) return text.error();
  const auto pad = padding(arguments, *text, "padRight");
  if (!pad) return pad.error();
  return java::make(*text + *pad);
}

Called lower(Arguments arguments) {
  auto text = receiver(arguments, "toLowerCase");
  if (!text) return text.error();
  if (!java::to_lower(*text)) return inline_cannot("change the case of", java::utf8(*text));
  return java::make(std::move(*text));
}

Called upper(Arguments arguments) {
  auto text = receiver(arguments, "toUpperCase");
  if (!text) return text.error();
  if (!java::to_upper(*text)) return inline_cannot("change the case of", java::utf8(*text));
  return java::make(std::move(*text));
}

Called trim(Arguments arguments) {
  const auto text = receiver(arguments, "trim");
  if (!text) return text.error();
  return java::make(std::u16string(java::trim(*text)));
}

Called replace(Arguments arguments) {
  const auto text = receiver(arguments, "replace");
  if (!text) return text.error();
  const auto from = text_argument(arguments, 1, "replace");
  if (!from) return from.error();
  const auto to = text_argument(arguments, 2, "replace");
  if (!to) return to.error();
  std::u16string result;
  std::size_t at = 0;
  while (at <= text->size() && result.size() <= kInlineTextMax) {
    const std::size_t found = text->find(*from, at);
    if (found == text->npos) break;
    result.append(*text, at, found - at);
    result += *to;
    at = found + from->size();
    if (!from->empty()) continue;
    if (at < text->size()) result += (*text)[at];
    ++at;
  }
  if (at < text->size()) result.append(*text, at);
  if (result.size() > kInlineTextMax) return inline_too_much();
  return java::make(std::move(result));
}

// The text that a regular expression without special characters stands for.
Result<std::u16string> plain_pattern(const std::u16string& pattern) {
  constexpr std::u16string_view kSpecial = u"\\^$.|?*+()[]{}";
  std::u16string plain;
  for (std::size_t n = 0; n < pattern.size(); ++n) {
    const bool escape = pattern[n] == u'\\' && n + 1 < pattern.size() &&
                        kSpecial.find(pattern[n + 1]) != kSpecial.npos;
    const bool single = pattern[n] == u'[' && n + 2 < pattern.size() && pattern[n + 1] != u'^' &&
                        pattern[n + 1] != u'\\' && pattern[n + 2] == u']';
    if (escape || single) {
      plain += pattern[++n];
      n += single ? 1 : 0;
    } else if (kSpecial.find(pattern[n]) != kSpecial.npos) {
      return inline_cannot("split by the regular expression", java::utf8(pattern));
    } else {
      plain += pattern[n];
    }
  }
  return plain;
}

// Java leaves out empty texts at the end.
Called split(Arguments arguments) {
  const auto text = receiver(arguments, "split");
  if (!text) return text.error();
  const auto pattern = text_argument(arguments, 1, "split");
  if (!pattern) return pattern.error();
  const auto separator = plain_pattern(*pattern);
  if (!separator) return separator.error();
  std::vector<JavaValue> parts;
  std::size_t at = 0;
  while (at < text->size()) {
    const std::size_t found =
        separator->empty() ? at + 1 : std::min(text->find(*separator, at), text->size());
    parts.push_back(java::make(text->substr(at, found - at)));
    at = found + separator->size();
  }
  while (!parts.empty() && !java::is_true(parts.back())) parts.pop_back();
  if (text->empty()) parts.push_back(java::make(std::u16string()));
  if (parts.size() > kInlineElementsMax) return inline_too_much();
  return java::make_list(std::move(parts));
}

Called tokenize(Arguments arguments) {
  const auto text = receiver(arguments, "tokenize");
  if (!text) return text.error();
  std::u16string separators = u" \t\n\r\f";
  if (arguments.size() > 1) separators = java::units_of(arguments[1]);
  std::vector<JavaValue> parts;
  std::size_t at = text->find_first_not_of(separators);
  while (at < text->size()) {
    const std::size_t end = std::min(text->find_first_of(separators, at), text->size());
    parts.push_back(java::make(text->substr(at, end - at)));
    at = text->find_first_not_of(separators, end);
  }
  if (parts.size() > kInlineElementsMax) return inline_too_much();
  return java::make_list(std::move(parts));
}

Called starts_with(Arguments arguments) {
  const auto text = receiver(arguments, "startsWith");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "startsWith");
  if (!part) return part.error();
  return JavaValue(text->starts_with(*part));
}

Called ends_with(Arguments arguments) {
  const auto text = receiver(arguments, "endsWith");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "endsWith");
  if (!part) return part.error();
  return JavaValue(text->ends_with(*part));
}

// Where an element is; the size: nowhere.
std::size_t find_element(const java::List& list, const JavaValue& wanted) {
  std::size_t at = 0;
  while (at < list.elements.size() && !java::same(list.elements[at], wanted)) ++at;
  return at;
}

Called contains(Arguments arguments) {
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) {
    return JavaValue(find_element(**list, arguments[1]) < (*list)->elements.size());
  }
  const auto text = receiver(arguments, "contains");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "contains");
  if (!part) return part.error();
  return JavaValue(text->find(*part) != text->npos);
}

Called index_of(Arguments arguments) {
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) {
    const std::size_t at = find_element(**list, arguments[1]);
    return integer(at < (*list)->elements.size() ? at : std::u16string::npos);
  }
  const auto text = receiver(arguments, "indexOf");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "indexOf");
  if (!part) return part.error();
  std::int64_t from = 0;
  if (arguments.size() > 2) {
    const auto given = integer_argument(arguments, 2, "indexOf");
    if (!given) return given.error();
    from = std::max<std::int64_t>(0, *given);
  }
  if (from > static_cast<std::int64_t>(text->size())) return integer(std::u16string::npos);
  return integer(text->find(*part, static_cast<std::size_t>(from)));
}

Called last_index_of(Arguments arguments) {
  const auto text = receiver(arguments, "lastIndexOf");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "lastIndexOf");
  if (!part) return part.error();
  return integer(text->rfind(*part));
}

Called concat(Arguments arguments) {
  const auto text = receiver(arguments, "concat");
  if (!text) return text.error();
  const auto part = text_argument(arguments, 1, "concat");
  if (!part) return part.error();
  return java::operate(java::Operator::kAdd, java::make(*text), java::make(*part));
}

Called is_empty(Arguments arguments) {
  const auto size = length(arguments);
  if (!size) return size.error();
  return JavaValue(!java::is_true(*size));
}

// As StringBuilder.reverse(), which keeps the two halves of a character in order.
void reverse_units(std::u16string& text) {
  const auto is_half = [](char16_t unit, char16_t first) {
    return unit >= first && unit < first + 0x400;
  };
  std::reverse(text.begin(), text.end());
  for (std::size_t n = 0; n + 1 < text.size(); ++n) {
    if (!is_half(text[n], 0xDC00) || !is_half(text[n + 1], 0xD800)) continue;
    std::swap(text[n], text[n + 1]);
    ++n;
  }
}

Called reverse(Arguments arguments) {
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) {
    std::vector<JavaValue> elements = (*list)->elements;
    std::reverse(elements.begin(), elements.end());
    return java::make_list(std::move(elements));
  }
  auto text = receiver(arguments, "reverse");
  if (!text) return text.error();
  reverse_units(*text);
  return java::make(std::move(*text));
}

// The first or, counted from `from_end`, the last part of a text or a list.
Called some(Arguments arguments, bool drops) {
  const std::string_view method = drops ? "drop" : "take";
  const auto size = length(arguments);
  if (!size) return size.error();
  const auto given = integer_argument(arguments, 1, method);
  if (!given) return given.error();
  const auto count = static_cast<std::size_t>(
      std::min(std::max<std::int64_t>(*given, 0), java::long_value(*size)));
  if (const auto* list = std::get_if<java::ListPtr>(&arguments.front())) {
    const auto& all = (*list)->elements;
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(count);
    return java::make_list(drops ? std::vector(middle, all.end())
                                 : std::vector(all.begin(), middle));
  }
  const auto text = receiver(arguments, method);
  if (!text) return text.error();
  return java::make(drops ? text->substr(count) : text->substr(0, count));
}

Called take(Arguments arguments) { return some(arguments, false); }
Called drop(Arguments arguments) { return some(arguments, true); }

Called equals_ignore_case(Arguments arguments) {
  auto a = receiver(arguments, "equalsIgnoreCase");
  if (!a) return a.error();
  std::u16string b = java::units_of(arguments[1]);
  if (!java::to_lower(*a) || !java::to_lower(b)) {
    return inline_cannot("change the case of", java::utf8(*a));
  }
  return JavaValue(*a == b);
}

bool is_text_of(const JavaValue& value, bool (*fits)(const java::Decimal&)) {
  const auto number = java::read_decimal(java::utf8(java::trim(java::units_of(value))));
  return number && fits(*number);
}

Called is_long(Arguments arguments) {
  return JavaValue(is_text_of(arguments.front(), [](const java::Decimal& number) {
    return number.scale == 0 && java::fits_long(number.unscaled);
  }));
}

Called is_integer(Arguments arguments) {
  return JavaValue(is_text_of(arguments.front(), [](const java::Decimal& number) {
    return number.scale == 0 && number.unscaled >= std::numeric_limits<std::int32_t>::min() &&
           number.unscaled <= std::numeric_limits<std::int32_t>::max();
  }));
}

Called is_a_number(Arguments arguments) {
  return JavaValue(is_text_of(arguments.front(), [](const java::Decimal&) { return true; }));
}

// Dates are formatted by a pattern of java.time.
Called format(Arguments arguments) {
  const auto* time = std::get_if<java::DateTime>(&arguments.front());
  if (time == nullptr) return no_such_method("format", java::class_name(arguments.front()));
  const auto pattern = java::DatePattern::compile(java::text_of(arguments[1]));
  if (!pattern) return pattern.error();
  return java::make(java::utf16(pattern->format(*time)));
}

constexpr std::array kMethods{
    InlineMethod{"length", 0, 0, length},
    InlineMethod{"size", 0, 0, length},
    InlineMethod{"substring", 1, 2, substring},
    InlineMethod{"charAt", 1, 1, char_at},
    InlineMethod{"padLeft", 1, 2, pad_left},
    InlineMethod{"padRight", 1, 2, pad_right},
    InlineMethod{"toLowerCase", 0, 0, lower},
    InlineMethod{"toUpperCase", 0, 0, upper},
    InlineMethod{"trim", 0, 0, trim},
    InlineMethod{"strip", 0, 0, trim},
    InlineMethod{"replace", 2, 2, replace},
    InlineMethod{"split", 1, 1, split},
    InlineMethod{"tokenize", 0, 1, tokenize},
    InlineMethod{"startsWith", 1, 1, starts_with},
    InlineMethod{"endsWith", 1, 1, ends_with},
    InlineMethod{"contains", 1, 1, contains},
    InlineMethod{"indexOf", 1, 2, index_of},
    InlineMethod{"lastIndexOf", 1, 1, last_index_of},
    InlineMethod{"concat", 1, 1, concat},
    InlineMethod{"isEmpty", 0, 0, is_empty},
    InlineMethod{"reverse", 0, 0, reverse},
    InlineMethod{"take", 1, 1, take},
    InlineMethod{"drop", 1, 1, drop},
    InlineMethod{"equalsIgnoreCase", 1, 1, equals_ignore_case},
    InlineMethod{"isLong", 0, 0, is_long},
    InlineMethod{"isInteger", 0, 0, is_integer},
    InlineMethod{"isNumber", 0, 0, is_a_number},
    InlineMethod{"format", 1, 1, format},
};

// Where "first..last" of a value of `size` begins and ends, both counted from the end if negative.
struct Part {
  std::size_t first;
  std::size_t count;
  bool reversed;
};

Result<Part> part_of(const java::List::Bounds& bounds, std::size_t size) {
  const auto place = [&](std::int64_t n) {
    return n < 0 ? n + static_cast<std::int64_t>(size) : n;
  };
  std::int64_t first = place(bounds.first);
  std::int64_t last = place(bounds.last);
  bool reversed = first > last;
  if (bounds.exclusive) {
    // Before the end is known to lie after or before the beginning, an empty part is.
    if (bounds.first == bounds.last || first == last) {
      return Part{static_cast<std::size_t>(std::max<std::int64_t>(0, first)), 0, false};
    }
    last += reversed ? 1 : -1;
  }
  if (reversed) std::swap(first, last);
  if (first < 0 || last >= static_cast<std::int64_t>(size)) {
    return out_of_bounds(first < 0 ? bounds.first : last, size);
  }
  return Part{static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1),
              reversed};
}

Result<JavaValue> text_part(const std::u16string& text, const JavaValue& position) {
  if (const auto* range = std::get_if<java::ListPtr>(&position); range && (*range)->bounds) {
    const auto part = part_of(*(*range)->bounds, text.size());
    if (!part) return part.error();
    std::u16string units = part->count == 0 ? u"" : text.substr(part->first, part->count);
    if (part->reversed) reverse_units(units);
    return java::make(std::move(units));
  }
  const std::array both{JavaValue(), position};
  const auto at = integer_argument(both, 1, "[…]");
  if (!at) return at.error();
  const std::int64_t place = *at < 0 ? *at + static_cast<std::int64_t>(text.size()) : *at;
  if (place < 0 || place >= static_cast<std::int64_t>(text.size())) {
    return out_of_bounds(*at, text.size());
  }
  return java::make(text.substr(static_cast<std::size_t>(place), 1));
}

// A list is null behind its end.
Result<JavaValue> list_part(const java::List& list, const JavaValue& position) {
  if (const auto* range = std::get_if<java::ListPtr>(&position); range && (*range)->bounds) {
    const auto part = part_of(*(*range)->bounds, list.elements.size());
    if (!part) return part.error();
    std::vector<JavaValue> elements;
    for (std::size_t n = 0; n < part->count; ++n) {
      elements.push_back(list.elements[part->first + (part->reversed ? part->count - 1 - n : n)]);
    }
    return java::make_list(std::move(elements));
  }
  const std::array both{JavaValue(), position};
  const auto at = integer_argument(both, 1, "[…]");
  if (!at) return at.error();
  const auto size = static_cast<std::int64_t>(list.elements.size());
  const std::int64_t place = *at < 0 ? *at + size : *at;
  if (place < 0) return out_of_bounds(*at, list.elements.size());
  return place >= size ? JavaValue(Null{}) : list.elements[static_cast<std::size_t>(place)];
}

}  // namespace

std::span<const InlineMethod> inline_text_methods() { return kMethods; }

Result<JavaValue> inline_part(const JavaValue& receiver, const JavaValue& position) {
  if (const auto* list = std::get_if<java::ListPtr>(&receiver)) return list_part(**list, position);
  const bool text =
      std::holds_alternative<Text>(receiver) || std::holds_alternative<java::DateTime>(receiver);
  if (!text) return no_such_method("[…]", java::class_name(receiver));
  return text_part(java::units_of(receiver), position);
}

}  // namespace tessera::rules
