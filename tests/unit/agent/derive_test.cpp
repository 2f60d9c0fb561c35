#include "agent/derive.h"

#include <gtest/gtest.h>

#include "recorded.h"

namespace tessera::agent {
namespace {

using topology::Member;
using topology::Membership;
using topology::Phase;
using topology::Role;

Role role_of(const Membership& membership, const std::string& name) {
  for (const Member& member : membership.members) {
    if (member.name == name) return member.role;
  }
  ADD_FAILURE() << name;
  return Role::kUnknown;
}

TEST(Patroni, ReadsWhatWasRecordedInEtcd) {
  const EtcdView view = etcd_view(recorded_keys());
  EXPECT_EQ(view.system_identifier, kSystem);
  EXPECT_EQ(view.leader, "n2");
  EXPECT_EQ(view.leader_modified, 40);
  EXPECT_EQ(view.history_timeline, 2U);
  EXPECT_FALSE(view.failover_asked);
  ASSERT_EQ(view.members.size(), 2U);
  EXPECT_EQ(view.members.at("n1").role, "replica");
  EXPECT_EQ(view.members.at("n1").timeline, 2U);
  EXPECT_EQ(view.members.at("n2").conn_url, "postgres://127.0.0.1:23812/postgres");
}

TEST(Patroni, LeavesOutWhatCannotBeRead) {
  Keys keys = recorded_keys();
  put(keys, "members/n3", "{");
  put(keys, "members/n4", "[]");
  put(keys, "history", "nonsense");
  put(keys, "failover", "");
  put(keys, "unheard_of", "x");
  const EtcdView view = etcd_view(keys);
  EXPECT_EQ(view.members.size(), 2U);
  EXPECT_EQ(view.history_timeline, 0U);
  EXPECT_FALSE(view.failover_asked);
}

TEST(Patroni, ReadsWhatWasRecordedOverRest) {
  const auto replica = rest_member_from_json(recorded_replica());
  ASSERT_TRUE(replica);
  EXPECT_EQ(replica->role, RestMember::Role::kReplica);
  EXPECT_EQ(replica->state, "running");
  EXPECT_EQ(replica->timeline, 2U);
  EXPECT_EQ(replica->location, 50331640U);
  const auto primary = rest_member_from_json(recorded_primary());
  ASSERT_TRUE(primary);
  EXPECT_EQ(primary->role, RestMember::Role::kPrimary);
  EXPECT_EQ(primary->location, 50331648U);
  EXPECT_EQ(primary->system_identifier, kSystem);
  for (const char* wrong : {"", "{", "{}", "[]", "404 page not found", R"({"state": 7})"}) {
    EXPECT_FALSE(rest_member_from_json(wrong)) << wrong;
  }
}

TEST(Derive, CallsPrimaryWhomEtcdAndTheMemberItselfCallSo) {
  const Membership membership = derive(etcd_view(recorded_keys()), recorded_rest());
  EXPECT_EQ(membership.primary, "n2");
  EXPECT_EQ(membership.phase, Phase::kSteady);
  EXPECT_EQ(membership.timeline, 2U);
  EXPECT_EQ(membership.system_identifier, kSystem);
  ASSERT_EQ(membership.members.size(), 2U);
  EXPECT_EQ(membership.members[0].name, "n1");
  EXPECT_EQ(membership.members[0].role, Role::kReplica);
  EXPECT_EQ(membership.members[0].lsn, 50331640U);
  EXPECT_EQ(membership.members[0].lag_bytes, 8U);
  EXPECT_EQ(membership.members[1].role, Role::kPrimary);
  EXPECT_EQ(membership.members[1].lag_bytes, std::nullopt);
  EXPECT_EQ(membership.members[1].api_url, "http://127.0.0.1:23802/patroni");
}

// An old primary that has not noticed: etcd's leader key has gone to n1 already.
TEST(Derive, DoubtsAPrimaryThatEtcdDoesNotName) {
  Keys keys = recorded_keys();
  put(keys, "leader", "n1", 41);
  const Membership membership = derive(etcd_view(keys), recorded_rest());
  EXPECT_EQ(membership.primary, "");
  EXPECT_EQ(membership.phase, Phase::kNoPrimary);
  EXPECT_EQ(role_of(membership, "n2"), Role::kUnknown);
  // n1 holds the key and has not been promoted yet.
  EXPECT_EQ(role_of(membership, "n1"), Role::kUnknown);
}

TEST(Derive, HasNoPrimaryWithoutALeaderKey) {
  Keys keys = recorded_keys();
  keys.erase("leader");
  const Membership membership = derive(etcd_view(keys), recorded_rest());
  EXPECT_EQ(membership.primary, "");
  EXPECT_EQ(membership.phase, Phase::kNoPrimary);
  EXPECT_EQ(role_of(membership, "n1"), Role::kReplica);
  EXPECT_EQ(role_of(membership, "n2"), Role::kUnknown);
  EXPECT_EQ(membership.timeline, 2U);
}

TEST(Derive, DoubtsAMemberThatDoesNotAnswer) {
  RestView rest = recorded_rest();
  rest.erase("n2");
  const Membership membership = derive(etcd_view(recorded_keys()), rest);
  EXPECT_EQ(membership.primary, "");
  EXPECT_EQ(role_of(membership, "n2"), Role::kUnknown);
  EXPECT_EQ(membership.members[1].state, "unreachable");
  EXPECT_EQ(role_of(membership, "n1"), Role::kReplica);
  EXPECT_EQ(membership.members[0].lag_bytes, std::nullopt);
}

TEST(Derive, DoubtsAMemberThatIsNotRunning) {
  for (const char* state : {"stopping", "stopped", "starting", "crashed", "creating replica"}) {
    RestView rest = recorded_rest();
    rest["n1"].state = state;
    rest["n2"].state = state;
    const Membership membership = derive(etcd_view(recorded_keys()), rest);
    EXPECT_EQ(role_of(membership, "n1"), Role::kUnknown) << state;
    EXPECT_EQ(role_of(membership, "n2"), Role::kUnknown) << state;
  }
  RestView rest = recorded_rest();
  rest["n1"].state = "streaming";
  EXPECT_EQ(role_of(derive(etcd_view(recorded_keys()), rest), "n1"), Role::kReplica);
}

// Somebody else's PostgreSQL under our address, or a node made anew.
TEST(Derive, DoubtsAMemberOfAnotherSystem) {
  RestView rest = recorded_rest();
  rest["n2"].system_identifier = "1";
  EXPECT_EQ(derive(etcd_view(recorded_keys()), rest).primary, "");
  Keys keys = recorded_keys();
  keys.erase("initialize");
  EXPECT_EQ(derive(etcd_view(keys), recorded_rest()).primary, "");
}

TEST(Derive, IsSwitchingWhileAFailoverIsAskedFor) {
  Keys keys = recorded_keys();
  put(keys, "failover", R"({"leader":"n2","member":"n1"})");
  Membership membership = derive(etcd_view(keys), recorded_rest());
  EXPECT_EQ(membership.phase, Phase::kSwitching);
  EXPECT_EQ(membership.primary, "n2");
  put(keys, "failover",
      R"({"leader":"n2","member":"n1","scheduled_at":"2030-01-01T00:00:00+00:00"})");
  EXPECT_EQ(derive(etcd_view(keys), recorded_rest()).phase, Phase::kSteady);
}

TEST(Derive, TakesTheNewPrimarysTimeline) {
  Keys keys = recorded_keys();
  put(keys, "leader", "n1", 41);
  RestView rest = recorded_rest();
  rest["n1"].role = RestMember::Role::kPrimary;
  rest["n1"].timeline = 3;
  rest.erase("n2");
  const Membership membership = derive(etcd_view(keys), rest);
  EXPECT_EQ(membership.primary, "n1");
  EXPECT_EQ(membership.timeline, 3U);
}

}  // namespace
}  // namespace tessera::agent
