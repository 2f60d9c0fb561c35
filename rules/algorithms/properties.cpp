#include "rules/algorithms/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "rules/errors.h"

namespace tessera::rules {

void PropertyReader::fail(Error error, std::string_view property) {
  if (!fault_) fault_ = AlgorithmFault{std::move(error), std::string(property)};
}

const std::string* PropertyReader::find(std::string_view name) {
  known_.push_back(name);
  const auto found = properties_.find(name);
  return found == properties_.end() ? nullptr : &found->second;
}

std::string_view PropertyReader::required(std::string_view name) {
  const std::string* value = find(name);
  if (value != nullptr && !value->empty()) return *value;
  fail(bad_property(type_, name, "is missing"), value == nullptr ? "" : name);
  return {};
}

bool PropertyReader::boolean(std::string_view name) {
  const std::string* value = find(name);
  if (value == nullptr) return false;
  const std::string folded = fold(*value);
  if (folded != "true" && folded != "false") {
    fail(bad_property(type_, name, "must be true or false"), name);
  }
  return folded == "true";
}

std::uint32_t PropertyReader::count(std::string_view name) {
  constexpr std::uint32_t kMax = 65'536;
  const std::string_view text = required(name);
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc{} && end == text.data() + text.size();
  if (!whole || number < 1 || number > kMax) {
    fail(bad_property(type_, name, "must be a number from 1 to 65536"), name);
    return 1;
  }
  return number;
}

std::optional<std::string_view> PropertyReader::optional(std::string_view name) {
  const std::string* value = find(name);
  if (value == nullptr || value->empty()) return std::nullopt;
  return *value;
}

std::int64_t PropertyReader::integer(std::string_view name, Bounds bounds,
                                     std::optional<std::int64_t> absent) {
  const std::string* value = find(name);
  if (value == nullptr && absent) return *absent;
  const std::string_view text = required(name);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc{} && end == text.data() + text.size();
  if (whole && number >= bounds.min && number <= bounds.max) return number;
  fail(bad_property(
           type_, name,
           fmt::format("must be a number from {} to {}, not \"{}\"", bounds.min, bounds.max, text)),
       name);
  return bounds.min;
}

std::vector<std::string> PropertyReader::list(std::string_view name) {
  std::vector<std::string> pieces = split(required(name), ',');
  const bool empty = std::any_of(pieces.begin(), pieces.end(),
                                 [](const std::string& piece) { return piece.empty(); });
  if (empty) fail(bad_property(type_, name, "has nothing between two commas"), name);
  return pieces;
}

const std::optional<AlgorithmFault>& PropertyReader::finish() {
  for (const auto& [name, value] : properties_) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string why = "is unknown; known are";
    for (const std::string_view known : known_) why += " " + std::string(known);
    fail(bad_property(type_, name, why), name);
  }
  return fault_;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto start = text.find_first_not_of(kSpace);
  if (start == text.npos) return {};
  return std::string(text.substr(start, text.find_last_not_of(kSpace) - start + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  while (true) {
    const std::size_t end = text.find(separator);
    pieces.push_back(trimmed(text.substr(0, end)));
    if (end == text.npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::uint32_t> all_targets(const Targets& targets) {
  std::vector<std::uint32_t> all(targets.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace tessera::rules
