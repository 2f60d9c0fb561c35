// What the files of a working configuration come to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "rules/settings.h"
#include "tests/unit/rules/config_text.h"

namespace tessera::rules {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

Settings loaded(const std::vector<ConfigFile>& files) {
  auto settings = parse_settings(files);
  if (!settings) throw std::runtime_error(settings.error().message);
  return *settings;
}

RuleSet database(const std::string& text) {
  return loaded({global_file(), shop_file(text)}).databases.front();
}

DataSource source(const std::string& url, const std::string& keys = "username: u, password: p") {
  return database("databaseName: d\ndataSources:\n  a: {url: \"" + url + "\", " + keys + "}\n")
      .shards.front()
      .primary;
}

TEST(Sample, Loads) {
  const auto settings = load_settings(TESSERA_SOURCE_DIR "/deploy/sample");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_THAT(settings->notices, ElementsAre());
  const RuleSet& shop = settings->databases.at(0);
  EXPECT_EQ(shop.database, "shop");
  ASSERT_EQ(shop.shards.size(), 2U);
  EXPECT_EQ(shop.shards[1].name, "shard_1");
  EXPECT_EQ(shop.shards[1].primary.port, 15430);
  EXPECT_EQ(shop.shards[1].replicas.at(0).port, 15431);
  EXPECT_EQ(shop.shards[1].replicas.at(0).username, "shop");
  EXPECT_EQ(shop.kind_of("orders"), TableKind::kSharded);
  EXPECT_EQ(shop.kind_of("products"), TableKind::kBroadcast);
  EXPECT_EQ(shop.kind_of("settings_kv"), TableKind::kSingle);
  EXPECT_TRUE(RuleSet::binding(*shop.find_sharding_table("orders"),
                               *shop.find_sharding_table("order_items")));
  EXPECT_EQ(settings->proxy.agents.at("shard_1").port, 15433);
}

// What a server shows to be wrong later is said with the place of the rule.
TEST(Places, AreThoseOfSourcesAndTables) {
  const RuleSet rules = database(shop(1, R"(- !SHARDING
  tables:
    a:
      actualDataNodes: ds_0.a
  autoTables:
    b:
      actualDataSources: ds_0
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: m}}
  shardingAlgorithms:
    m: {type: MOD, props: {sharding-count: 1}}
- !BROADCAST
  tables: [c, d]
- !SINGLE
  tables: ["ds_0.public.e", "*.*"]
)"));
  EXPECT_EQ(rules.shards[0].primary.place, "database-shop.yaml:3:10: dataSources.ds_0.url");
  EXPECT_THAT(
      rules.places,
      ElementsAre(Pair("a", "database-shop.yaml:8:7: rules.tables.a.actualDataNodes"),
                  Pair("b", "database-shop.yaml:11:7: rules.autoTables.b.actualDataSources"),
                  Pair("c", "database-shop.yaml:16:12: rules.tables"),
                  Pair("d", "database-shop.yaml:16:15: rules.tables"),
                  Pair("e", "database-shop.yaml:18:12: rules.tables")));
}

TEST(Sample, NeedsOnlyShardingspheresFiles) {
  const auto settings = loaded({global_file(), shop_file(shop(1, "- !BROADCAST {tables: [c]}"))});
  EXPECT_EQ(settings.proxy.listen, "127.0.0.1");
  EXPECT_EQ(settings.proxy.port, 0);
  EXPECT_EQ(settings.proxy.clients_max, 1000U);
  EXPECT_TRUE(settings.proxy.hba.empty());
}

class Directory : public testing::Test {
 protected:
  Directory() {
    std::string pattern = testing::TempDir() + "rules_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() override { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
  }
  std::string path_;
};

TEST_F(Directory, IsReadWithNewAndOldNames) {
  write("server.yaml", kGlobal);
  write("config-shop.yaml", shop(1, ""));
  write("database-sample.yaml", "# everything is a comment\n");
  write("logback.xml", "<x/>");
  const auto settings = load_settings(path_);
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->databases.size(), 1U);
  EXPECT_THAT(settings->notices,
              ElementsAre(HasSubstr("database-sample.yaml:1: the file is empty")));
}

TEST_F(Directory, IsNamedInItsFaults) {
  EXPECT_THAT(load_settings(path_ + "/none").error().message, HasSubstr("cannot be read"));
  EXPECT_EQ(load_settings(path_).error().message,
            path_ + ": global.yaml is missing: a file with authority.users was expected");
  write("global.yaml", kGlobal + "nonsense: 1\n");
  EXPECT_THAT(load_settings(path_).error().message,
              StartsWith(path_ + "/global.yaml:2:1: nonsense: is an unknown key"));
}

