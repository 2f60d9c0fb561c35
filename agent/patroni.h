#pragma once
// What Patroni says, in etcd and by REST, as values. Text in, values out; nothing here asks anyone.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "topology/membership.h"
#include "topology/store.h"

namespace tessera::agent {

// members/<name> of Patroni's keys.
struct EtcdMember {
  std::string conn_url;
  std::string api_url;
  std::string state;
  std::string role;
  std::uint32_t timeline = 0;
  friend bool operator==(const EtcdMember&, const EtcdMember&) = default;
};

// One scope in etcd. Positions, which change all the time, are left out.
struct EtcdView {
  std::string system_identifier;           // `initialize`; empty while the first node is being made
  std::string leader;                      // empty: nobody holds the leader key
  topology::Revision leader_modified = 0;  // 0: no such key
  bool failover_asked = false;             // `failover` is there and is not for a later time
  std::uint32_t history_timeline = 0;      // what `history` says the timeline must be by now
  std::map<std::string, EtcdMember> members;
  friend bool operator==(const EtcdView&, const EtcdView&) = default;
};

// One member's own answer to GET /patroni.
struct RestMember {
  enum class Role : std::uint8_t { kPrimary, kReplica, kOther };
  Role role = Role::kOther;
  std::string state;
  std::uint32_t timeline = 0;
  std::optional<topology::Lsn> location;  // primary: written; replica: replayed
  std::string system_identifier;
  friend bool operator==(const RestMember&, const RestMember&) = default;
};

// Members that answer, by name.
using RestView = std::map<std::string, RestMember>;

// `entries` are the keys under /service/<scope>/, without that prefix. What cannot be read is left
// out.
[[nodiscard]] EtcdView etcd_view(const std::map<std::string, topology::Entry>& entries);

// Errors: 22P02.
[[nodiscard]] Result<RestMember> rest_member_from_json(std::string_view text);

}  // namespace tessera::agent
