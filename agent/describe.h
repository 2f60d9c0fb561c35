#pragma once
// Memberships as words of one structured log line.

#include <optional>
#include <string>

#include "topology/membership.h"

namespace tessera::agent {

// shard=... version=... phase=... primary=... timeline=... members=...
[[nodiscard]] std::string describe(const topology::Membership& membership);
// What was before, as far as it differs: was_phase=... was_primary=...
[[nodiscard]] std::string describe_change(const std::optional<topology::Membership>& before,
                                          const topology::Membership& after);

}  // namespace tessera::agent
