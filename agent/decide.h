#pragma once
// Which membership does an agent serve next, and under which version? Pure.
//
// Versions never go back for those who ask one agent, and never go back in etcd. They grow with
// every change of anything but positions.

#include <optional>

#include "topology/membership.h"

namespace tessera::agent {

// May `next` follow `last`? An older timeline of the same PostgreSQL system never does: it is a
// primary of the past. Another system (a restore, or somebody else's cluster under our scope) needs
// a person's word.
enum class Order : std::uint8_t { kFollows, kOlderTimeline, kOtherSystem };
[[nodiscard]] Order order_of(const topology::Membership& last, const topology::Membership& next);

// Do both say the same but for positions and version?
[[nodiscard]] bool same_but_positions(const topology::Membership& a, const topology::Membership& b);

struct Past {
  std::optional<topology::Membership> published;  // what etcd has
  std::optional<topology::Membership> served;     // what this agent said last
  bool follower = false;  // an older agent lives: what it has published counts
};

struct Decision {
  topology::Membership membership;
  Order order =
      Order::kFollows;  // when it does not follow, `membership` is the last one without its primary
};

[[nodiscard]] Decision decide(const Past& past, topology::Membership derived);

}  // namespace tessera::agent
