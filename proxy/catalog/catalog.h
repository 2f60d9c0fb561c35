#pragma once
// The Catalog: rules and schema of one logical database, one immutable snapshot with one version.
// Each thread reads one shared_ptr to it per statement; a change is a new Catalog.

#include <cstdint>
#include <memory>

#include "proxy/catalog/schema.h"
#include "rules/rule_set.h"

namespace tessera::catalog {

struct Catalog {
  std::shared_ptr<const rules::RuleSet> rules;
  std::shared_ptr<const Schema> schema;
  std::uint64_t version = 0;  // grows with every change; plans of another version are not used
};

// The type that values of `column` route by.
[[nodiscard]] rules::ValueType value_type(const Schema& schema, std::string_view table,
                                          std::string_view column);

}  // namespace tessera::catalog
