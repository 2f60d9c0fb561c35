#pragma once
// Configuration files → Settings, without touching the disk (rules/settings.h has load_settings()).

#include <string>
#include <vector>

#include "base/result.h"
#include "rules/settings.h"

namespace tessera::rules {

struct ConfigFile {
  std::string path;  // its last part says what it holds: global.yaml, database-x.yaml, tessera.yaml
  std::string text;
};

// Errors: F0000 "FILE:LINE:COLUMN: key: what was expected".
[[nodiscard]] Result<Settings> parse_settings(const std::vector<ConfigFile>& files);

}  // namespace tessera::rules