TEST(DataSources, ReadJdbcUrls) {
  const DataSource read = source(
      "jdbc:postgresql://10.1.0.10:5433/"
      "shop?currentSchema=a,b&ApplicationName=px&connectTimeout=7");
  EXPECT_EQ(read.host, "10.1.0.10");
  EXPECT_EQ(read.port, 5433);
  EXPECT_EQ(read.database, "shop");
  EXPECT_EQ(read.username, "u");
  EXPECT_EQ(read.password, "p");
  EXPECT_EQ(read.search_path, "a,b");
  EXPECT_EQ(read.application_name, "px");
  EXPECT_EQ(read.connect_timeout, 7s);
}

TEST(DataSources, ReadTheShortFormsOfJdbcUrls) {
  EXPECT_EQ(source("jdbc:postgresql:shop").database, "shop");
  EXPECT_EQ(source("jdbc:postgresql:shop").host, "localhost");
  EXPECT_EQ(source("jdbc:postgresql://db/shop").port, 5432);
  EXPECT_EQ(source("jdbc:postgresql://db/").database, "u");
  EXPECT_EQ(source("jdbc:postgresql://[::1]:5433/shop").host, "::1");
  EXPECT_EQ(source("jdbc:postgresql://db/s?user=x&password=y", "minPoolSize: 1").username, "x");
}

TEST(DataSources, ReadLibpqUris) {
  const DataSource read =
      source("postgresql://us%40er:p%2Fw@db:5433/sh%20op?application_name=px&connect_timeout=3",
             "maxPoolSize: 9");
  EXPECT_EQ(read.username, "us@er");
  EXPECT_EQ(read.password, "p/w");
  EXPECT_EQ(read.host, "db");
  EXPECT_EQ(read.port, 5433);
  EXPECT_EQ(read.database, "sh op");
  EXPECT_EQ(read.application_name, "px");
  EXPECT_EQ(read.connect_timeout, 3s);
  EXPECT_EQ(read.pool_max, 9U);
  EXPECT_EQ(source("postgres://db/shop").host, "db");
}

TEST(DataSources, ReadThePoolsKeys) {
  const DataSource read =
      source("jdbc:postgresql://db/s",
             "username: u, password: ' p ', connectionTimeoutMilliseconds: 5000, "
             "idleTimeoutMilliseconds: 1000, maxLifetimeMilliseconds: 1800000, maxPoolSize: 64, "
             "minPoolSize: 4");
  EXPECT_EQ(read.password, " p ");
  EXPECT_EQ(read.connect_timeout, 5s);
  EXPECT_EQ(read.idle_timeout, 1s);
  EXPECT_EQ(read.lifetime_max, 30min);
  EXPECT_EQ(read.pool_max, 64U);
  EXPECT_EQ(read.pool_min, 4U);
}

TEST(DataSources, TakeZeroForNoLimit) {
  const DataSource read =
      source("jdbc:postgresql://db/s", "username: u, idleTimeoutMilliseconds: 0");
  EXPECT_GT(read.idle_timeout, 24h);
}

TEST(DataSources, NoteWhatHasNoEffect) {
  const auto settings =
      loaded({global_file(),
              shop_file("databaseName: d\ndataSources:\n  a:\n    url: jdbc:postgresql://db/s?"
                        "prepareThreshold=5&useSSL=false&sslcert=x\n    username: u\n    "
                        "driverClassName: org.postgresql.Driver\n")});
  EXPECT_THAT(settings.notices,
              ElementsAre(HasSubstr("database-shop.yaml:4:5: url: parameter \"prepareThreshold\""),
                          HasSubstr("\"useSSL\""), HasSubstr("not encrypted"),
                          HasSubstr("database-shop.yaml:6:5: driverClassName")));
}

SslMode mode_of(const std::string& url) { return source(url).tls.mode; }

