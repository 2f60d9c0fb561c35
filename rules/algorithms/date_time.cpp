#include "rules/algorithms/date_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "rules/targets.h"

namespace tessera::rules {
namespace {

using std::chrono::year_month_day;

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int32_t kYearMax = 32'000;  // about what year_month_day holds
constexpr std::int64_t kSecondNanos = 1'000'000'000;

// Takes pieces off the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // So many digits at least and at most.
  std::optional<std::uint32_t> digits(std::size_t min, std::size_t max) {
    std::size_t length = 0;
    std::uint32_t number = 0;
    while (length < max && length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') {
      number = number * 10 + static_cast<std::uint32_t>(rest_[length++] - '0');
    }
    if (length < min) return std::nullopt;
    rest_.remove_prefix(length);
    return number;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

bool read_date(Cursor& cursor, Fields& fields) {
  const auto year = cursor.digits(4, 6);
  if (!year || !cursor.skip('-')) return false;
  const auto month = cursor.digits(2, 2);
  if (!month || !cursor.skip('-')) return false;
  const auto day = cursor.digits(2, 2);
  if (!day) return false;
  fields.year = static_cast<std::int32_t>(*year);
  fields.month = *month;
  fields.day = *day;
  return true;
}

bool read_time(Cursor& cursor, Fields& fields) {
  const auto hour = cursor.digits(2, 2);
  if (!hour || !cursor.skip(':')) return false;
  const auto minute = cursor.digits(2, 2);
  if (!minute) return false;
  fields.hour = *hour;
  fields.minute = *minute;
  if (!cursor.skip(':')) return true;
  const auto second = cursor.digits(2, 2);
  if (!second) return false;
  fields.second = *second;
  if (!cursor.skip('.')) return true;
  const std::size_t before = cursor.left();
  const auto fraction = cursor.digits(1, 9);
  if (!fraction) return false;
  fields.nano = *fraction;
  for (std::size_t n = before - cursor.left(); n < 9; ++n) fields.nano *= 10;
  return true;
}

struct Unit {
  std::string_view name;
  Step one;
};

constexpr std::array kUnits{
    Unit{"nanos", {0, 0, 1}},
    Unit{"micros", {0, 0, 1'000}},
    Unit{"millis", {0, 0, 1'000'000}},
    Unit{"seconds", {0, 1, 0}},
    Unit{"minutes", {0, 60, 0}},
    Unit{"hours", {0, 3'600, 0}},
    Unit{"halfdays", {0, kDaySeconds / 2, 0}},
    Unit{"days", {0, kDaySeconds, 0}},
    Unit{"weeks", {0, 7 * kDaySeconds, 0}},
    Unit{"months", {1, 0, 0}},
    Unit{"years", {12, 0, 0}},
    Unit{"decades", {120, 0, 0}},
    Unit{"centuries", {1'200, 0, 0}},
    Unit{"millennia", {12'000, 0, 0}},
};

}  // namespace

Fields fields_of(const Moment& moment) {
  const auto point = std::chrono::sys_seconds(std::chrono::seconds(moment.seconds));
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const year_month_day date(day);
  const std::chrono::hh_mm_ss time(point - day);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<std::uint32_t>(time.hours().count()),
          static_cast<std::uint32_t>(time.minutes().count()),
          static_cast<std::uint32_t>(time.seconds().count()),
          static_cast<std::uint32_t>(moment.nanos)};
}

std::optional<Moment> moment_of(const Fields& fields) {
  if (fields.year < 0 || fields.year > kYearMax) return std::nullopt;
  const year_month_day date{std::chrono::year(fields.year), std::chrono::month(fields.month),
                            std::chrono::day(fields.day)};
  const bool fits = date.ok() && fields.month < 13 && fields.day < 32 && fields.hour < 24 &&
                    fields.minute < 60 && fields.second < 60;
  if (!fits) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Moment{days * kDaySeconds + fields.hour * 3'600LL + fields.minute * 60LL + fields.second,
                static_cast<std::int32_t>(fields.nano)};
}

std::optional<Moment> read_iso(std::string_view text) {
  Cursor cursor(text);
  Fields fields;
  const bool time_only = text.size() > 2 && text[2] == ':';
  if (!time_only) {
    if (!read_date(cursor, fields)) return std::nullopt;
    if (cursor.done()) return moment_of(fields);
    if (!cursor.skip(' ') && !cursor.skip('T')) return std::nullopt;
  }
  if (!read_time(cursor, fields) || !cursor.done()) return std::nullopt;
  return moment_of(fields);
}

std::optional<Step> make_step(std::string_view unit, std::int64_t amount) {
  constexpr std::int64_t kAmountMax = 1'000'000;
  const std::string folded = fold(unit);
  const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& each) { return each.name == folded; });
  if (found == kUnits.end() || amount < 1 || amount > kAmountMax) return std::nullopt;
  const Step& one = found->one;
  return Step{one.months * amount, one.seconds * amount, one.nanos * amount};
}

Moment plus(const Moment& moment, const Step& step) {
  Moment later = moment;
  if (step.months != 0) {
    const auto days = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds(std::chrono::seconds(moment.seconds)));
    const year_month_day date(days);
    const std::int64_t month = static_cast<int>(date.year()) * 12LL +
                               static_cast<unsigned>(date.month()) - 1 + step.months;
    const auto year = static_cast<int>(std::min<std::int64_t>(month / 12, kYearMax));
    year_month_day moved = std::chrono::year(year) / static_cast<int>(month % 12 + 1) / date.day();
    if (!moved.ok()) moved = moved.year() / moved.month() / std::chrono::last;
    later.seconds += (std::chrono::sys_days(moved) - days).count() * kDaySeconds;
  }
  const std::int64_t nanos = later.nanos + step.nanos;
  later.seconds += step.seconds + nanos / kSecondNanos;
  later.nanos = static_cast<std::int32_t>(nanos % kSecondNanos);
  return later;
}

}  // namespace tessera::rules
