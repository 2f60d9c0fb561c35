#pragma once
// What a startup packet asks for: parameters, and the command-line options among them, read as
// PostgreSQL reads them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "proxy/wire/frontend.h"

namespace tessera::session {

using NamedSetting = std::pair<std::string, std::string>;

struct StartupRequest {
  std::string user;
  std::string database;
  std::vector<std::string> protocol_options;  // _pq_.…, of which we know none
  std::string command_line;                   // the last `options`
  std::vector<NamedSetting> settings;         // in the packet's order
};

// Errors, all fatal: 22023 `replication` is no boolean; 0A000 it is true; 28000 no user.
[[nodiscard]] Result<StartupRequest> read_startup(const wire::StartupMessage& startup);

// The settings of "-c name=value --name=value -e …". Errors: 42601 in PostgreSQL's words.
[[nodiscard]] Result<std::vector<NamedSetting>> read_command_line(std::string_view options);

}  // namespace tessera::session
