#pragma once
// Configurations as texts: a whole one that works, with places to put what a test is about.

#include <regex>
#include <string>
#include <vector>

#include "rules/load.h"

namespace tessera::rules {

inline const std::string kGlobal = "authority: {users: [{user: app, password: secret}]}\n";

inline ConfigFile global_file(std::string text = kGlobal) {
  return {"global.yaml", std::move(text)};
}

inline ConfigFile shop_file(std::string text) { return {"database-shop.yaml", std::move(text)}; }

// database-shop.yaml with data sources ds_0 … ds_<count - 1> (in lines 2 to count + 2) and `rules`
// from line count + 3 on.
inline std::string shop(int count, const std::string& rules) {
  std::string text = "databaseName: shop\ndataSources:\n";
  for (int n = 0; n < count; ++n) {
    const std::string number = std::to_string(n);
    text += "  ds_" + number + ": {url: \"jdbc:postgresql://h" + number +
            ":5432/shop\", username: app, password: s3}\n";
  }
  return text + "rules:\n" + rules;
}

inline Result<Settings> settings_of(const std::string& database_file) {
  return parse_settings({global_file(), shop_file(database_file)});
}

// The message of the fault with its file, line and column, or "none".
inline std::string whole_fault_of(const Result<Settings>& settings) {
  if (settings) return "none";
  return settings.error().sqlstate == "F0000" ? settings.error().message
                                              : "sqlstate " + settings.error().sqlstate;
}

// The same without the column, which is the entry's own and tested by itself.
inline std::string fault_of(const Result<Settings>& settings) {
  static const std::regex place("^([^ :]+:[0-9]+):[0-9]+: ");
  return std::regex_replace(whole_fault_of(settings), place, "$1: ");
}

inline std::string fault_of(const std::string& database_file) {
  return fault_of(settings_of(database_file));
}

}  // namespace tessera::rules
