#pragma once
// Dates and times of the ISO calendar, and the patterns of java.time that print and read them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::rules::java {

// A date and a time of day without a zone, as java.time.LocalDateTime; years 0 to 9999.
struct DateTime {
  std::int64_t day = 0;    // since 1970-01-01
  std::int64_t nanos = 0;  // since midnight
  bool date_only = false;  // java.sql.Date, whose toString() has no time

  friend bool operator==(const DateTime&, const DateTime&) = default;
};

struct CivilDate {
  std::int32_t year = 1970;
  std::int32_t month = 1;
  std::int32_t day = 1;
};

[[nodiscard]] std::int64_t day_of(const CivilDate& date);
[[nodiscard]] CivilDate civil_date(std::int64_t day);
[[nodiscard]] std::int32_t length_of_month(std::int32_t year, std::int32_t month);

// "2024-01-31", "2024-01-31 10:20:30.5" (or with a T): what PostgreSQL prints in ISO style without
// a zone. Absent: something else.
[[nodiscard]] std::optional<DateTime> read_date_time(std::string_view text);

// java.sql.Timestamp's and java.sql.Date's toString().
[[nodiscard]] std::string to_text(const DateTime& time);

// Milliseconds since 1970-01-01 00:00 UTC.
[[nodiscard]] std::int64_t epoch_millis(const DateTime& time);

// The pattern letters y u M d H h m s S a D E, quoted text, and signs.
class DatePattern {
 public:
  // Errors: 0A000 another letter, or a width of it that is not known; 22023 an open quote.
  [[nodiscard]] static Result<DatePattern> compile(std::string_view pattern);

  [[nodiscard]] std::string format(const DateTime& time) const;

  // The numbers of `text`, which is wholly of this pattern; fields that the pattern does not have
  // are as in 1970-01-01 00:00. Absent: `text` is not of the pattern, or no such day.
  [[nodiscard]] std::optional<DateTime> parse(std::string_view text) const;

  [[nodiscard]] bool has(char letter) const;

 private:
  struct Part {
    char letter = 0;  // 0: literal
    std::size_t width = 0;
    std::string literal;
  };
  struct Fields;

  [[nodiscard]] static bool read(const Part& part, bool adjacent, std::string_view& text,
                                 Fields& fields);

  std::vector<Part> parts_;
};

}  // namespace tessera::rules::java
