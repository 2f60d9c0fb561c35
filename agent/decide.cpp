#include "agent/decide.h"

#include <algorithm>
#include <utility>

namespace tessera::agent {
namespace {

using topology::Member;
using topology::Membership;
using topology::Phase;
using topology::Role;

Membership without_primary(Membership membership) {
  for (Member& member : membership.members) {
    if (member.role == Role::kPrimary) member.role = Role::kUnknown;
    member.lag_bytes.reset();
  }
  membership.primary.clear();
  if (membership.phase == Phase::kSteady) membership.phase = Phase::kNoPrimary;
  return membership;
}

// Nobody is led to a primary of the past; as long as there is none, only the timeline is kept.
Decision against(const Membership& last, Membership derived) {
  const Order order = order_of(last, derived);
  if (order == Order::kFollows) return {.membership = std::move(derived)};
  if (order == Order::kOtherSystem) {
    return {.membership = without_primary(last), .order = order};
  }
  const bool claimed = !derived.primary.empty();
  Membership kept = without_primary(std::move(derived));
  kept.timeline = last.timeline;
  return {.membership = std::move(kept), .order = claimed ? order : Order::kFollows};
}

// A key that a person has deleted from etcd is that person's word: anything may follow.
Decision checked(const Past& past, Membership derived) {
  Decision out{.membership = std::move(derived)};
  if (!past.published) return out;
  out = against(*past.published, std::move(out.membership));
  if (out.order != Order::kFollows || !past.served) return out;
  return against(*past.served, std::move(out.membership));
}

// Agents that see the same shard a little differently must not overwrite each other for ever, so
// all but one follow. A primary on a newer timeline is news whoever sees it first.
bool follows(const Past& past, const Membership& derived) {
  if (!past.follower || same_but_positions(*past.published, derived)) return false;
  return derived.primary.empty() || derived.timeline <= past.published->timeline;
}

std::uint64_t next_version(const std::optional<Membership>& before, const Membership& after) {
  if (!before) return 1;
  return before->version + (same_but_positions(*before, after) ? 0 : 1);
}

}  // namespace

Order order_of(const Membership& last, const Membership& next) {
  if (last.system_identifier.empty()) return Order::kFollows;
  if (next.system_identifier != last.system_identifier) return Order::kOtherSystem;
  return next.timeline < last.timeline ? Order::kOlderTimeline : Order::kFollows;
}

bool same_but_positions(const Membership& a, const Membership& b) {
  const auto plain = [](Membership membership) {
    membership.version = 0;
    for (Member& member : membership.members) {
      member.lsn.reset();
      member.lag_bytes.reset();
    }
    return membership;
  };
  return plain(a) == plain(b);
}

Decision decide(const Past& past, Membership derived) {
  Decision out = checked(past, std::move(derived));
  if (past.published && follows(past, out.membership)) out.membership = *past.published;
  const std::uint64_t published = next_version(past.published, out.membership);
  const std::uint64_t served = past.served ? next_version(past.served, out.membership) : 0;
  out.membership.version = std::max(published, served);
  return out;
}

}  // namespace tessera::agent
