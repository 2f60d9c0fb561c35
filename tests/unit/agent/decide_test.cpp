#include "agent/decide.h"

#include <gtest/gtest.h>

#include "agent/describe.h"

namespace tessera::agent {
namespace {

using topology::Member;
using topology::Membership;
using topology::Phase;
using topology::Role;

Membership led_by(const std::string& primary, std::uint32_t timeline, std::uint64_t version = 0) {
  Membership out;
  out.shard = "ds_0";
  out.version = version;
  out.timeline = timeline;
  out.system_identifier = "1";
  out.primary = primary;
  out.phase = primary.empty() ? Phase::kNoPrimary : Phase::kSteady;
  for (const char* name : {"a", "b"}) {
    Member member;
    member.name = name;
    member.role = name == primary ? Role::kPrimary : Role::kReplica;
    member.state = "running";
    out.members.push_back(member);
  }
  return out;
}

TEST(Decide, FirstMembershipHasVersionOne) {
  const Decision decision = decide({}, led_by("a", 1));
  EXPECT_EQ(decision.membership.version, 1U);
  EXPECT_EQ(decision.membership.primary, "a");
}

TEST(Decide, VersionGrowsWithChangesButNotWithPositions) {
  const Membership last = led_by("a", 1, 7);
  Membership moved = led_by("a", 1);
  moved.members[0].lsn = 99;
  moved.members[1].lag_bytes = 5;
  const Decision same = decide({.published = last, .served = last}, moved);
  EXPECT_EQ(same.membership.version, 7U);
  EXPECT_EQ(same.membership.members[0].lsn, 99U);
  Membership changed = moved;
  changed.members[1].state = "streaming";
  EXPECT_EQ(decide({.published = last, .served = last}, changed).membership.version, 8U);
  EXPECT_EQ(decide({.published = last, .served = last}, led_by("b", 2)).membership.version, 8U);
}

// An agent that was cut off from etcd has served versions that nobody published.
TEST(Decide, VersionNeverGoesBackForThoseWhoAsk) {
  const Membership published = led_by("a", 1, 7), served = led_by("", 1, 12);
  EXPECT_EQ(decide({.published = published, .served = served}, led_by("", 1)).membership.version,
            12U);
  EXPECT_EQ(decide({.published = published, .served = served}, led_by("a", 1)).membership.version,
            13U);
  EXPECT_EQ(
      decide({.published = led_by("", 1, 20), .served = served}, led_by("", 1)).membership.version,
      20U);
}

TEST(Decide, RefusesAPrimaryOfAnOlderTimeline) {
  const Membership last = led_by("b", 3, 7);
  const Decision decision = decide({.published = last, .served = last}, led_by("a", 2));
  EXPECT_EQ(decision.order, Order::kOlderTimeline);
  EXPECT_EQ(decision.membership.primary, "");
  EXPECT_EQ(decision.membership.phase, Phase::kNoPrimary);
  EXPECT_EQ(decision.membership.timeline, 3U);
  EXPECT_EQ(decision.membership.members[0].role, Role::kUnknown);
  EXPECT_EQ(decision.membership.version, 8U);
}

// The published one may be newer than what this agent has seen so far.
TEST(Decide, RefusesWhatIsOlderThanWhatIsPublished) {
  const Decision decision =
      decide({.published = led_by("b", 3, 9), .served = led_by("a", 2, 7)}, led_by("a", 2));
  EXPECT_EQ(decision.order, Order::kOlderTimeline);
  EXPECT_EQ(decision.membership.primary, "");
  EXPECT_EQ(decision.membership.version, 10U);
}

TEST(Decide, KeepsTheTimelineWhileThereIsNoPrimary) {
  const Membership last = led_by("b", 3, 7);
  const Decision decision = decide({.published = last, .served = last}, led_by("", 2));
  EXPECT_EQ(decision.order, Order::kFollows);
  EXPECT_EQ(decision.membership.timeline, 3U);
}

TEST(Decide, AnotherSystemNeedsAPersonsWord) {
  const Membership last = led_by("a", 3, 7);
  Membership other = led_by("b", 9);
  other.system_identifier = "2";
  const Decision refused = decide({.published = last, .served = last}, other);
  EXPECT_EQ(refused.order, Order::kOtherSystem);
  EXPECT_EQ(refused.membership.system_identifier, "1");
  EXPECT_EQ(refused.membership.primary, "");

  // When a person deletes the published key, the new system is taken, under a newer version.
  const Decision taken = decide({.published = std::nullopt, .served = refused.membership}, other);
  EXPECT_EQ(taken.order, Order::kFollows);
  EXPECT_EQ(taken.membership.primary, "b");
  EXPECT_GT(taken.membership.version, refused.membership.version);
}

TEST(Decide, FollowerServesWhatIsPublished) {
  const Membership published = led_by("a", 2, 7);
  Membership seen = led_by("a", 2);
  seen.members[1].state = "unreachable";
  seen.members[1].role = Role::kUnknown;
  const Decision decision =
      decide({.published = published, .served = published, .follower = true}, seen);
  EXPECT_EQ(decision.membership, published);
  EXPECT_EQ(decide({.published = published, .served = published}, seen).membership.version, 8U);
}

TEST(Decide, FollowerAddsPositionsAndServesANewTimelineAtOnce) {
  const Membership published = led_by("a", 2, 7);
  Membership seen = led_by("a", 2);
  seen.members[0].lsn = 99;
  EXPECT_EQ(decide({.published = published, .served = published, .follower = true}, seen)
                .membership.members[0]
                .lsn,
            99U);
  const Decision promoted =
      decide({.published = published, .served = published, .follower = true}, led_by("b", 3));
  EXPECT_EQ(promoted.membership.primary, "b");
  EXPECT_EQ(promoted.membership.version, 8U);
}

TEST(Describe, IsOneLineOfKeysAndValues) {
  EXPECT_EQ(describe(led_by("a", 2, 7)),
            "shard=ds_0 version=7 phase=steady primary=a timeline=2 "
            "members=a:primary:running,b:replica:running");
  EXPECT_EQ(describe_change(led_by("a", 2, 7), led_by("", 3, 8)),
            "was_version=7 was_phase=steady was_primary=a was_timeline=2");
  EXPECT_EQ(describe_change(std::nullopt, led_by("a", 2, 7)), "was=unknown");
}

}  // namespace
}  // namespace tessera::agent