// libpq's, but for the default: without a word about it connections are plain.
TEST(DataSources, EncryptAsTheUrlSays) {
  EXPECT_EQ(mode_of("jdbc:postgresql://db/s"), SslMode::kDisable);
  EXPECT_EQ(mode_of("postgresql://db/s?sslmode=allow"), SslMode::kAllow);
  EXPECT_EQ(mode_of("postgresql://db/s?sslmode=prefer"), SslMode::kPrefer);
  EXPECT_EQ(mode_of("jdbc:postgresql://db/s?sslMode=REQUIRE"), SslMode::kRequire);
  EXPECT_EQ(mode_of("postgresql://db/s?ssl=true"), SslMode::kRequire);
  EXPECT_EQ(mode_of("jdbc:postgresql://db/s?ssl=false"), SslMode::kDisable);
  EXPECT_EQ(mode_of("jdbc:postgresql://db/s?ssl=true&sslmode=disable"), SslMode::kDisable);
  EXPECT_EQ(mode_of("jdbc:postgresql://db/s?ssl=true&"
                    "sslfactory=org.postgresql.ssl.NonValidatingFactory"),
            SslMode::kRequire);
}

TEST(DataSources, BindChannelsAsTheUrlSays) {
  EXPECT_EQ(source("postgresql://db/s").tls.channel_binding, ChannelBinding::kPrefer);
  EXPECT_EQ(source("postgresql://db/s?channel_binding=disable").tls.channel_binding,
            ChannelBinding::kDisable);
  EXPECT_EQ(
      source("jdbc:postgresql://db/s?sslmode=require&channelBinding=require").tls.channel_binding,
      ChannelBinding::kRequire);
}

TEST(Readwrite, MakesAShardOfAGroupInItsWriteSourcesPlace) {
  const RuleSet rules = database(shop(5, R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    second: {writeDataSourceName: ds_3, readDataSourceNames: [ds_4], transactionalReadQueryStrategy: PRIMARY}
    first: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1], loadBalancerName: turns}
  loadBalancers: {turns: {type: ROUND_ROBIN}}
)"));
  ASSERT_EQ(rules.shards.size(), 3U);
  EXPECT_EQ(rules.shards[0].name, "first");
  EXPECT_EQ(rules.shards[0].primary.name, "ds_0");
  EXPECT_EQ(rules.shards[0].replicas.at(0).name, "ds_1");
  EXPECT_EQ(rules.shards[1].name, "ds_2");
  EXPECT_TRUE(rules.shards[1].replicas.empty());
  EXPECT_EQ(rules.shards[2].name, "second");
}

TEST(Readwrite, ReadsOldSpellings) {
  const RuleSet rules = database(shop(2, R"(
- !READWRITE_SPLITTING
  dataSources:
    rw: {staticStrategy: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1]}}
)"));
  ASSERT_EQ(rules.shards.size(), 1U);
  EXPECT_EQ(rules.shards[0].replicas.at(0).host, "h1");
}

