#include "agent/derive.h"

#include <algorithm>

namespace tessera::agent {
namespace {

using topology::Member;
using topology::Membership;
using topology::Phase;
using topology::Role;

bool serves(const std::string& state) {
  return state == "running" || state == "streaming" || state == "in archive recovery";
}

Role role_of(const RestMember& said, bool leads, const std::string& system_identifier) {
  if (system_identifier.empty() || said.system_identifier != system_identifier)
    return Role::kUnknown;
  if (!serves(said.state)) return Role::kUnknown;
  if (said.role == RestMember::Role::kPrimary && leads) return Role::kPrimary;
  if (said.role == RestMember::Role::kReplica && !leads) return Role::kReplica;
  return Role::kUnknown;
}

Member member_of(const std::string& name, const EtcdView& etcd, const RestView& rest) {
  const EtcdMember& known = etcd.members.at(name);
  Member out;
  out.name = name;
  out.conn_url = known.conn_url;
  out.api_url = known.api_url;
  out.timeline = known.timeline;
  const auto said = rest.find(name);
  if (said == rest.end()) {
    out.state = "unreachable";
    return out;
  }
  out.state = said->second.state;
  if (said->second.timeline != 0) out.timeline = said->second.timeline;
  out.lsn = said->second.location;
  out.role = role_of(said->second, etcd.leader == name, etcd.system_identifier);
  return out;
}

void set_lags(Membership& membership) {
  const auto primary = std::ranges::find(membership.members, membership.primary, &Member::name);
  if (membership.primary.empty() || !primary->lsn) return;
  const topology::Lsn written = *primary->lsn;
  for (Member& member : membership.members) {
    if (member.role != Role::kReplica || !member.lsn) continue;
    member.lag_bytes = written > *member.lsn ? written - *member.lsn : 0;
  }
}

std::uint32_t timeline_of(const Membership& membership, const EtcdView& etcd) {
  std::uint32_t out = etcd.history_timeline;
  for (const Member& member : membership.members) {
    if (member.role == Role::kPrimary) return member.timeline;
    out = std::max(out, member.timeline);
  }
  return out;
}

Phase phase_of(const Membership& membership, const EtcdView& etcd) {
  if (etcd.failover_asked) return Phase::kSwitching;
  return membership.primary.empty() ? Phase::kNoPrimary : Phase::kSteady;
}

}  // namespace

Membership derive(const EtcdView& etcd, const RestView& rest) {
  Membership out;
  out.system_identifier = etcd.system_identifier;
  for (const auto& [name, known] : etcd.members) {
    out.members.push_back(member_of(name, etcd, rest));
    if (out.members.back().role == Role::kPrimary) out.primary = name;
  }
  out.timeline = timeline_of(out, etcd);
  out.phase = phase_of(out, etcd);
  set_lags(out);
  return out;
}

}  // namespace tessera::agent
