#pragma once
// Local dates and times as java.time counts them: no time zone, no leap seconds.

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/value.h"

namespace tessera::rules {

// Since 1970-01-01 00:00:00 of the local clock.
struct Moment {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

struct Fields {
  std::int32_t year = 1970;
  std::uint32_t month = 1;
  std::uint32_t day = 1;
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;
  std::uint32_t nano = 0;
};

[[nodiscard]] Fields fields_of(const Moment& moment);
// Absent: there is no such day or time.
[[nodiscard]] std::optional<Moment> moment_of(const Fields& fields);

// A Value's text of a date, time or timestamp column. Absent: it is none, or infinite, or BC.
[[nodiscard]] std::optional<Moment> read_iso(std::string_view text);

[[nodiscard]] constexpr bool is_temporal(ValueType type) {
  return type >= ValueType::kDate && type <= ValueType::kTimestamptz;
}

// An amount of a ChronoUnit.
struct Step {
  std::int64_t months = 0;  // of units from MONTHS on
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
};

// `unit` is a ChronoUnit's name in any case ("Days"). Absent: no such unit, or one without a length
// (ERAS, FOREVER); or the amount is not from 1 to a million.
[[nodiscard]] std::optional<Step> make_step(std::string_view unit, std::int64_t amount);

// As plus() of java.time: the last day of a shorter month stands for a day that it does not have.
[[nodiscard]] Moment plus(const Moment& moment, const Step& step);

}  // namespace tessera::rules
