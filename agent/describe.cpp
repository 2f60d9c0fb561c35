#include "agent/describe.h"

namespace tessera::agent {
namespace {

using topology::Membership;
using topology::Phase;
using topology::Role;

std::string_view word(Phase phase) {
  switch (phase) {
    case Phase::kSteady:
      return "steady";
    case Phase::kSwitching:
      return "switching";
    case Phase::kNoPrimary:
      return "no_primary";
  }
  return "";
}

std::string_view word(Role role) {
  switch (role) {
    case Role::kPrimary:
      return "primary";
    case Role::kReplica:
      return "replica";
    case Role::kUnknown:
      return "unknown";
  }
  return "";
}

std::string or_none(const std::string& name) { return name.empty() ? "none" : name; }

}  // namespace

std::string describe(const Membership& membership) {
  std::string out = "shard=" + membership.shard;
  out += " version=" + std::to_string(membership.version);
  out += " phase=" + std::string(word(membership.phase));
  out += " primary=" + or_none(membership.primary);
  out += " timeline=" + std::to_string(membership.timeline);
  out += " members=";
  for (std::size_t at = 0; at < membership.members.size(); ++at) {
    const topology::Member& member = membership.members[at];
    if (at > 0) out += ',';
    out += member.name + ":" + std::string(word(member.role)) + ":" + member.state;
  }
  return out;
}

std::string describe_change(const std::optional<Membership>& before, const Membership& after) {
  if (!before) return "was=unknown";
  std::string out = "was_version=" + std::to_string(before->version);
  if (before->phase != after.phase) out += " was_phase=" + std::string(word(before->phase));
  if (before->primary != after.primary) out += " was_primary=" + or_none(before->primary);
  if (before->timeline != after.timeline)
    out += " was_timeline=" + std::to_string(before->timeline);
  return out;
}

}  // namespace tessera::agent
