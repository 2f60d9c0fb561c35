#pragma once
// Membership: who is primary of one shard and who follows, as its agent last saw it. Shared by
// agent and proxy.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tessera::topology {

// A position in the write-ahead log ("0/3000148" as 64 bits).
using Lsn = std::uint64_t;

enum class Role : std::uint8_t { kPrimary, kReplica, kUnknown };
enum class Phase : std::uint8_t { kSteady, kSwitching, kNoPrimary };

struct Member {
  std::string name;
  Role role = Role::kUnknown;
  std::string state;     // Patroni's: running, streaming, stopped, unreachable ...
  std::string conn_url;  // postgres://host:port/...
  std::string api_url;   // http://host:port/patroni
  std::uint32_t timeline = 0;
  std::optional<Lsn>
      lsn;  // primary: current position; replica: replayed position; absent: not known now
  std::optional<std::uint64_t> lag_bytes;
  friend bool operator==(const Member&, const Member&) = default;
};

struct Membership {
  std::string shard;
  std::uint64_t version = 0;  // grows with every change of anything but positions
  std::uint32_t timeline = 0;
  std::string system_identifier;
  std::string primary;  // member's name; empty: none
  Phase phase = Phase::kNoPrimary;
  std::vector<Member> members;  // sorted by name
  friend bool operator==(const Membership&, const Membership&) = default;
};

[[nodiscard]] std::string to_json(const Membership& membership);
// Errors: 22P02 what is wrong with the text.
[[nodiscard]] Result<Membership> membership_from_json(std::string_view text);

// "0/3000148" ⇄ Lsn. Errors: 22P02.
[[nodiscard]] Result<Lsn> lsn_from_text(std::string_view text);
[[nodiscard]] std::string lsn_to_text(Lsn lsn);

}  // namespace tessera::topology
