// <INTERVAL>: names that end in dates, from one to another by steps.

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "rules/errors.h"
#include "rules/inline_languages.h"
#include "rules/java_date.h"

namespace tessera::rules {
namespace {

using java::CivilDate;
using java::DateTime;

constexpr std::int64_t kNanosOfSecond = 1'000'000'000;
constexpr std::int64_t kSecondsOfDay = 86'400;

struct Unit {
  std::string_view name;  // as java.time.temporal.ChronoUnit prints itself
  std::int64_t months;
  std::int64_t seconds;
  std::int64_t nanos;
};

constexpr std::array kUnits{
    Unit{"Nanos", 0, 0, 1},          Unit{"Micros", 0, 0, 1'000},
    Unit{"Millis", 0, 0, 1'000'000}, Unit{"Seconds", 0, 1, 0},
    Unit{"Minutes", 0, 60, 0},       Unit{"Hours", 0, 3'600, 0},
    Unit{"HalfDays", 0, 43'200, 0},  Unit{"Days", 0, kSecondsOfDay, 0},
    Unit{"Weeks", 0, 604'800, 0},    Unit{"Months", 1, 0, 0},
    Unit{"Years", 12, 0, 0},         Unit{"Decades", 120, 0, 0},
    Unit{"Centuries", 1'200, 0, 0},  Unit{"Millennia", 12'000, 0, 0},
};

// What the pattern's letters make: java.time's LocalDateTime, LocalDate, and so on.
enum class Shape : std::uint8_t { kDateTime, kDate, kYearMonth, kYear, kMonth, kTime };

std::optional<Shape> shape_of(const java::DatePattern& pattern) {
  const bool time = pattern.has('H');
  const bool year = pattern.has('y') || pattern.has('u');
  const bool month = pattern.has('M');
  const bool date = year && month && pattern.has('d');
  if (time) return date ? Shape::kDateTime : Shape::kTime;
  if (date) return Shape::kDate;
  if (year) return month ? Shape::kYearMonth : Shape::kYear;
  if (month) return Shape::kMonth;
  return std::nullopt;
}

bool fits(Shape shape, const Unit& unit) {
  switch (shape) {
    case Shape::kDateTime:
      return true;
    case Shape::kDate:
      return unit.months > 0 || unit.seconds >= kSecondsOfDay;
    case Shape::kYearMonth:
    case Shape::kMonth:
      return unit.months > 0;
    case Shape::kYear:
      return unit.months >= 12;
    case Shape::kTime:
      return unit.months == 0 && unit.seconds < kSecondsOfDay;
  }
  return false;
}

// Whole months: a day earlier in the month, or an earlier time of the same day, makes one less.
std::int64_t months_between(const DateTime& from, const DateTime& to) {
  const CivilDate a = java::civil_date(from.day);
  const CivilDate b = java::civil_date(to.nanos < from.nanos ? to.day - 1 : to.day);
  const std::int64_t months = std::int64_t{b.year - a.year} * 12 + b.month - a.month;
  return b.day < a.day ? months - 1 : months;
}

// How many of `unit` lie between; absent: too many to count.
std::optional<std::int64_t> units_between(const DateTime& from, const DateTime& to,
                                          const Unit& unit) {
  if (unit.months > 0) return months_between(from, to) / unit.months;
  std::int64_t nanos = to.nanos - from.nanos;
  std::int64_t seconds = (to.day - from.day) * kSecondsOfDay + nanos / kNanosOfSecond;
  nanos %= kNanosOfSecond;
  if (nanos < 0) nanos += kNanosOfSecond, --seconds;
  if (unit.seconds > 0) return seconds / unit.seconds;
  if (seconds > kNanosOfSecond) return std::nullopt;
  return (seconds * kNanosOfSecond + nanos) / unit.nanos;
}

// A month's last day stands for a day that it does not have.
DateTime plus_months(const DateTime& from, std::int64_t months) {
  CivilDate date = java::civil_date(from.day);
  const std::int64_t month = std::int64_t{date.year} * 12 + date.month - 1 + months;
  date.year = static_cast<std::int32_t>(month / 12);
  date.month = static_cast<std::int32_t>(month % 12 + 1);
  date.day = std::min(date.day, java::length_of_month(date.year, date.month));
  DateTime later = from;
  later.day = java::day_of(date);
  return later;
}

DateTime plus(const DateTime& from, std::int64_t count, const Unit& unit) {
  if (unit.months > 0) return plus_months(from, count * unit.months);
  const std::int64_t nanos = count * unit.nanos + from.nanos;
  const std::int64_t seconds = count * unit.seconds + nanos / kNanosOfSecond;
  DateTime later = from;
  later.day += seconds / kSecondsOfDay;
  later.nanos = seconds % kSecondsOfDay * kNanosOfSecond + nanos % kNanosOfSecond;
  return later;
}

using Keys = std::map<std::string_view, std::string_view>;

Result<Keys> read_keys(std::string_view whole, std::string_view body) {
  constexpr std::array<std::string_view, 7> kKnown{"P", "SP", "DIA", "DIU", "DL", "DU", "C"};
  Keys keys;
  while (!body.empty()) {
    const std::string_view part = body.substr(0, body.find(';'));
    body.remove_prefix(std::min(body.size(), part.size() + 1));
    const std::size_t place = static_cast<std::size_t>(part.data() - whole.data());
    const std::size_t equals = part.find('=');
    if (equals == part.npos) {
      return inline_syntax_error({whole, place}, part, "stands where KEY=VALUE was expected");
    }
    const std::string_view key = part.substr(0, equals);
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) {
      return inline_syntax_error({whole, place}, key, "is none of P, SP, DIA, DIU, DL, DU and C");
    }
    if (!keys.emplace(key, part.substr(equals + 1)).second) {
      return inline_syntax_error({whole, place}, key, "is there twice");
    }
  }
  for (const std::string_view key : kKnown) {
    if (key != "C" && !keys.contains(key)) {
      return inline_syntax_error({whole, whole.size()}, key, "is missing");
    }
  }
  return keys;
}

// Reads what the keys say; the first fault is kept.
class Interval {
 public:
  Interval(std::string_view whole, const Keys& keys) : whole_(whole), keys_(keys) {}
  Result<std::vector<std::string>> names();

 private:
  [[nodiscard]] std::size_t place(std::string_view value) const {
    return static_cast<std::size_t>(value.data() - whole_.data());
  }
  [[nodiscard]] Error fault(std::string_view value, std::string_view why) const {
    return inline_syntax_error({whole_, place(value)}, value, why);
  }
  Result<Unit> unit(Shape shape) const;
  Result<std::int64_t> amount() const;
  Result<DateTime> bound(std::string_view key, const java::DatePattern& pattern) const;

  std::string_view whole_;
  const Keys& keys_;
};

Result<Unit> Interval::unit(Shape shape) const {
  const std::string_view name = keys_.at("DIU");
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (fits(shape, unit)) return unit;
    return fault(name, "is no unit of what the pattern SP has");
  }
  return fault(name, "is no unit; write Days, Months, Years, Hours, …");
}

Result<std::int64_t> Interval::amount() const {
  const std::string_view text = keys_.at("DIA");
  std::int32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number <= 0) {
    return fault(text, "is no positive integer");
  }
  return number;
}

Result<DateTime> Interval::bound(std::string_view key, const java::DatePattern& pattern) const {
  const std::string_view text = keys_.at(key);
  const auto time = pattern.parse(text);
  if (!time) return fault(text, "is no date or time of the pattern SP");
  return *time;
}

Result<std::vector<std::string>> Interval::names() {
  if (keys_.contains("C") && keys_.at("C") != "ISO") {
    const std::string_view calendar = keys_.at("C");
    return inline_not_supported({whole_, place(calendar)}, calendar,
                                "is another calendar than ISO");
  }
  const auto pattern = java::DatePattern::compile(keys_.at("SP"));
  if (!pattern) return pattern.error();
  const auto shape = shape_of(*pattern);
  if (!shape) return fault(keys_.at("SP"), "is no pattern of a date or a time");
  const auto step = unit(*shape);
  if (!step) return step.error();
  const auto by = amount();
  if (!by) return by.error();
  const auto first = bound("DL", *pattern);
  if (!first) return first.error();
  const auto last = bound("DU", *pattern);
  if (!last) return last.error();
  // Between months without a year Java counts months whatever the unit says.
  const Unit counted = *shape == Shape::kMonth ? Unit{"Months", 1, 0, 0} : *step;
  const bool backwards =
      last->day < first->day || (last->day == first->day && last->nanos < first->nanos);
  if (backwards) return fault(keys_.at("DU"), "lies before DL");
  const auto between = units_between(*first, *last, counted);
  if (!between || *between / *by >= 65'536) return inline_too_many_names();
  std::vector<std::string> names;
  for (std::int64_t n = 0; n <= *between / *by; ++n) {
    names.push_back(std::string(keys_.at("P")) + pattern->format(plus(*first, n * *by, counted)));
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> expand_interval(std::string_view whole, std::string_view body) {
  const auto keys = read_keys(whole, body);
  if (!keys) return keys.error();
  return Interval(whole, *keys).names();
}

}  // namespace tessera::rules
