#include "rules/targets.h"

#include <algorithm>
#include <charconv>

namespace tessera::rules {

std::string fold(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::string_view numeric_suffix(std::string_view name) {
  std::size_t start = name.size();
  while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9') --start;
  while (start + 1 < name.size() && name[start] == '0') ++start;
  return name.substr(start);
}

Targets::Targets(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::uint32_t n = 0; n < size(); ++n) {
    by_name_.emplace(names_[n], n);
    const std::string_view digits = numeric_suffix(names_[n]);
    std::uint64_t suffix = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), suffix);
    if (read.ec == std::errc{}) by_suffix_.emplace(suffix, n);
  }
}

std::uint32_t Targets::find(std::string_view name) const {
  const auto exact = by_name_.find(name);
  if (exact != by_name_.end()) return exact->second;
  const auto folded = by_name_.find(fold(name));
  return folded == by_name_.end() ? kNone : folded->second;
}

std::uint32_t Targets::find_suffix(std::uint64_t suffix) const {
  const auto found = by_suffix_.find(suffix);
  return found == by_suffix_.end() ? kNone : found->second;
}

}  // namespace tessera::rules
