#include "rules/targets.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tessera::rules {
namespace {

constexpr std::uint64_t kNumberedMax = 1U << 16U;

}  // namespace

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
    if (read.ec != std::errc{}) continue;
    by_suffix_.emplace(suffix, n);
    const std::size_t prefix = names_[n].size() - digits.size();
    const bool padded = prefix > 0 && names_[n][prefix - 1] == '0';
    if (suffix >= kNumberedMax || padded) continue;
    if (suffix >= numbered_.size()) numbered_.resize(suffix + 1);
    if (numbered_[suffix].ordinal == kNone)
      numbered_[suffix] = {.ordinal = n, .prefix = static_cast<std::uint32_t>(prefix)};
  }
}

std::uint32_t Targets::find(std::string_view name) const {
  const auto exact = by_name_.find(name);
  if (exact != by_name_.end()) return exact->second;
  const auto folded = by_name_.find(fold(name));
  return folded == by_name_.end() ? kNone : folded->second;
}

std::uint32_t Targets::find_numbered(std::string_view prefix, std::uint64_t number) const {
  if (number >= numbered_.size()) return kNone;
  const Numbered& found = numbered_[number];
  const bool same = found.ordinal != kNone && found.prefix == prefix.size() &&
                    std::memcmp(names_[found.ordinal].data(), prefix.data(), prefix.size()) == 0;
  return same ? found.ordinal : kNone;
}

std::uint32_t Targets::find_ending(std::string_view ending) const {
  const auto exact = by_name_.find(ending);
  if (exact != by_name_.end()) return exact->second;
  for (std::uint32_t n = 0; n < size(); ++n) {
    if (names_[n].ends_with(ending)) return n;
  }
  return kNone;
}

std::uint32_t Targets::find_suffix(std::uint64_t suffix) const {
  const auto found = by_suffix_.find(suffix);
  return found == by_suffix_.end() ? kNone : found->second;
}

}  // namespace tessera::rules
