#include "rules/algorithms/interval.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/algorithms/properties.h"
#include "rules/errors.h"

namespace tessera::rules {
namespace {

constexpr std::string_view kType = "INTERVAL";
constexpr std::string_view kPattern = "datetime-pattern";
constexpr std::string_view kLower = "datetime-lower";
constexpr std::string_view kUpper = "datetime-upper";
constexpr std::string_view kSuffix = "sharding-suffix-pattern";
constexpr std::string_view kAmount = "datetime-interval-amount";
constexpr std::string_view kUnit = "datetime-interval-unit";
constexpr std::size_t kIntervalsMax = 200'000;

AlgorithmFault fault(std::string_view property, std::string_view why) {
  return {bad_property(kType, property, why), std::string(property)};
}

AlgorithmFault fault(std::string_view property, const Error& error) {
  Error said = bad_property(kType, property, error.message);
  said.sqlstate = error.sqlstate;
  said.hint = error.hint;
  return {said, std::string(property)};
}

}  // namespace

AlgorithmResult IntervalAlgorithm::make(const Properties& properties) {
  PropertyReader reader(kType, properties);
  const std::string_view text = reader.required(kPattern);
  for (const std::string_view property : {kLower, kSuffix}) {
    static_cast<void>(reader.required(property));
  }
  for (const std::string_view property : {kUpper, kUnit}) {
    static_cast<void>(reader.optional(property));
  }
  static_cast<void>(reader.integer(kAmount, {1, 1'000'000}, 1));
  if (const auto& found = reader.finish()) return *found;
  auto pattern = DatePattern::compile(text);
  if (!pattern) return fault(kPattern, pattern.error());
  if (!pattern->can_parse()) return fault(kPattern, "has a letter that cannot be read");
  auto made = std::shared_ptr<IntervalAlgorithm>(new IntervalAlgorithm(std::move(*pattern)));
  if (auto found = made->fill(properties)) return *found;
  return std::shared_ptr<const Algorithm>(std::move(made));
}

std::optional<AlgorithmFault> IntervalAlgorithm::fill(const Properties& properties) {
  PropertyReader reader(kType, properties);
  const auto suffix = DatePattern::compile(reader.required(kSuffix));
  if (!suffix) return fault(kSuffix, suffix.error());
  const auto lower = pattern_.parse(reader.required(kLower));
  if (!lower) return fault(kLower, "does not match datetime-pattern");
  std::optional<Moment> upper;
  if (const auto text = reader.optional(kUpper)) {
    upper = pattern_.parse(*text);
    if (!upper) return fault(kUpper, "does not match datetime-pattern");
    if (*upper < *lower) return fault(kUpper, "is before datetime-lower");
  }
  const std::string_view unit = reader.optional(kUnit).value_or("Days");
  const auto step = make_step(unit, reader.integer(kAmount, {1, 1'000'000}, 1));
  if (!step) return fault(kUnit, "must be a unit of java.time.temporal.ChronoUnit, such as DAYS");
  intervals_.push_back({*lower, {}});
  if (auto found = add_intervals(*step, upper)) return found;
  for (Interval& interval : intervals_) interval.suffix = suffix->format(interval.start);
  for (const auto& [name, value] : properties) shape_ += fmt::format(" {}={}", name, value);
  return std::nullopt;
}

std::optional<AlgorithmFault> IntervalAlgorithm::add_intervals(const Step& step,
                                                               const std::optional<Moment>& last) {
  constexpr Moment kOpenEnd{4'102'444'800, 0};  // 2100-01-01
  const Moment stop = last.value_or(kOpenEnd);
  end_ = plus(intervals_.front().start, step);
  while (end_ <= stop) {
    if (intervals_.size() == kIntervalsMax) {
      if (!last) return std::nullopt;
      return fault(kUpper, fmt::format("gives more than {} intervals", kIntervalsMax));
    }
    intervals_.push_back({end_, {}});
    end_ = plus(end_, step);
  }
  return std::nullopt;
}

Result<Moment> IntervalAlgorithm::moment_in(const Value& value, ValueType type) const {
  const auto* number = std::get_if<std::int64_t>(&value);
  const std::string text = number ? std::to_string(*number) : std::get<std::string>(value);
  std::optional<Moment> moment;
  if (is_temporal(type)) {
    moment = read_iso(text);
    // What the pattern does not show does not count.
    if (moment) moment = pattern_.parse(pattern_.format(*moment));
  } else {
    moment = pattern_.parse(text);
  }
  if (!moment) return date_time_expected(text);
  return *moment;
}

IntervalAlgorithm::Place IntervalAlgorithm::find(const Moment& moment) const {
  if (moment < intervals_.front().start || moment >= end_) return intervals_.end();
  const auto next =
      std::upper_bound(intervals_.begin(), intervals_.end(), moment,
                       [](const Moment& a, const Interval& b) { return a < b.start; });
  return std::prev(next);
}

Result<std::uint32_t> IntervalAlgorithm::pick(const Targets& targets, const Value& value,
                                              ValueType type) const {
  const auto moment = moment_in(value, type);
  if (!moment) return moment.error();
  const Place place = find(*moment);
  if (place == intervals_.end()) return no_such_interval(std::get_if<std::string>(&value));
  const std::uint32_t found = targets.find_ending(place->suffix);
  if (found == Targets::kNone) return no_such_ending(place->suffix);
  return found;
}

Result<std::vector<std::uint32_t>> IntervalAlgorithm::pick_range(const Targets& targets,
                                                                 const std::optional<Value>& lower,
                                                                 const std::optional<Value>& upper,
                                                                 ValueType type) const {
  Moment first = intervals_.front().start;
  Moment last = intervals_.back().start;
  if (lower) {
    const auto moment = moment_in(*lower, type);
    if (!moment) return moment.error();
    first = std::max(first, *moment);
  }
  if (upper) {
    const auto moment = moment_in(*upper, type);
    if (!moment) return moment.error();
    last = std::min(last, *moment);
  }
  std::vector<std::uint32_t> found;
  for (Place at = find(first); at != intervals_.end() && at->start <= last; ++at) {
    const std::uint32_t target = targets.find_ending(at->suffix);
    if (target != Targets::kNone) found.push_back(target);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string IntervalAlgorithm::shape() const { return "INTERVAL" + shape_; }

std::string IntervalAlgorithm::residue(std::string_view target) const {
  for (const Interval& interval : intervals_) {
    if (target.ends_with(interval.suffix)) return interval.suffix;
  }
  // A name that no interval gives equals nothing but itself.
  return "\x01" + std::string(target);
}

}  // namespace tessera::rules
