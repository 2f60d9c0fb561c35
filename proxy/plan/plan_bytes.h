#pragma once
// How much memory a plan takes, for caches that are bounded in bytes.

#include <cstddef>

#include "proxy/plan/plan.h"

namespace tessera::plan {

// An estimate of `plan` and everything that only it owns; not the catalog, which plans share.
[[nodiscard]] std::size_t bytes_of(const Plan& plan);

}  // namespace tessera::plan
