#pragma once
// Patroni's words in etcd + each member's own words → Membership. Pure.
//
// A member is primary when etcd's leader key names it and the member itself says so, of the same
// PostgreSQL system. Where the two disagree, or the member does not answer, its role is unknown:
// nobody is sent there to write.

#include "agent/patroni.h"
#include "topology/membership.h"

namespace tessera::agent {

// `shard` and `version` are left empty.
[[nodiscard]] topology::Membership derive(const EtcdView& etcd, const RestView& rest);

}  // namespace tessera::agent
