#pragma once
// The languages of node lists that are not Groovy.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::rules {

// `body` is the part of `whole` behind the language's name.
// Errors: 22023 a key is missing, unknown or wrong; 0A000 a pattern or calendar that is not known;
// 54000 more than 65,536 names.
[[nodiscard]] Result<std::vector<std::string>> expand_interval(std::string_view whole,
                                                               std::string_view body);

// Names between commas. Errors: 22023 there is none.
[[nodiscard]] Result<std::vector<std::string>> expand_literal(std::string_view whole,
                                                              std::string_view body);

}  // namespace tessera::rules
