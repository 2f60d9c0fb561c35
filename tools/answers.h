#pragma once
// What tessera-sql says of one statement, as JSON.

#include <boost/json/object.hpp>
#include <memory>

#include "proxy/catalog/catalog.h"
#include "tools/statements.h"

namespace tessera::tools {

using Catalog = std::shared_ptr<const catalog::Catalog>;

// The fingerprint (the same in every run), the shape, its constants; with a catalog also which of
// them decide the plan.
[[nodiscard]] boost::json::object shape_answer(const Statement& statement, const Catalog& catalog);

// The statement in one canonical spelling, or what is wrong with it.
[[nodiscard]] boost::json::object parse_answer(const Statement& statement);

// Where it runs, and as what. `catalog` is not null.
[[nodiscard]] boost::json::object route_answer(const Statement& statement, const Catalog& catalog);

// {"sqlstate": ..., "message": ..., "position": ...}: positions count characters from 1.
[[nodiscard]] boost::json::object error_answer(const Error& error);

}  // namespace tessera::tools
