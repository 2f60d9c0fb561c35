#include "rules/algorithms/list.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/algorithms/mod.h"
#include "rules/algorithms/properties.h"
#include "rules/errors.h"

namespace tessera::rules {

bool ListAlgorithm::read_list(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const std::string ending = trimmed(text.substr(0, colon));
  if (ending.empty()) return false;
  for (std::string& value : split(text.substr(colon + 1), ',')) {
    if (value.empty()) return false;
    if (!ending_of_value_.emplace(std::move(value), ending).second) return false;
  }
  return true;
}

AlgorithmResult ListAlgorithm::make(const Properties& properties) {
  PropertyReader reader("LIST", properties);
  const std::string_view lists = reader.required("values");
  auto made = std::make_shared<ListAlgorithm>();
  made->default_ = reader.optional("default").value_or("");
  if (const auto& fault = reader.finish()) return *fault;
  for (const std::string& list : split(lists, ';')) {
    if (list.empty() || made->read_list(list)) continue;
    const std::string why = fmt::format(
        "must be written \"TARGET: value, value; TARGET: value\", each value once, not \"{}\"",
        list);
    return AlgorithmFault{bad_property("LIST", "values", why), "values"};
  }
  return std::shared_ptr<const Algorithm>(std::move(made));
}

Result<std::uint32_t> ListAlgorithm::pick(const Targets& targets, const Value& value,
                                          ValueType /*type*/) const {
  const auto* number = std::get_if<std::int64_t>(&value);
  const std::string text = number ? std::to_string(*number) : std::get<std::string>(value);
  const auto listed = ending_of_value_.find(text);
  const std::string& ending = listed == ending_of_value_.end() ? default_ : listed->second;
  if (ending.empty()) return value_not_listed(text);
  const std::uint32_t found = targets.find_ending(ending);
  if (found == Targets::kNone) return no_such_ending(ending);
  return found;
}

Result<std::vector<std::uint32_t>> ListAlgorithm::pick_range(const Targets& targets,
                                                             const std::optional<Value>& lower,
                                                             const std::optional<Value>& upper,
                                                             ValueType type) const {
  if (!is_integer_type(type)) return all_targets(targets);
  std::vector<std::uint32_t> found;
  const auto add = [&](const std::string& ending) {
    const std::uint32_t target = targets.find_ending(ending);
    if (target != Targets::kNone) found.push_back(target);
  };
  if (!default_.empty()) add(default_);
  for (const auto& [text, ending] : ending_of_value_) {
    const auto number = long_of(Value(text), ValueType::kUnknown);
    if (!number) continue;
    const bool below = lower && *number < std::get<std::int64_t>(*lower);
    const bool above = upper && *number > std::get<std::int64_t>(*upper);
    if (!below && !above) add(ending);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string ListAlgorithm::shape() const {
  std::string text = "LIST " + default_;
  for (const auto& [value, ending] : ending_of_value_) text += "\n" + value + "\t" + ending;
  return text;
}

std::string ListAlgorithm::residue(std::string_view target) const {
  std::string_view longest = target.ends_with(default_) ? std::string_view(default_) : "";
  for (const auto& [value, ending] : ending_of_value_) {
    if (target.ends_with(ending) && ending.size() > longest.size()) longest = ending;
  }
  return longest.empty() ? "\x01" + std::string(target) : std::string(longest);
}

}  // namespace tessera::rules
