// The configuration loader on arbitrary files: it gives Settings or a fault, and ends.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rules/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using tessera::rules::ConfigFile;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const ConfigFile global{"global.yaml", "authority: {users: [{user: a, password: b}]}\n"};
  const ConfigFile database{"database-a.yaml",
                            "databaseName: a\ndataSources:\n  ds_0: {url: "
                            "\"jdbc:postgresql://h/d\", username: u}\n"};
  // The first byte says which of the files is hostile.
  switch (bytes[0] % 3) {
    case 0:
      static_cast<void>(tessera::rules::parse_settings({{"global.yaml", text}, database}));
      break;
    case 1:
      static_cast<void>(tessera::rules::parse_settings({global, {"database-a.yaml", text}}));
      break;
    default:
      static_cast<void>(tessera::rules::parse_settings({global, database, {"tessera.yaml", text}}));
  }
  return 0;
}
