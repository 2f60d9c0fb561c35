#pragma once
// Settings as text: startup options, SET statements of our own, search paths.

#include <string>
#include <string_view>
#include <vector>

namespace tessera::session {

[[nodiscard]] std::string fold(std::string_view name);  // ASCII to lower case
// "SET name = 'value'".
[[nodiscard]] std::string set_statement(std::string_view name, std::string_view value);
// The value of the startup parameter `options`: "-c a=b --c=d" → {"a=b", "c=d"}; a backslash
// escapes a space. What is not understood comes back as it is, without `=`.
[[nodiscard]] std::vector<std::string> split_options(std::string_view options);
// `a, "B", $user` → {a, B, $user}.
[[nodiscard]] std::vector<std::string> split_search_path(std::string_view value);
// Encodings whose second bytes can be ASCII would deceive the scanner.
[[nodiscard]] bool is_safe_encoding(std::string_view encoding);
// The text behind `=` or TO of a SET statement.
[[nodiscard]] std::string_view value_of_set(std::string_view statement);
// Is it SET LOCAL of `name`?
[[nodiscard]] bool sets_locally(std::string_view statement, std::string_view name);

}  // namespace tessera::session
