#pragma once
// Patterns of java.time.format.DateTimeFormatter, as far as they do not depend on a language:
// numbers (y u M L d D H k h K m s S n Q q), AM/PM (a), 'quoted' text and other characters.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/algorithms/date_time.h"

namespace tessera::rules {

class DatePattern {
 public:
  // Errors: 22023 broken; 0A000 a letter whose text depends on the server's language or zone. The
  // messages go on after the property's name.
  [[nodiscard]] static Result<DatePattern> compile(std::string_view pattern);

  [[nodiscard]] std::string format(const Moment& moment) const;
  // Text beyond the pattern's end is not looked at; text that ends early leaves the rest of the
  // fields at their lowest, as ShardingSphere does. Absent: it does not match.
  [[nodiscard]] std::optional<Moment> parse(std::string_view text) const;
  // Some letters (D, Q, q) say nothing of their own when they are read.
  [[nodiscard]] bool can_parse() const;

 private:
  struct Part {
    char letter = 0;  // 0: `literal`
    std::uint32_t count = 0;
    std::string literal;
  };
  struct Reading;
  [[nodiscard]] Status add(char letter, std::uint32_t count);
  [[nodiscard]] bool read(const Part& part, bool digits_follow, Reading& reading) const;

  std::vector<Part> parts_;
};

}  // namespace tessera::rules
