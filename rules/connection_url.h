#pragma once
// JDBC URLs and libpq URIs, taken apart. What the parameters mean is data_source.cpp's business.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tessera::rules {

struct ConnectionUrl {
  bool jdbc = false;
  std::string user;
  std::string password;
  std::string host = "localhost";
  std::uint16_t port = 5432;
  std::string database;  // empty: not given
  std::vector<std::pair<std::string, std::string>> parameters;
};

// Errors: 22023 broken; 0A000 a form that is not built (several hosts, Unix sockets, another
// database's URL).
[[nodiscard]] Result<ConnectionUrl> parse_connection_url(std::string_view text);

}  // namespace tessera::rules
