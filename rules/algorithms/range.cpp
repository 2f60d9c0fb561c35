#include "rules/algorithms/range.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "rules/algorithms/date_pattern.h"
#include "rules/algorithms/properties.h"
#include "rules/errors.h"

namespace tessera::rules {
namespace {

constexpr std::int64_t kLongMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLongMax = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kDateTime = "yyyy-MM-dd HH:mm:ss";

AlgorithmFault fault(std::string_view type, std::string_view property, std::string_view why) {
  return {bad_property(type, property, why), std::string(property)};
}

const DatePattern& date_time_pattern() {
  static const DatePattern pattern = *DatePattern::compile(kDateTime);
  return pattern;
}

}  // namespace

Result<std::vector<std::uint32_t>> OrderedAlgorithm::pick_range(const Targets& targets,
                                                                const std::optional<Value>& lower,
                                                                const std::optional<Value>& upper,
                                                                ValueType type) const {
  std::uint32_t first = 0;
  std::uint32_t last = count() - 1;
  if (lower) {
    const auto found = suffix(*lower, type);
    if (!found) return found.error();
    first = *found;
  }
  if (upper) {
    const auto found = suffix(*upper, type);
    if (!found) return found.error();
    last = *found;
  }
  std::vector<std::uint32_t> found;
  for (std::uint32_t n = first; n <= last; ++n) {
    const std::uint32_t target = targets.find_suffix(n);
    if (target != Targets::kNone) found.push_back(target);
  }
  std::sort(found.begin(), found.end());
  return found;
}

RangeAlgorithm::RangeAlgorithm(std::vector<std::int64_t> boundaries)
    : OrderedAlgorithm(static_cast<std::uint32_t>(boundaries.size()) + 1),
      boundaries_(std::move(boundaries)) {}

AlgorithmResult RangeAlgorithm::make_volume(const Properties& properties) {
  constexpr std::uint64_t kTablesMax = 65'536;
  PropertyReader reader("VOLUME_RANGE", properties);
  const std::int64_t lower = reader.integer("range-lower", {kLongMin, kLongMax});
  const std::int64_t upper = reader.integer("range-upper", {kLongMin, kLongMax});
  const std::int64_t volume = reader.integer("sharding-volume", {1, kLongMax});
  if (const auto& found = reader.finish()) return *found;
  const std::uint64_t span = static_cast<std::uint64_t>(upper) - static_cast<std::uint64_t>(lower);
  const auto step = static_cast<std::uint64_t>(volume);
  if (upper < lower || span < step) {
    return fault("VOLUME_RANGE", "range-upper", "must be above range-lower by sharding-volume");
  }
  if (span / step > kTablesMax) {
    return fault("VOLUME_RANGE", "sharding-volume", "gives more than 65536 tables");
  }
  std::vector<std::int64_t> boundaries;
  for (std::uint64_t at = 0; at < span; at += step) {
    boundaries.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(lower) + at));
    if (span - at < step) break;
  }
  boundaries.push_back(upper);
  return std::make_shared<const RangeAlgorithm>(std::move(boundaries));
}

AlgorithmResult RangeAlgorithm::make_boundary(const Properties& properties) {
  PropertyReader reader("BOUNDARY_RANGE", properties);
  const auto texts = reader.list("sharding-ranges");
  if (const auto& found = reader.finish()) return *found;
  std::vector<std::int64_t> boundaries;
  for (const std::string& text : texts) {
    const auto boundary = long_of(Value(text), ValueType::kUnknown);
    if (!boundary) {
      return fault("BOUNDARY_RANGE", "sharding-ranges",
                   fmt::format("must be integers with commas between them, not \"{}\"", text));
    }
    boundaries.push_back(*boundary);
  }
  if (boundaries.size() > 65'535) {
    return fault("BOUNDARY_RANGE", "sharding-ranges", "gives more than 65536 tables");
  }
  std::sort(boundaries.begin(), boundaries.end());
  return std::make_shared<const RangeAlgorithm>(std::move(boundaries));
}

Result<std::uint32_t> RangeAlgorithm::suffix(const Value& value, ValueType type) const {
  const auto number = long_of(value, type);
  if (!number) return number.error();
  const auto next = std::upper_bound(boundaries_.begin(), boundaries_.end(), *number);
  return static_cast<std::uint32_t>(next - boundaries_.begin());
}

std::string RangeAlgorithm::shape() const {
  return fmt::format("RANGE {}", fmt::join(boundaries_, " "));
}

AlgorithmResult AutoIntervalAlgorithm::make(const Properties& properties) {
  constexpr std::string_view kType = "AUTO_INTERVAL";
  PropertyReader reader(kType, properties);
  const std::string_view lower_text = reader.required("datetime-lower");
  const std::string_view upper_text = reader.required("datetime-upper");
  const std::int64_t seconds = reader.integer("sharding-seconds", {1, kLongMax});
  if (const auto& found = reader.finish()) return *found;
  const auto lower = date_time_pattern().parse(lower_text);
  if (!lower) return fault(kType, "datetime-lower", "must be written yyyy-MM-dd HH:mm:ss");
  const auto upper = date_time_pattern().parse(upper_text);
  if (!upper) return fault(kType, "datetime-upper", "must be written yyyy-MM-dd HH:mm:ss");
  if (*upper < *lower) return fault(kType, "datetime-upper", "is before datetime-lower");
  // ShardingSphere's quotient is that of integers.
  const std::int64_t count = (upper->seconds - lower->seconds) / seconds + 2;
  if (count > 65'536) return fault(kType, "sharding-seconds", "gives more than 65536 tables");
  return std::make_shared<const AutoIntervalAlgorithm>(static_cast<std::uint32_t>(count), *lower,
                                                       seconds);
}

// ShardingSphere writes the quotient with two decimals before it takes the next integer, so that
// what is less than half a hundredth of an interval after its start still counts before it.
Result<std::uint32_t> AutoIntervalAlgorithm::suffix(const Value& value, ValueType type) const {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return date_time_expected(std::to_string(std::get<std::int64_t>(value)));
  const auto moment = is_temporal(type) ? read_iso(*text) : date_time_pattern().parse(*text);
  if (!moment) return date_time_expected(*text);
  const double quotient =
      static_cast<double>(moment->seconds - lower_.seconds) / static_cast<double>(seconds_);
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), quotient,
                                 std::chars_format::fixed, 2)
                       .ptr;
  double rounded = 0;
  std::from_chars(digits.data(), end, rounded);
  const double position = std::clamp(std::ceil(rounded), 0.0, static_cast<double>(count() - 1));
  return static_cast<std::uint32_t>(position);
}

std::string AutoIntervalAlgorithm::shape() const {
  return fmt::format("AUTO_INTERVAL {} {} {}", lower_.seconds, count(), seconds_);
}

}  // namespace tessera::rules
