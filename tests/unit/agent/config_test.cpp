#include "agent/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::agent {
namespace {

const std::string kGood =
    "shard: ds_0\nscope: shard_0\ncluster: demo\netcd: [http://10.0.0.1:2379, "
    "\"http://10.0.0.2:2379\"]\n"
    "listen: 0.0.0.0:8010\n";

std::string fault_of(const std::string& text) {
  const auto config = config_from_yaml(text, "agent.yaml");
  EXPECT_FALSE(config) << text;
  if (config) return {};
  EXPECT_EQ(config.error().sqlstate, "F0000");
  return config.error().message;
}

TEST(Config, HasEveryKey) {
  const auto config = config_from_yaml(kGood + "logLevel: debug\nnamespace: my/\n", "agent.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->shard, "ds_0");
  EXPECT_EQ(config->scope, "shard_0");
  EXPECT_EQ(config->cluster, "demo");
  ASSERT_EQ(config->etcd.size(), 2U);
  EXPECT_EQ(config->etcd[1].host, "10.0.0.2");
  EXPECT_EQ(config->etcd[1].port, 2379);
  EXPECT_EQ(config->listen_host, "0.0.0.0");
  EXPECT_EQ(config->listen_port, 8010);
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->patroni_namespace, "/my");
}

TEST(Config, HasDefaults) {
  const auto config = config_from_yaml(kGood, "agent.yaml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->log_level, "info");
  EXPECT_EQ(config->patroni_namespace, "/service");
}

TEST(Config, NamesFileLineAndKeyOfAFault) {
  EXPECT_EQ(fault_of(kGood + "shards: x\n"), "agent.yaml:6: shards: unknown key");
  EXPECT_EQ(fault_of("shard: a/b\n"),
            "agent.yaml:1: shard: a name without slashes and spaces was expected");
  EXPECT_EQ(fault_of("scope: [a]\n"), "agent.yaml:1: scope: a text was expected");
  EXPECT_EQ(fault_of("\netcd: http://a:1\n"), "agent.yaml:2: etcd: a list of URLs was expected");
  EXPECT_EQ(
      fault_of("etcd:\n- http://a:1\n- https://b:1\n"),
      "agent.yaml:3: etcd: a URL of the form http://host:port was expected, not \"https://b:1\"");
  for (const char* wrong : {"8010", "host", ":1", "a:b", "a:1/x"}) {
    EXPECT_EQ(fault_of(std::string("listen: ") + wrong),
              "agent.yaml:1: listen: host:port was expected")
        << wrong;
  }
  EXPECT_EQ(fault_of("logLevel: loud\n"),
            "agent.yaml:1: logLevel: debug, info, warn or error was expected");
  EXPECT_EQ(fault_of("- a\n"), "agent.yaml:1: keys and values were expected");
  EXPECT_THAT(fault_of("a: [\n"), testing::StartsWith("agent.yaml:"));
}

TEST(Config, NamesTheKeyThatIsMissing) {
  for (const char* key : {"shard", "scope", "cluster", "etcd", "listen"}) {
    std::string text = kGood;
    const auto at = text.find(std::string(key) + ":");
    text.erase(at, text.find('\n', at) + 1 - at);
    EXPECT_EQ(fault_of(text), std::string("agent.yaml:1: ") + key + ": is missing");
  }
}

TEST(Config, SaysThatAFileCannotBeRead) {
  const auto config = load_config("/no/such/file.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, "/no/such/file.yaml: the file cannot be read");
}

}  // namespace
}  // namespace tessera::agent
