#include "proxy/session/startup_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::session {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

wire::StartupMessage packet(std::vector<NamedSetting> parameters) {
  return {.parameters = std::move(parameters)};
}

TEST(Startup, TakesTheUsersNameForTheDatabase) {
  const auto request = read_startup(packet({{"user", "app"}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->user, "app");
  EXPECT_EQ(request->database, "app");
}

TEST(Startup, NeedsAUser) {
  for (const auto& parameters : {std::vector<NamedSetting>{{"database", "shop"}}, {{"user", ""}}}) {
    const auto request = read_startup(packet(parameters));
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().sqlstate, "28000");
  }
}

TEST(Startup, CutsNamesWherePostgresqlDoes) {
  const auto request =
      read_startup(packet({{"user", std::string(70, 'u')}, {"database", std::string(64, 'd')}}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->user, std::string(63, 'u'));
  EXPECT_EQ(request->database, std::string(63, 'd'));
}

TEST(Startup, TellsSettingsFromTheRest) {
  const auto request = read_startup(packet({{"user", "app"},
                                            {"TimeZone", "UTC"},
                                            {"_pq_.command", "1"},
                                            {"options", "-c a=1"},
                                            {"replication", "off"},
                                            {"options", "-c a=2"}}));
  ASSERT_TRUE(request);
  EXPECT_THAT(request->settings, ElementsAre(Pair("TimeZone", "UTC")));
  EXPECT_THAT(request->protocol_options, ElementsAre("_pq_.command"));
  EXPECT_EQ(request->command_line, "-c a=2");
}

TEST(Startup, RefusesReplication) {
  for (const char* value : {"true", "t", "on", "1", "yes", "TRUE", "database"}) {
    const auto request = read_startup(packet({{"user", "app"}, {"replication", value}}));
    ASSERT_FALSE(request) << value;
    EXPECT_EQ(request.error().sqlstate, "0A000") << value;
  }
  for (const char* value : {"false", "f", "0", "no", "off", "of"}) {
    EXPECT_TRUE(read_startup(packet({{"user", "app"}, {"replication", value}}))) << value;
  }
  for (const char* value : {"o", "", "maybe", "Database"}) {
    const auto request = read_startup(packet({{"user", "app"}, {"replication", value}}));
    ASSERT_FALSE(request) << value;
    EXPECT_EQ(request.error().sqlstate, "22023") << value;
  }
}

std::vector<NamedSetting> settings_of(std::string_view options) {
  auto read = read_command_line(options);
  return read ? *read : std::vector<NamedSetting>{{"error", read.error().message}};
}

TEST(CommandLine, NamesSettingsInBothWays) {
  EXPECT_THAT(settings_of("-c a=b --c-d=e -ce=f=g"),
              ElementsAre(Pair("a", "b"), Pair("c_d", "e"), Pair("e", "f=g")));
  EXPECT_THAT(settings_of(R"(-c a=b\ c\\d  )"), ElementsAre(Pair("a", "b c\\d")));
  EXPECT_THAT(settings_of(" "), IsEmpty());
}

TEST(CommandLine, KnowsTheServersSwitches) {
  EXPECT_THAT(settings_of("-e -S 64 -fs -n"),
              ElementsAre(Pair("datestyle", "euro"), Pair("work_mem", "64"),
                          Pair("enable_seqscan", "false")));
  EXPECT_THAT(settings_of("-seS64"),
              ElementsAre(Pair("log_statement_stats", "true"), Pair("datestyle", "euro"),
                          Pair("work_mem", "64")));
}

TEST(CommandLine, RefusesTheRestAsPostgresqlDoes) {
  const auto error_of = [](std::string_view options) {
    const auto read = read_command_line(options);
    return read ? "none" : read.error().sqlstate + " " + read.error().message;
  };
  EXPECT_EQ(error_of("-c a"), "42601 -c a requires a value");
  EXPECT_EQ(error_of("--a-b"), "42601 --a-b requires a value");
  EXPECT_EQ(error_of("-c a=b word"),
            "42601 invalid command-line argument for server process: word");
  EXPECT_EQ(error_of("-z"), "42601 invalid command-line argument for server process: -z");
  EXPECT_EQ(error_of("-c"), "42601 invalid command-line argument for server process: -c");
  EXPECT_EQ(error_of("-s -ze"), "42601 invalid command-line argument for server process: -s");
  EXPECT_EQ(error_of("-f z"), "42601 invalid command-line argument for server process: z");
}

}  // namespace
}  // namespace tessera::session
