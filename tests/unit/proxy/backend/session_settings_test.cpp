#include "proxy/backend/session_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::backend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SessionSettings settings(const std::string& name, const std::string& statement) {
  SessionSettings made;
  made.set(name, statement);
  return made;
}

TEST(SessionSettings, SendOnlyWhatDiffers) {
  const SessionSettings one = settings("timezone", "SET TimeZone = 'UTC'");
  EXPECT_THAT(one.changes_from(one), IsEmpty());
  EXPECT_THAT(one.changes_from({}), ElementsAre("SET TimeZone = 'UTC'"));
  EXPECT_THAT(SessionSettings().changes_from(one), ElementsAre("RESET timezone"));
}

// SET DateStyle = 'SQL' leaves the order of day and month as it is.
TEST(SessionSettings, LeaveNothingOfAnothersDateStyle) {
  const SessionSettings german = settings("datestyle", "SET DateStyle = 'German'");
  const SessionSettings sql = settings("datestyle", "SET DateStyle = 'SQL'");
  EXPECT_THAT(sql.changes_from(german), ElementsAre("RESET datestyle", "SET DateStyle = 'SQL'"));
}

// A role may not reset or set all that the session could before it took it.
TEST(SessionSettings, TakesTheRoleAwayFirstAndGivesItLast) {
  SessionSettings before;
  before.set("log_duration", "SET log_duration = on");
  before.set("role", "SET ROLE a");
  SessionSettings after;
  after.set("role", "SET ROLE b");
  after.set("session_authorization", "SET SESSION AUTHORIZATION c");
  after.set("timezone", "SET TimeZone = 'UTC'");

  EXPECT_THAT(SessionSettings().changes_from(before),
              ElementsAre("RESET role", "RESET log_duration"));
  EXPECT_THAT(after.changes_from({}),
              ElementsAre("SET TimeZone = 'UTC'", "SET SESSION AUTHORIZATION c", "SET ROLE b"));
}

TEST(SessionSettings, KnowsWhatChangesTheEncoding) {
  SessionSettings latin;
  latin.set("client_encoding", "SET client_encoding = 'LATIN1'");
  latin.set("timezone", "SET TimeZone = 'UTC'");

  EXPECT_EQ(latin.encoding_from({}), "SET client_encoding = 'LATIN1'");
  EXPECT_EQ(latin.encoding_from(latin), "");
  EXPECT_EQ(SessionSettings().encoding_from(latin), "RESET client_encoding");
  EXPECT_EQ(SessionSettings().encoding_from({}), "");
}

}  // namespace
}  // namespace tessera::backend
