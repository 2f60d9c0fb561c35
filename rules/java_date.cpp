#include "rules/java_date.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "rules/errors.h"

namespace tessera::rules::java {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int32_t kYearMax = 9999;

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};

bool is_leap(std::int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Up to `width` digits at the front of `text`, at least `least`.
std::optional<std::int32_t> take_digits(std::string_view& text, std::size_t least,
                                        std::size_t width) {
  std::size_t count = 0;
  while (count < width && count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  if (count < least || count > 9) return std::nullopt;
  std::int32_t number = 0;
  std::from_chars(text.data(), text.data() + count, number);
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

bool is_date(const CivilDate& date) {
  return date.year >= 0 && date.year <= kYearMax && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= length_of_month(date.year, date.month);
}

std::optional<CivilDate> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2, 2);
  if (!day) return std::nullopt;
  const CivilDate date{*year, *month, *day};
  return is_date(date) ? std::optional(date) : std::nullopt;
}

// The digits after a point, as nanoseconds.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  std::int64_t nanos = 0;
  std::size_t count = 0;
  while (count < 9 && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    nanos = nanos * 10 + (text[count++] - '0');
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  for (; count < 9; ++count) nanos *= 10;
  return nanos;
}

std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t nanos = *hour * kHour + *minute * kMinute;
  if (!take(text, ":")) return nanos;
  const auto second = take_digits(text, 2, 2);
  if (!second || *second > 59) return std::nullopt;
  nanos += *second * kSecond;
  if (!take(text, ".")) return nanos;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return nanos + *fraction;
}

std::int64_t weekday(std::int64_t day) { return ((day + 3) % 7 + 7) % 7; }  // Monday: 0

std::string padded(std::int64_t number, std::size_t width) {
  return fmt::format("{:0{}}", number, width);
}

std::string month_text(std::int32_t month, std::size_t width) {
  const std::string_view name = kMonths[static_cast<std::size_t>(month - 1)];
  if (width <= 2) return padded(month, width);
  return std::string(width == 3 ? name.substr(0, 3) : name);
}

std::string weekday_text(std::int64_t day, std::size_t width) {
  const std::string_view name = kWeekdays[static_cast<std::size_t>(weekday(day))];
  return std::string(width <= 3 ? name.substr(0, 3) : name);
}

std::size_t width_max(char letter) {
  switch (letter) {
    case 'y':
    case 'u':
    case 'M':
    case 'E':
      return 4;
    case 'd':
    case 'H':
    case 'h':
    case 'm':
    case 's':
      return 2;
    case 'D':
      return 3;
    case 'S':
      return 9;
    case 'a':
      return 1;
    default:
      return 0;
  }
}

}  // namespace

