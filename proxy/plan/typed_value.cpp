#include "proxy/plan/typed_value.h"

#include <fmt/format.h>

#include <chrono>

#include "proxy/plan/array.h"

namespace tessera::plan {
namespace {

using rules::ValueType;
using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year_month_day;

constexpr std::string_view kSpace = " \t\n\r\f\v";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | '\x20') : c; }

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += lower(c);
  return out;
}

// Takes a moment's parts off the front of a text.
class MomentReader {
 public:
  explicit MomentReader(std::string_view text) : rest_(trim(text)) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::optional<sys_days> day() {
    const auto year = number(4);
    if (!year || !take('-')) return std::nullopt;
    const auto month = number(2);
    if (!month || !take('-')) return std::nullopt;
    const auto day = number(2);
    if (!day) return std::nullopt;
    const year_month_day date{std::chrono::year(*year),
                              std::chrono::month(static_cast<unsigned>(*month)),
                              std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year == 0) return std::nullopt;
    return sys_days(date);
  }

  // Nothing at all is midnight.
  std::optional<microseconds> time_of_day() {
    if (at_end()) return microseconds(0);
    if (!take('T') && !take(' ')) return std::nullopt;
    const auto hour = number(2);
    if (!hour || *hour > 23 || !take(':')) return std::nullopt;
    const auto minute = number(2);
    if (!minute || *minute > 59) return std::nullopt;
    microseconds out = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    if (!take(':')) return out;
    const auto second = number(2);
    if (!second || *second > 59) return std::nullopt;
    out += std::chrono::seconds(*second);
    if (!take('.')) return out;
    const auto fraction = this->fraction();
    if (!fraction) return std::nullopt;
    return out + *fraction;
  }

  std::optional<microseconds> offset() {
    if (take('Z') || take('z')) return microseconds(0);
    const bool west = !rest_.empty() && rest_.front() == '-';
    if (!take('+') && !take('-')) return std::nullopt;
    const auto hours = number(2);
    if (!hours || *hours > 15) return std::nullopt;
    microseconds out = std::chrono::hours(*hours);
    const bool colon = take(':');
    if (colon || !at_end()) {
      const auto minutes = number(2);
      if (!minutes || *minutes > 59) return std::nullopt;
      out += std::chrono::minutes(*minutes);
    }
    return west ? -out : out;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int out = 0;
    for (std::size_t at = 0; at < digits; ++at) {
      if (!is_digit(rest_[at])) return std::nullopt;
      out = out * 10 + (rest_[at] - '0');
    }
    rest_.remove_prefix(digits);
    return out;
  }

  // More than six digits PostgreSQL rounds.
  std::optional<microseconds> fraction() {
    std::int64_t out = 0;
    std::size_t digits = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++digits) {
      if (digits == 6) return std::nullopt;
      out = out * 10 + (rest_.front() - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) out *= 10;
    return microseconds(out);
  }

  std::string_view rest_;
};

