#include "topology/membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::topology {
namespace {

Membership two_members() {
  Member primary{.name = "node1",
                 .role = Role::kPrimary,
                 .state = "running",
                 .conn_url = "postgres://127.0.0.1:5432/postgres",
                 .api_url = "http://127.0.0.1:8008/patroni",
                 .timeline = 3,
                 .lsn = 0x3000148,
                 .lag_bytes = std::nullopt};
  Member replica = primary;
  replica.name = "node \"2\"";
  replica.role = Role::kUnknown;
  replica.lsn.reset();
  replica.lag_bytes = 18'000'000'000'000'000'000U;
  return {.shard = "ds_0",
          .version = 7,
          .timeline = 3,
          .system_identifier = "7300000000000000001",
          .primary = "node1",
          .phase = Phase::kSwitching,
          .members = {replica, primary}};
}

TEST(Membership, ComesBackFromItsJson) {
  const auto again = membership_from_json(to_json(two_members()));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, two_members());
  EXPECT_EQ(*membership_from_json(to_json(Membership{})), Membership{});
}

// The JSON is read by people and by other programs: its names stay.
TEST(Membership, WritesTheFieldsOfItsContract) {
  Membership small = two_members();
  small.members.erase(small.members.begin());
  EXPECT_EQ(to_json(small),
            R"({"shard":"ds_0","version":7,"timeline":3,"system_identifier":"7300000000000000001",)"
            R"("primary":"node1","phase":"switching","members":[{"name":"node1","role":"primary",)"
            R"("state":"running","conn_url":"postgres://127.0.0.1:5432/postgres",)"
            R"("api_url":"http://127.0.0.1:8008/patroni","timeline":3,"lsn":"0/3000148"}]})");
}

std::string fault_of(const std::string& text) {
  const auto result = membership_from_json(text);
  EXPECT_FALSE(result) << text;
  if (result) return {};
  EXPECT_EQ(result.error().sqlstate, "22P02");
  return result.error().message;
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = to_json(two_members());
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Membership, SaysWhatIsWrongWithAText) {
  using testing::HasSubstr;
  fault_of("");
  fault_of("{");
  EXPECT_THAT(fault_of("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(fault_of("{}"), HasSubstr("\"shard\" is missing"));
  EXPECT_THAT(fault_of(with("\"version\":7", "\"version\":-7")), HasSubstr("\"version\""));
  EXPECT_THAT(fault_of(with("\"version\":7", "\"version\":\"7\"")), HasSubstr("\"version\""));
  EXPECT_THAT(fault_of(with("\"timeline\":3", "\"timeline\":4294967296")),
              HasSubstr("\"timeline\""));
  EXPECT_THAT(fault_of(with("\"shard\":\"ds_0\"", "\"shard\":1")),
              HasSubstr("\"shard\" must be a string"));
  EXPECT_THAT(fault_of(with("switching", "sleeping")), HasSubstr("\"phase\""));
  EXPECT_THAT(fault_of(with("\"role\":\"primary\"", "\"role\":\"master\"")), HasSubstr("\"role\""));
  EXPECT_THAT(fault_of(with("0/3000148", "3000148")), HasSubstr("\"lsn\""));
  EXPECT_THAT(fault_of(with("\"primary\":\"node1\"", "\"primary\":\"node9\"")),
              HasSubstr("names no member"));
  EXPECT_THAT(fault_of(with("node \\\"2\\\"", "zzz")), HasSubstr("sorted"));
  EXPECT_THAT(fault_of(with("\"members\":[", "\"members\":[1,")), HasSubstr("objects"));
}

// Every prefix of a good text is an error, and none is a crash.
TEST(Membership, RefusesATextCutAnywhere) {
  const std::string text = to_json(two_members());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(membership_from_json(text.substr(0, size))) << size;
  }
}

TEST(Lsn, IsTwoHexadecimalNumbers) {
  EXPECT_EQ(*lsn_from_text("0/3000148"), 0x3000148U);
  EXPECT_EQ(*lsn_from_text("16/B374D848"), 0x16B374D848U);
  EXPECT_EQ(*lsn_from_text("ffffffff/ffffffff"), ~Lsn{0});
  for (const char* wrong :
       {"", "/", "0/", "/0", "0", "0/0/0", "g/0", "-1/0", "100000000/0", "0/1 ", " 0/1"}) {
    EXPECT_FALSE(lsn_from_text(wrong)) << wrong;
  }
}

TEST(Lsn, IsWrittenAsPostgresWritesIt) {
  EXPECT_EQ(lsn_to_text(0), "0/0");
  EXPECT_EQ(lsn_to_text(0x16B374D848), "16/B374D848");
  EXPECT_EQ(lsn_to_text(~Lsn{0}), "FFFFFFFF/FFFFFFFF");
}

}  // namespace
}  // namespace tessera::topology
