#include "proxy/session/hba.h"

#include <gtest/gtest.h>

namespace tessera::session {
namespace {

using rules::HbaRule;

const LoginAttempt kAttempt{.database = "shop", .user = "app", .address = "10.1.2.3"};

TEST(Hba, AsksEveryoneForScramWithoutAList) {
  const HbaRule* rule = find_rule({}, kAttempt);
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->method, HbaRule::Method::kScram);
}

TEST(Hba, TakesTheFirstRuleThatMatches) {
  const std::vector<HbaRule> rules{{.users = {"other"}, .method = HbaRule::Method::kTrust},
                                   {.address = "10.0.0.0/8", .method = HbaRule::Method::kMd5},
                                   {.method = HbaRule::Method::kReject}};
  EXPECT_EQ(find_rule(rules, kAttempt), &rules[1]);
}

TEST(Hba, GivesNothingWhereNoRuleMatches) {
  EXPECT_EQ(find_rule({{.databases = {"sales"}}}, kAttempt), nullptr);
}

TEST(Hba, ComparesNamesWithTheirCase) {
  EXPECT_EQ(find_rule({{.users = {"App"}}}, kAttempt), nullptr);
  EXPECT_NE(find_rule({{.users = {"x", "app"}}}, kAttempt), nullptr);
}

TEST(Hba, LetsSameuserStandForADatabaseOfTheUsersName) {
  LoginAttempt own = kAttempt;
  own.database = own.user;
  EXPECT_NE(find_rule({{.databases = {"sameuser"}}}, own), nullptr);
  EXPECT_EQ(find_rule({{.databases = {"sameuser"}}}, kAttempt), nullptr);
  EXPECT_NE(find_rule({{.databases = {"sameuser", "shop"}}}, kAttempt), nullptr);
}

TEST(Hba, TellsEncryptedConnectionsFromOthers) {
  LoginAttempt encrypted = kAttempt;
  encrypted.tls = true;
  const std::vector<HbaRule> with{{.transport = HbaRule::Transport::kTls}};
  const std::vector<HbaRule> without{{.transport = HbaRule::Transport::kPlain}};
  EXPECT_NE(find_rule(with, encrypted), nullptr);
  EXPECT_EQ(find_rule(with, kAttempt), nullptr);
  EXPECT_EQ(find_rule(without, encrypted), nullptr);
  EXPECT_NE(find_rule(without, kAttempt), nullptr);
}

TEST(Addresses, AreInTheirNetworks) {
  EXPECT_TRUE(address_matches("all", "10.1.2.3"));
  EXPECT_TRUE(address_matches("10.1.0.0/16", "10.1.2.3"));
  EXPECT_FALSE(address_matches("10.2.0.0/16", "10.1.2.3"));
  EXPECT_TRUE(address_matches("10.1.2.3/32", "10.1.2.3"));
  EXPECT_FALSE(address_matches("10.1.2.3/32", "10.1.2.4"));
  EXPECT_TRUE(address_matches("0.0.0.0/0", "10.1.2.3"));
  EXPECT_TRUE(address_matches("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(address_matches("10.1.2.3", "10.1.2.4"));
}

TEST(Addresses, OfTheOtherFamilyAreInNoNetwork) {
  EXPECT_FALSE(address_matches("::/0", "10.1.2.3"));
  EXPECT_FALSE(address_matches("0.0.0.0/0", "fe80::1"));
  EXPECT_TRUE(address_matches("fe80::/10", "fe80::1"));
  EXPECT_TRUE(address_matches("::1/128", "::1"));
  EXPECT_FALSE(address_matches("::1/128", "::2"));
}

TEST(Addresses, MappedIntoIpv6CountAsIpv4) {
  EXPECT_TRUE(address_matches("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(address_matches("11.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST(Addresses, ThatAreNoneMatchOnlyAll) {
  EXPECT_FALSE(address_matches("0.0.0.0/0", ""));
  EXPECT_TRUE(address_matches("all", ""));
}

}  // namespace
}  // namespace tessera::session
