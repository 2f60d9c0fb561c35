#include "rules/algorithms/properties.h"

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

void PropertyReader::only(std::string_view name, std::string_view harmless) {
  const std::string* value = find(name);
  if (value == nullptr || fold(*value) == harmless) return;
  const std::string why = "is not supported with a value other than " + std::string(harmless);
  fail(property_not_supported(type_, name, why), name);
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

std::vector<std::uint32_t> all_targets(const Targets& targets) {
  std::vector<std::uint32_t> all(targets.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace tessera::rules
