#pragma once
// Text and binary forms of boolean, uuid and the types of the clock, brought to the one form that
// rules/value.h names. What PostgreSQL reads but these do not ('Jan 1', 'today', infinity) is
// absent: it depends on settings, or nobody shards by it.

#include <optional>
#include <string>
#include <string_view>

#include "rules/value.h"

namespace tessera::plan {

// "t" or "f", from any of PostgreSQL's spellings.
[[nodiscard]] std::optional<std::string> bool_form(std::string_view text);
// From any of PostgreSQL's spellings: braces, capitals, hyphens anywhere after four digits.
[[nodiscard]] std::optional<std::string> uuid_form(std::string_view text);
// 2024-02-29, with two digits for month and day.
[[nodiscard]] std::optional<std::string> date_form(std::string_view text);
// 2024-02-29[ |T]13:45[:00[.25]]; the day alone is its midnight. No offset may follow.
[[nodiscard]] std::optional<std::string> timestamp_form(std::string_view text);
// The same with an offset (Z, +02, -03:30), brought to UTC. Without one TimeZone would decide.
[[nodiscard]] std::optional<std::string> timestamptz_form(std::string_view text);

// What the types' send functions write.
[[nodiscard]] std::optional<std::string> binary_form(std::string_view bytes, rules::ValueType type);
[[nodiscard]] std::optional<std::string> text_form(std::string_view text, rules::ValueType type);

}  // namespace tessera::plan
