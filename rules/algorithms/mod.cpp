#include "rules/algorithms/mod.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "rules/algorithms/java_hash.h"
#include "rules/algorithms/properties.h"
#include "rules/errors.h"
#include "rules/integer_text.h"

namespace tessera::rules {
namespace {

std::uint32_t floor_mod(std::int64_t number, std::uint32_t count) {
  const std::int64_t divisor = count;
  const std::int64_t remainder = number % divisor;
  return static_cast<std::uint32_t>(remainder < 0 ? remainder + divisor : remainder);
}

// Of a decimal number however long; no value at all: `text` is none.
std::optional<std::uint32_t> floor_mod(std::string_view text, std::uint32_t count) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::uint64_t remainder = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    remainder = (remainder * 10 + static_cast<std::uint64_t>(c - '0')) % count;
  }
  if (negative && remainder != 0) remainder = count - remainder;
  return static_cast<std::uint32_t>(remainder);
}

}  // namespace

Result<std::int64_t> long_of(const Value& value, ValueType type) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const std::string_view text = std::get<std::string>(value);
  const bool fraction = type == ValueType::kNumeric;
  std::string_view whole = fraction ? text.substr(0, text.find('.')) : text;
  if (fraction && (whole.empty() || whole == "-")) whole = "0";
  std::int64_t number = 0;
  switch (read_integer(whole, number)) {
    case IntegerText::kInteger:
      return number;
    case IntegerText::kOutOfRange:
      return integer_out_of_range(text, "bigint");
    case IntegerText::kInvalid:
      break;
  }
  return not_an_integer(text);
}

Result<std::uint32_t> SuffixAlgorithm::pick(const Targets& targets, const Value& value,
                                            ValueType type) const {
  const auto number = suffix(value, type);
  if (!number) return number.error();
  const std::uint32_t found = targets.find_suffix(*number);
  if (found == Targets::kNone) return no_such_suffix(*number);
  return found;
}

Result<std::vector<std::uint32_t>> SuffixAlgorithm::pick_range(
    const Targets& targets, const std::optional<Value>& /*lower*/,
    const std::optional<Value>& /*upper*/, ValueType /*type*/) const {
  return all_targets(targets);
}

std::string SuffixAlgorithm::residue(std::string_view target) const {
  return std::string(numeric_suffix(target));
}

AlgorithmResult ModAlgorithm::make(const Properties& properties) {
  PropertyReader reader("MOD", properties);
  const std::uint32_t count = reader.count("sharding-count");
  Cut cut;
  cut.start = static_cast<std::uint32_t>(reader.integer("start-offset", {0, 1000}, 0));
  cut.stop = static_cast<std::uint32_t>(reader.integer("stop-offset", {0, 1000}, 0));
  // Zeros before a suffix belong to the target's name, whose number is what we look for.
  static_cast<void>(reader.boolean("zero-padding"));
  if (const auto& fault = reader.finish()) return *fault;
  return std::make_shared<const ModAlgorithm>(count, cut);
}

std::uint32_t ModAlgorithm::quick_pick(const Targets& targets, std::int64_t value) const {
  return is_cut() ? Targets::kNone : targets.find_suffix(floor_mod(value, count()));
}

Result<std::uint32_t> ModAlgorithm::cut_suffix(const Value& value) const {
  const auto* number = std::get_if<std::int64_t>(&value);
  const std::string text = number ? std::to_string(*number) : std::get<std::string>(value);
  if (text.size() <= std::size_t{cut_.start} + cut_.stop) return value_too_short(text);
  const auto remainder = floor_mod(
      std::string_view(text).substr(cut_.start, text.size() - cut_.start - cut_.stop), count());
  if (!remainder) return not_an_integer(text);
  return *remainder;
}

Result<std::uint32_t> ModAlgorithm::suffix(const Value& value, ValueType type) const {
  if (is_cut()) return cut_suffix(value);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return floor_mod(*number, count());
  if (type == ValueType::kNumeric) {
    const auto number = long_of(value, type);
    if (!number) return number.error();
    return floor_mod(*number, count());
  }
  const std::string& text = std::get<std::string>(value);
  const auto remainder = floor_mod(text, count());
  if (!remainder) return not_an_integer(text);
  return *remainder;
}

Result<std::vector<std::uint32_t>> ModAlgorithm::pick_range(const Targets& targets,
                                                            const std::optional<Value>& lower,
                                                            const std::optional<Value>& upper,
                                                            ValueType /*type*/) const {
  const auto* first = lower ? std::get_if<std::int64_t>(&*lower) : nullptr;
  const auto* last = upper ? std::get_if<std::int64_t>(&*upper) : nullptr;
  if (first == nullptr || last == nullptr || is_cut()) return all_targets(targets);
  if (*first > *last) return std::vector<std::uint32_t>{};
  const std::uint64_t span = static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first);
  if (span + 1 >= count() || span == std::numeric_limits<std::uint64_t>::max()) {
    return all_targets(targets);
  }
  std::vector<std::uint32_t> found;
  for (std::uint64_t n = 0; n <= span; ++n) {
    const std::uint32_t target =
        targets.find_suffix(floor_mod(*first + static_cast<std::int64_t>(n), count()));
    if (target != Targets::kNone) found.push_back(target);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string ModAlgorithm::shape() const {
  return fmt::format("MOD {} {} {}", count(), cut_.start, cut_.stop);
}

AlgorithmResult HashModAlgorithm::make(const Properties& properties) {
  PropertyReader reader("HASH_MOD", properties);
  const std::uint32_t count = reader.count("sharding-count");
  const bool normalize = reader.boolean("normalize-numeric-int-range");
  if (const auto& fault = reader.finish()) return *fault;
  return std::make_shared<const HashModAlgorithm>(count, normalize);
}

std::uint32_t HashModAlgorithm::quick_pick(const Targets& targets, std::int64_t value) const {
  const bool same = value >= 0 && value <= std::numeric_limits<std::int32_t>::max();
  return same ? targets.find_suffix(floor_mod(value, count())) : Targets::kNone;
}

Result<std::uint32_t> HashModAlgorithm::suffix(const Value& value, ValueType type) const {
  // Without a type of its own a number that fits an int is taken for one.
  const bool as_int = normalize_ && type == ValueType::kInt8;
  const auto code = java_hash(value, as_int ? ValueType::kUnknown : type);
  if (!code) return code.error();
  const std::int64_t hash = *code;
  return floor_mod(hash < 0 ? -hash : hash, count());
}

std::string HashModAlgorithm::shape() const {
  return fmt::format("HASH_MOD {} {}", count(), normalize_);
}

}  // namespace tessera::rules
