#include "rules/integer_text.h"

#include <charconv>

namespace tessera::rules {
namespace {

// isspace() of the C locale, which PostgreSQL skips.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

IntegerText read_integer(std::string_view text, std::int64_t& number) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  if (text.empty() || (plus && text.front() == '-')) return IntegerText::kInvalid;
  std::int64_t read = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (failure == std::errc::invalid_argument || end != text.data() + text.size()) {
    return IntegerText::kInvalid;
  }
  if (failure == std::errc::result_out_of_range) return IntegerText::kOutOfRange;
  number = read;
  return IntegerText::kInteger;
}

}  // namespace tessera::rules
