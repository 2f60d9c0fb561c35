#pragma once
// One entry of `dataSources` → DataSource.

#include <optional>

#include "rules/rule_set.h"
#include "rules/yaml_reader.h"

namespace tessera::rules {

struct LoadedSource {
  DataSource source;
  Entry entry;
  std::optional<Entry> read_only;  // `readOnly: true`, which only a read data source may be
};

// Reads a JDBC URL (jdbc:postgresql://host:port/database?…) or a libpq URI (postgresql://…), and
// the pool's keys beside it. Throws a ConfigFault.
[[nodiscard]] LoadedSource load_data_source(const Entry& entry);

}  // namespace tessera::rules