std::optional<std::string> print_date(sys_days day) {
  const year_month_day date(day);
  const int year = static_cast<int>(date.year());
  if (!date.ok() || year < 1 || year > 9999) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", year, static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::optional<std::string> print_timestamp(sys_time<microseconds> moment) {
  const auto day = std::chrono::floor<days>(moment);
  auto out = print_date(day);
  if (!out) return out;
  const auto since = (moment - day).count();
  const auto seconds = since / 1'000'000;
  *out += fmt::format(" {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (since % 1'000'000 == 0) return out;
  *out += fmt::format(".{:06}", since % 1'000'000);
  while (out->back() == '0') out->pop_back();
  return out;
}

constexpr sys_days kEpoch = std::chrono::year(2000) / 1 / 1;

std::optional<std::string> binary_date(std::string_view bytes) {
  constexpr std::int64_t kFarthest = 4'000'000;
  const auto since = bytes.size() == 4 ? big_endian(bytes) : std::nullopt;
  if (!since || *since > kFarthest || *since < -kFarthest) return std::nullopt;
  return print_date(kEpoch + days(*since));
}

std::optional<std::string> binary_timestamp(std::string_view bytes) {
  constexpr std::int64_t kFarthest = 300'000'000'000'000'000;
  const auto since = bytes.size() == 8 ? big_endian(bytes) : std::nullopt;
  if (!since || *since > kFarthest || *since < -kFarthest) return std::nullopt;
  return print_timestamp(sys_time<microseconds>(kEpoch) + microseconds(*since));
}

std::optional<std::string> binary_uuid(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  std::string digits;
  for (const char byte : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return uuid_form(digits);
}

}  // namespace

// Any beginning of these words counts, if it is the beginning of one only.
std::optional<std::string> bool_form(std::string_view text) {
  const std::string word = lower(trim(text));
  if (word.empty()) return std::nullopt;
  const auto begins = [&word](std::string_view whole, std::size_t shortest) {
    return word.size() >= shortest && whole.starts_with(word);
  };
  if (word == "1" || begins("true", 1) || begins("yes", 1) || begins("on", 2)) return "t";
  if (word == "0" || begins("false", 1) || begins("no", 1) || begins("off", 2)) return "f";
  return std::nullopt;
}

std::optional<std::string> uuid_form(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  if (text.starts_with('{') != text.ends_with('}')) return std::nullopt;
  if (text.starts_with('{')) text = text.substr(1, text.size() - 2);
  std::string out;
  std::size_t digits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = lower(text[at]);
    if (c == '-') {
      const bool may_stand = digits % 4 == 0 && digits > 0 && text[at - 1] != '-';
      if (!may_stand || at + 1 == text.size()) return std::nullopt;
      continue;
    }
    if (!is_digit(c) && (c < 'a' || c > 'f')) return std::nullopt;
    if (digits == 8 || digits == 12 || digits == 16 || digits == 20) out += '-';
    out += c;
    ++digits;
  }
  if (digits != kDigits) return std::nullopt;
  return out;
}

std::optional<std::string> date_form(std::string_view text) {
  MomentReader reader(text);
  const auto day = reader.day();
  if (!day || !reader.at_end()) return std::nullopt;
  return print_date(*day);
}

std::optional<std::string> timestamp_form(std::string_view text) {
  MomentReader reader(text);
  const auto day = reader.day();
  if (!day) return std::nullopt;
  const auto time = reader.time_of_day();
  if (!time || !reader.at_end()) return std::nullopt;
  return print_timestamp(sys_time<microseconds>(*day) + *time);
}

std::optional<std::string> timestamptz_form(std::string_view text) {
  MomentReader reader(text);
  const auto day = reader.day();
  if (!day || reader.at_end()) return std::nullopt;
  const auto time = reader.time_of_day();
  if (!time) return std::nullopt;
  const auto offset = reader.offset();
  if (!offset || !reader.at_end()) return std::nullopt;
  return print_timestamp(sys_time<microseconds>(*day) + *time - *offset);
}

std::optional<std::string> binary_form(std::string_view bytes, ValueType type) {
  switch (type) {
    case ValueType::kBool:
      if (bytes.size() != 1) return std::nullopt;
      return bytes.front() != '\0' ? "t" : "f";
    case ValueType::kUuid:
      return binary_uuid(bytes);
    case ValueType::kDate:
      return binary_date(bytes);
    case ValueType::kTimestamp:
    case ValueType::kTimestamptz:
      return binary_timestamp(bytes);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> text_form(std::string_view text, ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return bool_form(text);
    case ValueType::kUuid:
      return uuid_form(text);
    case ValueType::kDate:
      return date_form(text);
    case ValueType::kTimestamp:
      return timestamp_form(text);
    case ValueType::kTimestamptz:
      return timestamptz_form(text);
    default:
      return std::nullopt;
  }
}

}  // namespace tessera::plan
