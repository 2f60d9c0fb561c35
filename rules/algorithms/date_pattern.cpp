#include "rules/algorithms/date_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "rules/targets.h"

namespace tessera::rules {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Error broken(std::string why) { return {.sqlstate = "22023", .message = std::move(why)}; }

struct Quoted {
  std::string text;
  std::size_t length = 1;  // of the pattern
};

// 'text', where two quotes are one; '' alone is one, too. Absent: it does not end.
std::optional<Quoted> read_quoted(std::string_view pattern) {
  if (pattern.starts_with("''")) return Quoted{"'", 2};
  Quoted quoted;
  while (quoted.length < pattern.size()) {
    const char c = pattern[quoted.length++];
    if (c == '\'') {
      const bool twice = quoted.length < pattern.size() && pattern[quoted.length] == '\'';
      if (!twice) return quoted;
      ++quoted.length;
    }
    quoted.text += c;
  }
  return std::nullopt;
}

std::uint32_t half_day_hour(std::uint32_t hour) { return hour % 12 == 0 ? 12 : hour % 12; }

std::uint32_t day_of_year(const Fields& fields) {
  const auto first = moment_of({.year = fields.year});
  const auto day = moment_of({.year = fields.year, .month = fields.month, .day = fields.day});
  return static_cast<std::uint32_t>((day->seconds - first->seconds) / 86'400) + 1;
}

std::int64_t number_of(char letter, const Fields& fields) {
  switch (letter) {
    case 'y':
    case 'u':
      return fields.year;
    case 'M':
    case 'L':
      return fields.month;
    case 'Q':
    case 'q':
      return (fields.month + 2) / 3;
    case 'd':
      return fields.day;
    case 'D':
      return day_of_year(fields);
    case 'H':
      return fields.hour;
    case 'k':
      return fields.hour == 0 ? 24 : fields.hour;
    case 'h':
      return half_day_hour(fields.hour);
    case 'K':
      return fields.hour % 12;
    case 'm':
      return fields.minute;
    case 's':
      return fields.second;
    default:
      return fields.nano;
  }
}

// How many of a letter may stand together as a number.
std::uint32_t count_max(char letter) {
  if (letter == 'y' || letter == 'u' || letter == 'S' || letter == 'n') return 9;
  if (letter == 'D') return 3;
  return letter == 'a' ? 1 : 2;
}

}  // namespace

struct DatePattern::Reading {
  std::string_view rest;
  Fields fields;
  std::optional<bool> afternoon;
  bool half_day = false;
};

Status DatePattern::add(char letter, std::uint32_t count) {
  constexpr std::string_view kNumbers = "yuMLdDHkhKmsSnQqa";
  if (letter == 'Y' || letter == 'w' || letter == 'W') {
    return Error{
        .sqlstate = "0A000",
        .message = fmt::format("has the letter {}: weeks depend on the server's language", letter),
        .hint = "The year of a date is yyyy, not YYYY."};
  }
  if (kNumbers.find(letter) == kNumbers.npos || count > count_max(letter)) {
    return Error{
        .sqlstate = "0A000",
        .message = fmt::format("has \"{}\", which is not supported", std::string(count, letter)),
        .hint = "Supported are the numbers of y u M L d D H k h K m s S n Q q, and a."};
  }
  parts_.push_back({letter, count, {}});
  return {};
}

Result<DatePattern> DatePattern::compile(std::string_view pattern) {
  DatePattern made;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const auto quoted = read_quoted(pattern.substr(at));
      if (!quoted) return broken("has a quote that does not end");
      made.parts_.push_back({0, 0, quoted->text});
      at += quoted->length;
    } else if (is_letter(c)) {
      const std::size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
      const Status added = made.add(c, static_cast<std::uint32_t>(end - at));
      if (!added) return added.error();
      at = end;
    } else if (std::string_view("[]{}#").find(c) != std::string_view::npos) {
      return broken(fmt::format("has \"{}\", which is not supported", c));
    } else {
      made.parts_.push_back({0, 0, std::string(1, c)});
      ++at;
    }
  }
  if (made.parts_.empty()) return broken("is empty");
  return made;
}

bool DatePattern::can_parse() const {
  return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.letter == 'D' || part.letter == 'Q' || part.letter == 'q';
  });
}

std::string DatePattern::format(const Moment& moment) const {
  const Fields fields = fields_of(moment);
  std::string text;
  for (const Part& part : parts_) {
    if (part.letter == 0) {
      text += part.literal;
    } else if (part.letter == 'a') {
      text += fields.hour < 12 ? "AM" : "PM";
    } else if (part.letter == 'S') {
      text += fmt::format("{:09}", fields.nano).substr(0, part.count);
    } else {
      const bool short_year = (part.letter == 'y' || part.letter == 'u') && part.count == 2;
      const std::int64_t number = number_of(part.letter, fields);
      text += fmt::format("{:0{}}", short_year ? number % 100 : number, part.count);
    }
  }
  return text;
}

bool DatePattern::read(const Part& part, bool digits_follow, Reading& reading) const {
  if (part.letter == 'a') {
    const std::string half = fold(reading.rest.substr(0, 2));
    if (half != "am" && half != "pm") return false;
    reading.afternoon = half == "pm";
    reading.rest.remove_prefix(2);
    return true;
  }
  // One letter takes the digits that are there, unless more digits follow.
  const bool open = part.count == 1 && !digits_follow && part.letter != 'S';
  const std::size_t most = open ? (part.letter == 'y' || part.letter == 'u' ? 6 : 2) : part.count;
  std::uint32_t number = 0;
  std::size_t length = 0;
  while (length < most && length < reading.rest.size() && reading.rest[length] >= '0' &&
         reading.rest[length] <= '9') {
    number = number * 10 + static_cast<std::uint32_t>(reading.rest[length++] - '0');
  }
  if (length == 0 || (!open && length < part.count)) return false;
  reading.rest.remove_prefix(length);
  Fields& fields = reading.fields;
  switch (part.letter) {
    case 'y':
    case 'u':
      fields.year = static_cast<std::int32_t>(part.count == 2 ? 2000 + number : number);
      return true;
    case 'M':
    case 'L':
      fields.month = number;
      return true;
    case 'd':
      fields.day = number;
      return true;
    case 'm':
      fields.minute = number;
      return true;
    case 's':
      fields.second = number;
      return true;
    case 'S':
      for (std::size_t n = length; n < 9; ++n) number *= 10;
      fields.nano = number;
      return true;
    case 'n':
      fields.nano = number;
      return true;
    case 'k':
      fields.hour = number == 24 ? 0 : number;
      return true;
    case 'h':
    case 'K':
      reading.half_day = true;
      fields.hour = number == 12 ? 0 : number;
      return true;
    default:
      fields.hour = number;
      return true;
  }
}

std::optional<Moment> DatePattern::parse(std::string_view text) const {
  Reading reading{.rest = text, .fields = {}, .afternoon = {}};
  for (std::size_t n = 0; n < parts_.size(); ++n) {
    if (reading.rest.empty() && n > 0) break;
    const Part& part = parts_[n];
    if (part.letter == 0) {
      if (!reading.rest.starts_with(part.literal)) return std::nullopt;
      reading.rest.remove_prefix(part.literal.size());
      continue;
    }
    const bool digits_follow = n + 1 < parts_.size() && parts_[n + 1].letter != 0;
    if (!read(part, digits_follow, reading)) return std::nullopt;
  }
  if (reading.half_day && reading.afternoon.value_or(false)) reading.fields.hour += 12;
  return moment_of(reading.fields);
}

}  // namespace tessera::rules
