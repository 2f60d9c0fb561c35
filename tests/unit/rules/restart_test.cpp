#include "rules/restart.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tessera::rules {
namespace {

RuleSet shop() {
  RuleSet out;
  out.database = "shop";
  for (const char* name : {"ds_0", "ds_1"}) {
    Shard shard;
    shard.name = name;
    shard.primary.name = name;
    shard.primary.place = std::string("shop.yaml:3:1: dataSources.") + name;
    shard.replicas.push_back(shard.primary);
    out.shards.push_back(shard);
  }
  return out;
}

std::string refusal(const RuleSet& wanted, const RuleSet& running = shop()) {
  const Status checked = check_replaceable(running, wanted);
  return checked ? "" : checked.error().message;
}

TEST(Restart, RulesAndPlacesMayChange) {
  RuleSet wanted = shop();
  wanted.broadcast_tables.push_back("country");
  wanted.single_tables["note"] = 1;
  wanted.sharding_tables["item"] = {};
  wanted.shards[0].primary.place = "shop.yaml:4:1: dataSources.ds_0";
  EXPECT_EQ(refusal(wanted), "");
}

TEST(Restart, DataSourcesMayNot) {
  const std::vector<void (*)(DataSource&)> changes{
      [](DataSource& source) { source.host = "elsewhere"; },
      [](DataSource& source) { source.port = 1; },
      [](DataSource& source) { source.database = "x"; },
      [](DataSource& source) { source.username = "x"; },
      [](DataSource& source) { source.password = "x"; },
      [](DataSource& source) { source.control_username = "x"; },
      [](DataSource& source) { source.control_password = "x"; },
      [](DataSource& source) { source.search_path = "x"; },
      [](DataSource& source) { source.application_name = "x"; },
      [](DataSource& source) { source.tls.mode = SslMode::kRequire; },
      [](DataSource& source) { source.pool_max = 1; },
      [](DataSource& source) { source.pool_min = 2; },
      [](DataSource& source) { source.reserve_max = 2; }};
  for (const auto change : changes) {
    RuleSet wanted = shop();
    change(wanted.shards[1].primary);
    EXPECT_EQ(refusal(wanted),
              "shop.yaml:3:1: dataSources.ds_1: data source \"ds_1\" is changed by a restart only");
    wanted = shop();
    change(wanted.shards[1].replicas[0]);
    EXPECT_NE(refusal(wanted), "");
  }
}

TEST(Restart, NumberNamesAndOrderOfDataSourcesMayNot) {
  RuleSet wanted = shop();
  std::swap(wanted.shards[0], wanted.shards[1]);
  EXPECT_NE(refusal(wanted).find("order of data sources"), std::string::npos);
  wanted = shop();
  wanted.shards.pop_back();
  EXPECT_EQ(refusal(wanted),
            "the number of data sources of database \"shop\" is changed by a restart only");
  EXPECT_NE(refusal(shop(), wanted).find("ds_1: the number"), std::string::npos);
  wanted = shop();
  wanted.shards[0].replicas.clear();
  EXPECT_NE(refusal(wanted), "");
  wanted = shop();
  wanted.shards[0].balance.weights = {1.0};
  EXPECT_NE(refusal(wanted), "");
  wanted = shop();
  wanted.default_shard = 1;
  EXPECT_NE(refusal(wanted).find("default data source"), std::string::npos);
}

TEST(Restart, DatabaseOfOneServerStaysWhatItIs) {
  RuleSet running = shop();
  running.shards.pop_back();
  RuleSet wanted = running;
  wanted.single_tables["note"] = 0;
  EXPECT_EQ(refusal(wanted, running), "");
  wanted.broadcast_tables.push_back("country");
  EXPECT_NE(refusal(wanted, running), "");
}

TEST(Restart, DatabasesComeAndGoByRestart) {
  const RuleSet one = shop();
  RuleSet other = shop();
  other.database = "other";
  EXPECT_TRUE(check_replaceable({&one, &other}, {other, one}));
  EXPECT_FALSE(check_replaceable({&one}, {one, other}));
  EXPECT_FALSE(check_replaceable({&one, &other}, {one}));
}

}  // namespace
}  // namespace tessera::rules