TEST(Readwrite, ExpandsGroupsWrittenAsExpressions) {
  const RuleSet rules = database(shop(4, R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    rw_${0..1}: {writeDataSourceName: "ds_${0..1}", readDataSourceNames: ["ds_${2..3}"]}
)"));
  ASSERT_EQ(rules.shards.size(), 2U);
  EXPECT_EQ(rules.shards[1].name, "rw_1");
  EXPECT_EQ(rules.shards[1].replicas.at(0).name, "ds_3");
}

TEST(Readwrite, NotesUnequalWeights) {
  const auto settings = loaded({global_file(), shop_file(shop(3, R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    rw: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1, ds_2], loadBalancerName: heavy}
  loadBalancers: {heavy: {type: WEIGHT, props: {ds_1: 3, ds_2: 1.5}}}
)"))});
  EXPECT_THAT(settings.notices, ElementsAre(HasSubstr("different weights have no effect")));
}

TEST(Sharding, PutsATableWithoutNodesOnEveryDataSource) {
  const RuleSet rules = database(shop(3, R"(
- !SHARDING
  tables:
    logs:
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_id}}
  shardingAlgorithms: {by_id: {type: MOD, props: {sharding-count: 3}}}
)"));
  const DataNode last{2, "logs"};
  ASSERT_EQ(rules.sharding_tables.at("logs").nodes.size(), 3U);
  EXPECT_EQ(rules.sharding_tables.at("logs").nodes[2], last);
}

TEST(Sharding, UsesDefaultsWhereATableSaysNothing) {
  const RuleSet rules = database(shop(2, R"(
- !SHARDING
  tables:
    T_Order: {actualDataNodes: "ds_${0..1}.T_Order"}
    elsewhere:
      actualDataNodes: ds_1.elsewhere
      databaseStrategy: {none: }
  defaultShardingColumn: User_Id
  defaultDatabaseStrategy: {standard: {shardingAlgorithmName: by_user}}
  defaultTableStrategy: {none: {}}
  shardingAlgorithms:
    by_user: {type: inline, props: {algorithm-expression: "ds_${user_id % 2}"}}
)"));
  const ShardingTable& orders = rules.sharding_tables.at("t_order");
  EXPECT_EQ(orders.database.column, "user_id");
  EXPECT_EQ(orders.nodes[1].table, "t_order");
  EXPECT_EQ(orders.table.algorithm, nullptr);
  EXPECT_EQ(rules.sharding_tables.at("elsewhere").database.algorithm, nullptr);
}

TEST(Sharding, NotesTablesThatRowsCannotBePutInto) {
  const auto settings = loaded({global_file(), shop_file(shop(2, R"(
- !SHARDING
  tables:
    logs: {actualDataNodes: "ds_${0..1}.logs"}
)"))});
  EXPECT_THAT(settings.notices, ElementsAre(HasSubstr("rows cannot be inserted")));
}

TEST(Sharding, ReadsOldBroadcastTables) {
  const RuleSet rules = database(shop(2, R"(
- !SHARDING
  broadcastTables: [T_Config, a]
- !BROADCAST
  tables: [z]
)"));
  EXPECT_THAT(rules.broadcast_tables, ElementsAre("a", "t_config", "z"));
}

TEST(Single, TakesItsDefaultAndItsNamedTables) {
  const RuleSet rules = database(shop(2, R"(
- !SINGLE
  tables: ["*.*.*", ds_0.public.T_One, ds_1.t_two, ds_1.public.*]
  defaultDataSource: ds_1
)"));
  EXPECT_EQ(rules.default_shard, 1U);
  EXPECT_THAT(rules.single_tables, ElementsAre(Pair("t_one", 0U), Pair("t_two", 1U)));
  EXPECT_EQ(rules.home_of("t_one"), 0U);
  EXPECT_EQ(rules.home_of("other"), 1U);
}

TEST(Binding, TakesNamedGroupsAndOtherColumns) {
  const RuleSet rules = database(shop(2, R"(
- !SHARDING
  tables:
    o:
      actualDataNodes: ds_${0..1}.o_${0..1}
      databaseStrategy: {standard: {shardingColumn: uid, shardingAlgorithmName: db_o}}
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: t_o}}
    lines:
      actualDataNodes: ds_${0..1}.lines_${0..1}
      databaseStrategy: {standard: {shardingColumn: user_id, shardingAlgorithmName: db_l}}
      tableStrategy: {standard: {shardingColumn: order_id, shardingAlgorithmName: t_l}}
  autoTables:
    a: {actualDataSources: "ds_${0..1}", shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: m}}}
    b: {actualDataSources: "ds_${0..1}", shardingStrategy: {standard: {shardingColumn: a_id, shardingAlgorithmName: m}}}
  bindingTables: ["main:o, lines", "a,b"]
  shardingAlgorithms:
    db_o: {type: INLINE, props: {algorithm-expression: "ds_${uid % 2}"}}
    db_l: {type: INLINE, props: {algorithm-expression: "ds_${user_id%2}"}}
    t_o: {type: INLINE, props: {algorithm-expression: "o_${id % 2}"}}
    t_l: {type: INLINE, props: {algorithm-expression: "lines_${order_id % 2}"}}
    m: {type: MOD, props: {sharding-count: 4}}
)"));
  const auto& tables = rules.sharding_tables;
  EXPECT_TRUE(RuleSet::binding(tables.at("o"), tables.at("lines")));
  EXPECT_TRUE(RuleSet::binding(tables.at("a"), tables.at("b")));
  EXPECT_FALSE(RuleSet::binding(tables.at("a"), tables.at("o")));
}

TEST(Global, ReadsUsersAndTheirDatabases) {
  const auto settings = loaded({global_file(R"(
authority:
  users:
    - {user: ops@%, password: 1234, admin: true}
    - {user: app@10.%, password: app_pw, authenticationMethodName: md5}
    - {user: all, password: x}
  authenticators: {md5: {type: MD5}}
  defaultAuthenticator: md5
  privilege: {type: DATABASE_PERMITTED, props: {user-database-mappings: "app@10.%=shop, app@10.%=crm, all@%=*"}}
)"),
                                shop_file(shop(1, ""))});
  ASSERT_EQ(settings.users.size(), 3U);
  EXPECT_EQ(settings.users[0].name, "ops");
  EXPECT_EQ(settings.users[0].password, "1234");
  EXPECT_TRUE(settings.users[0].admin);
  EXPECT_TRUE(settings.users[0].databases.empty());
  EXPECT_EQ(settings.users[1].host, "10.%");
  EXPECT_THAT(settings.users[1].databases, ElementsAre("shop", "crm"));
  EXPECT_EQ(settings.users[2].host, "%");
  EXPECT_TRUE(settings.users[2].databases.empty());
  EXPECT_THAT(settings.notices, Contains(HasSubstr("database \"crm\" of user \"app\"")));
}

TEST(Global, ReadsOldSpellings) {
  const auto settings = loaded({{"server.yaml", R"(
rules:
  - !AUTHORITY
    users:
      - root@%:ro:ot
      - sharding@:sharding
    provider: {type: ALL_PERMITTED}
  - !TRANSACTION {defaultType: XA, providerType: Atomikos}
  - !SQL_PARSER {sqlCommentParseEnabled: true, sqlStatementCache: {initialCapacity: 1}}
props: {max-connections-size-per-query: 1}
)"},
                                {"config-shop.yaml",
                                 "schemaName: shop\ndataSources:\n  a: {url: "
                                 "\"jdbc:postgresql://h/s\", username: u}\n"}});
  EXPECT_EQ(settings.users[0].password, "ro:ot");
  EXPECT_EQ(settings.users[1].name, "sharding");
  EXPECT_EQ(settings.users[1].host, "%");
  EXPECT_TRUE(settings.two_phase_wanted);
  EXPECT_EQ(settings.databases[0].database, "shop");
  EXPECT_THAT(settings.notices,
              Contains(HasSubstr("server.yaml:10:9: max-connections-size-per-query")));
}

TEST(Proxy, ReadsItsSettings) {
  const auto settings = loaded({global_file(), shop_file(shop(1, "")), {"tessera.yaml", R"(
listen: 0.0.0.0
port: 7000
threads: 3
maxClients: 77
loginTimeout: 500ms
poolWait: 2m
shutdownWait: 1h
statementMemory: 512KiB
planCache: 1GiB
hba:
  - {database: shop, user: app, address: 10.0.0.0/8, method: trust}
  - {type: hostssl, database: [sameuser, shop], user: "a, b", method: cert}
  - {type: hostnossl, user: [all, x], method: md5}
  - {type: hostssl, method: password, clientcert: verify-ca}
  - {method: reject}
agents:
  ds_0: {scope: zero, address: "[::1]:9000"}
etcd: [e1:2379, "http://e2:2379"]
)"}});
  const ProxySettings& proxy = settings.proxy;
  EXPECT_EQ(proxy.listen, "0.0.0.0");
  EXPECT_EQ(proxy.port, 7000);
  EXPECT_EQ(proxy.threads, 3U);
  EXPECT_EQ(proxy.clients_max, 77U);
  EXPECT_EQ(proxy.login_timeout, 500ms);
  EXPECT_EQ(proxy.limits.pool_wait_max, 2min);
  EXPECT_EQ(proxy.shutdown_wait_max, 1h);
  EXPECT_EQ(proxy.statement_memory_bytes, 512ULL << 10U);
  EXPECT_EQ(proxy.plan_cache_bytes, 1ULL << 30U);
  ASSERT_EQ(proxy.hba.size(), 5U);
  EXPECT_EQ(proxy.hba[0].method, HbaRule::Method::kTrust);
  EXPECT_EQ(proxy.hba[0].address, "10.0.0.0/8");
  EXPECT_EQ(proxy.hba[1].transport, HbaRule::Transport::kTls);
  EXPECT_THAT(proxy.hba[1].databases, ElementsAre("sameuser", "shop"));
  EXPECT_THAT(proxy.hba[1].users, ElementsAre("a", "b"));
  EXPECT_EQ(proxy.hba[1].client_cert, HbaRule::ClientCert::kVerifyFull);
  EXPECT_EQ(proxy.hba[2].transport, HbaRule::Transport::kPlain);
  EXPECT_EQ(proxy.hba[2].method, HbaRule::Method::kMd5);
  EXPECT_TRUE(proxy.hba[2].users.empty());
  EXPECT_EQ(proxy.hba[3].client_cert, HbaRule::ClientCert::kVerifyCa);
  EXPECT_TRUE(proxy.hba[4].databases.empty());
  EXPECT_EQ(proxy.hba[4].address, "all");
  EXPECT_EQ(proxy.agents.at("ds_0").host, "::1");
  EXPECT_EQ(proxy.agents.at("ds_0").scope, "zero");
  EXPECT_THAT(proxy.etcd_endpoints, ElementsAre("e1:2379", "e2:2379"));
  EXPECT_THAT(settings.notices, testing::Contains(HasSubstr("hostssl lines match nobody")));
}

TEST(Proxy, LimitsOfAUserGoBeforeThoseOfTheDatabase) {
  const auto settings = loaded({global_file(), shop_file(shop(1, "")), {"tessera.yaml", R"(
pooling: session
queryTimeout: 10s
idleTimeout: 1h
users:
  batch: {maxClients: 3, queryTimeout: 0s, pooling: transaction}
databases:
  shop: {maxClients: 20, queryTimeout: 5s, transactionTimeout: 1m, idleInTransactionTimeout: 200ms}
reservePool: 4
reservePoolAfter: 250ms
)"}});
  const ProxySettings& proxy = settings.proxy;
  EXPECT_EQ(proxy.limits.pooling, Pooling::kSession);
  EXPECT_EQ(proxy.user_limits.at("batch").clients_max, 3U);
  EXPECT_EQ(proxy.database_limits.at("shop").clients_max, 20U);
  const SessionLimits batch = limits_for(proxy, "batch", "shop");
  EXPECT_EQ(batch.pooling, Pooling::kTransaction);
  EXPECT_EQ(batch.query_max, 0s);
  EXPECT_EQ(batch.transaction_max, 1min);
  EXPECT_EQ(batch.idle_max, 1h);
  const SessionLimits others = limits_for(proxy, "app", "shop");
  EXPECT_EQ(others.pooling, Pooling::kSession);
  EXPECT_EQ(others.query_max, 5s);
  EXPECT_EQ(others.idle_in_transaction_max, 200ms);
  EXPECT_EQ(limits_for(proxy, "app", "elsewhere").query_max, 10s);
  EXPECT_EQ(shortest_time_limit(proxy), 200ms);
  EXPECT_EQ(shortest_time_limit({}), 0ms);
  const DataSource& source = settings.databases[0].shards[0].primary;
  EXPECT_EQ(source.reserve_max, 4U);
  EXPECT_EQ(source.reserve_after, 250ms);
}

TEST(Proxy, TakesItsPortAndLimitFromShardingspheresPropertiesLast) {
  const ConfigFile global = global_file(
      kGlobal + "props: {proxy-default-port: 5440, proxy-frontend-max-connections: 10}\n");
  const ConfigFile database_file = shop_file(shop(1, ""));
  const auto without = loaded({global, database_file});
  EXPECT_EQ(without.proxy.port, 5440);
  EXPECT_EQ(without.proxy.clients_max, 10U);
  const auto with =
      loaded({global, database_file, {"tessera.yaml", "port: 7000\nmaxClients: 5\n"}});
  EXPECT_EQ(with.proxy.port, 7000);
  EXPECT_EQ(with.proxy.clients_max, 5U);
}

TEST(Proxy, AcceptsAnAgentsHostAndPortApart) {
  const auto settings =
      loaded({global_file(),
              shop_file(shop(1, "")),
              {"tessera.yaml", "agents:\n  ds_0: {scope: s, host: h, port: 1}\n"}});
  EXPECT_EQ(settings.proxy.agents.at("ds_0").host, "h");
}

TEST(Readwrite, ReadsTheSpellingOf51) {
  const auto settings = loaded({global_file(), shop_file(R"(schemaName: d
dataSources:
  w: {url: "jdbc:postgresql://a/d", username: u}
  r: {url: "jdbc:postgresql://b/d", username: u}
rules:
- !READWRITE_SPLITTING
  dataSources:
    g: {type: Static, props: {write-data-source-name: w, read-data-source-names: r}, loadBalancerName: any}
  loadBalancers: {any: {type: RANDOM}}
)")});
  const Shard& group = settings.databases.at(0).shards.at(0);
  EXPECT_EQ(group.name, "g");
  EXPECT_EQ(group.primary.name, "w");
  ASSERT_EQ(group.replicas.size(), 1U);
  EXPECT_EQ(group.balance.kind, Balance::Kind::kRandom);
}

TEST(Global, NeedsNoPropertyForHints) {
  const auto settings = loaded(
      {global_file(kGlobal + "props: {proxy-hint-enabled: true, sql-comment-parse-enabled: false}"),
       shop_file(shop(1, "  []\n"))});
  EXPECT_THAT(settings.notices, ElementsAre(HasSubstr("sql-comment-parse-enabled: has no effect")));
}

}  // namespace
}  // namespace tessera::rules