// Days since 1970 of a date of the proleptic Gregorian calendar, whose years begin in March here,
// so that the leap day comes last.
std::int64_t day_of(const CivilDate& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t of_year = (153 * month + 2) / 5 + date.day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

CivilDate civil_date(std::int64_t day) {
  const std::int64_t shifted = day + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t of_era = shifted - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  const std::int64_t civil_month = month < 10 ? month + 3 : month - 9;
  return {static_cast<std::int32_t>(year + era * 400 + (civil_month <= 2 ? 1 : 0)),
          static_cast<std::int32_t>(civil_month),
          static_cast<std::int32_t>(of_year - (153 * month + 2) / 5 + 1)};
}

std::int32_t length_of_month(std::int32_t year, std::int32_t month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<DateTime> read_date_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  DateTime time{.day = day_of(*date), .nanos = 0, .date_only = text.empty()};
  if (text.empty()) return time;
  if (!take(text, " ") && !take(text, "T")) return std::nullopt;
  const auto nanos = take_time(text);
  if (!nanos || !text.empty()) return std::nullopt;
  time.nanos = *nanos;
  return time;
}

std::string to_text(const DateTime& time) {
  const CivilDate date = civil_date(time.day);
  std::string text = fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  if (time.date_only) return text;
  text += fmt::format(" {:02}:{:02}:{:02}", time.nanos / kHour, time.nanos / kMinute % 60,
                      time.nanos / kSecond % 60);
  std::string fraction = padded(time.nanos % kSecond, 9);
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return text + "." + fraction;
}

std::int64_t epoch_millis(const DateTime& time) {
  return time.day * 86'400'000 + time.nanos / 1'000'000;
}

Result<DatePattern> DatePattern::compile(std::string_view pattern) {
  DatePattern compiled;
  for (std::size_t at = 0; at < pattern.size();) {
    Part part;
    if (is_letter(pattern[at])) {
      part.letter = pattern[at];
      const std::size_t end = pattern.find_first_not_of(part.letter, at);
      part.width = (end == pattern.npos ? pattern.size() : end) - at;
      if (part.width > width_max(part.letter)) {
        return date_pattern_not_supported(pattern, pattern.substr(at, part.width));
      }
      at += part.width;
    } else if (pattern[at] == '\'') {
      const std::size_t end = pattern.find('\'', at + 1);
      if (end == pattern.npos) return date_pattern_not_supported(pattern, pattern.substr(at));
      part.literal = end == at + 1 ? "'" : pattern.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      part.literal = pattern[at++];
    }
    compiled.parts_.push_back(std::move(part));
  }
  return compiled;
}

std::string DatePattern::format(const DateTime& time) const {
  const CivilDate date = civil_date(time.day);
  const std::int64_t hour = time.nanos / kHour;
  std::string text;
  for (const Part& part : parts_) {
    switch (part.letter) {
      case 'y':
      case 'u':
        text += part.width == 2 ? padded(date.year % 100, 2) : padded(date.year, part.width);
        break;
      case 'M':
        text += month_text(date.month, part.width);
        break;
      case 'd':
        text += padded(date.day, part.width);
        break;
      case 'D':
        text += padded(time.day - day_of({date.year, 1, 1}) + 1, part.width);
        break;
      case 'E':
        text += weekday_text(time.day, part.width);
        break;
      case 'H':
        text += padded(hour, part.width);
        break;
      case 'h':
        text += padded((hour + 11) % 12 + 1, part.width);
        break;
      case 'a':
        text += hour < 12 ? "AM" : "PM";
        break;
      case 'm':
        text += padded(time.nanos / kMinute % 60, part.width);
        break;
      case 's':
        text += padded(time.nanos / kSecond % 60, part.width);
        break;
      case 'S':
        text += padded(time.nanos % kSecond, 9).substr(0, part.width);
        break;
      default:
        text += part.literal;
    }
  }
  return text;
}

struct DatePattern::Fields {
  CivilDate date;
  std::int32_t hour = 0;
  std::int32_t minute = 0;
  std::int32_t second = 0;
  std::int64_t fraction = 0;
};

// A number of one letter takes all digits; where another number follows at once, or it is written
// with two letters or more, it has its width. A year may be longer only if a sign follows.
bool DatePattern::read(const Part& part, bool adjacent, std::string_view& text, Fields& fields) {
  if (part.letter == 0) return take(text, part.literal);
  if (part.letter == 'S') {
    std::string_view digits = text.substr(0, part.width);
    const auto fraction = take_fraction(digits);
    if (!fraction || !digits.empty() || text.size() < part.width) return false;
    fields.fraction = *fraction;
    text.remove_prefix(part.width);
    return true;
  }
  const std::size_t width = part.width == 1 && !adjacent ? 4 : part.width;
  const auto number = take_digits(text, part.width, width);
  if (!number) return false;
  switch (part.letter) {
    case 'y':
    case 'u':
      fields.date.year = part.width == 2 ? 2000 + *number : *number;
      return true;
    case 'M':
      fields.date.month = *number;
      return part.width <= 2;
    case 'd':
      fields.date.day = *number;
      return true;
    case 'H':
      fields.hour = *number;
      return *number < 24;
    case 'm':
      fields.minute = *number;
      return *number < 60;
    case 's':
      fields.second = *number;
      return *number < 60;
    default:
      return false;
  }
}

std::optional<DateTime> DatePattern::parse(std::string_view text) const {
  Fields fields;
  for (std::size_t n = 0; n < parts_.size(); ++n) {
    const bool adjacent = n + 1 < parts_.size() && parts_[n + 1].letter != 0;
    if (!read(parts_[n], adjacent, text, fields)) return std::nullopt;
  }
  if (!text.empty() || !is_date(fields.date)) return std::nullopt;
  return DateTime{.day = day_of(fields.date),
                  .nanos = fields.hour * kHour + fields.minute * kMinute + fields.second * kSecond +
                           fields.fraction,
                  .date_only = false};
}

bool DatePattern::has(char letter) const {
  for (const Part& part : parts_) {
    if (part.letter == letter) return true;
  }
  return false;
}

}  // namespace tessera::rules::java
