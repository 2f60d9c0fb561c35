#include "proxy/session/accounts.h"

#include <gtest/gtest.h>

namespace tessera::session {
namespace {

using Users = std::vector<rules::User>;

constexpr const char* kVerifier =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

TEST(Accounts, AreFoundByNameAndWhereTheyMayComeFrom) {
  const Accounts accounts(Users{{.name = "app", .host = "10.0.0.0/8", .password = "inside"},
                                {.name = "app", .host = "%", .password = "outside"},
                                {.name = "lone", .host = "10.1.2.3", .password = "x"}});
  EXPECT_EQ(accounts.find("app", "10.1.2.3")->password.text, "inside");
  EXPECT_EQ(accounts.find("app", "11.1.2.3")->password.text, "outside");
  EXPECT_EQ(accounts.find("lone", "10.1.2.4"), nullptr);
  EXPECT_EQ(accounts.find("nobody", "10.1.2.3"), nullptr);
}

TEST(Accounts, MayUseTheirDatabasesOnly) {
  const Accounts accounts(
      Users{{.name = "a", .password = "x", .databases = {"shop"}}, {.name = "b", .password = "x"}});
  EXPECT_TRUE(accounts.find("a", "")->may_use("shop"));
  EXPECT_FALSE(accounts.find("a", "")->may_use("sales"));
  EXPECT_TRUE(accounts.find("b", "")->may_use("sales"));
}

// Or the method md5 would tell who exists.
TEST(Accounts, KnowWhetherAllAreAskedByScram) {
  EXPECT_TRUE(Accounts(Users{{.name = "a", .password = kVerifier}}).only_scram());
  EXPECT_FALSE(Accounts(Users{{.name = "a", .password = kVerifier}, {.name = "b", .password = "x"}})
                   .only_scram());
}

}  // namespace
}  // namespace tessera::session
