#pragma once
// Settings as text: startup options, SET statements of our own, search paths.

#include <string>
#include <string_view>
#include <vector>

namespace tessera::session {

[[nodiscard]] std::string fold(std::string_view name);  // ASCII to lower case
// "SET name = 'value'".
[[nodiscard]] std::string set_statement(std::string_view name, std::string_view value);
// `a, "B", $user` → {a, B, $user}.
[[nodiscard]] std::vector<std::string> split_search_path(std::string_view value);
// Encodings whose second bytes can be ASCII would deceive the scanner.
[[nodiscard]] bool is_safe_encoding(std::string_view encoding);
// What a SET statement of one setting gives it, as it is written there but for comments.
[[nodiscard]] std::string value_of_set(std::string_view statement);
// The same change by SET LOCAL, or by SET for the session. `statement` is SET or RESET of one
// setting.
[[nodiscard]] std::string with_scope(std::string_view statement, bool local);

}  // namespace tessera::session
