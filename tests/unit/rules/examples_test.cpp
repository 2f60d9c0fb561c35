// Whole configurations as users of ShardingSphere write them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/config_text.h"

namespace tessera::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSharded = R"(databaseName: shop
dataSources:
  pg_0: {url: "jdbc:postgresql://10.1.0.10:5432/shop?sslmode=require&ApplicationName=px", username: app, password: s3, maxPoolSize: 64, minPoolSize: 4, connectionTimeoutMilliseconds: 5000, idleTimeoutMilliseconds: 60000, maxLifetimeMilliseconds: 1800000}
  pg_1: {url: "jdbc:postgresql://10.1.0.11:5432/shop?sslmode=require", username: app, password: s3, maxPoolSize: 64, minPoolSize: 4}
rules:
- !SHARDING
  tables:
    orders:
      actualDataNodes: pg_${0..1}.orders_${0..7}
      databaseStrategy: {standard: {shardingColumn: customer_id, shardingAlgorithmName: by_db}}
      tableStrategy: {standard: {shardingColumn: order_id, shardingAlgorithmName: orders_by_id}}
      keyGenerateStrategy: {column: order_id, keyGeneratorName: snow}
      auditStrategy: {auditorNames: [need_key], allowHintDisable: true}
    order_lines:
      actualDataNodes: pg_${0..1}.order_lines_${0..7}
      databaseStrategy: {standard: {shardingColumn: customer_id, shardingAlgorithmName: by_db}}
      tableStrategy: {standard: {shardingColumn: order_id, shardingAlgorithmName: lines_by_id}}
    events:
      actualDataNodes: pg_${0..1}.events_$->{2024..2026}$->{(1..12).collect{ it.toString().padLeft(2,'0') }}
      tableStrategy: {standard: {shardingColumn: created_at, shardingAlgorithmName: monthly}}
  bindingTables: ["orders, order_lines"]
  defaultTableStrategy: {none: }
  shardingAlgorithms:
    by_db: {type: INLINE, props: {algorithm-expression: "pg_${customer_id % 2}"}}
    orders_by_id: {type: INLINE, props: {algorithm-expression: "orders_${order_id % 8}", allow-range-query-with-inline-sharding: true}}
    lines_by_id: {type: INLINE, props: {algorithm-expression: "order_lines_${order_id % 8}", allow-range-query-with-inline-sharding: true}}
    monthly: {type: INTERVAL, props: {datetime-pattern: "yyyy-MM-dd HH:mm:ss", datetime-lower: "2024-01-01 00:00:00", datetime-upper: "2026-12-31 23:59:59", sharding-suffix-pattern: yyyyMM, datetime-interval-amount: 1, datetime-interval-unit: MONTHS}}
  keyGenerators: {snow: {type: SNOWFLAKE, props: {worker-id: 3, max-vibration-offset: 7}}}
  auditors: {need_key: {type: DML_SHARDING_CONDITIONS}}
- !BROADCAST
  tables: [countries, tax_rates]
- !SINGLE
  tables: [pg_0.public.*]
  defaultDataSource: pg_0
)";

void expect_shop(const Result<Settings>& settings) {
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  const RuleSet& rules = settings->databases.at(0);
  const ShardingTable& orders = rules.sharding_tables.at("orders");
  EXPECT_EQ(orders.nodes.size(), 16U);
  EXPECT_THAT(orders.sharding_columns(), ElementsAre("customer_id", "order_id"));
  EXPECT_TRUE(RuleSet::binding(orders, rules.sharding_tables.at("order_lines")));
  ASSERT_TRUE(orders.generated_key.has_value());
  EXPECT_EQ(orders.generated_key->column, "order_id");
  EXPECT_EQ(orders.generated_key->generator, "snow");
  EXPECT_EQ(rules.key_generators.at("snow").snowflake.worker_id, 3U);
  EXPECT_EQ(rules.key_generators.at("snow").snowflake.vibration_max, 7U);
  EXPECT_THAT(orders.audit.auditors, ElementsAre("need_key"));
  EXPECT_TRUE(orders.audit.hint_may_disable);
  EXPECT_THAT(rules.broadcast_tables, ElementsAre("countries", "tax_rates"));
  EXPECT_EQ(rules.shards[0].primary.application_name, "px");
  const ShardingTable& events = rules.sharding_tables.at("events");
  ASSERT_EQ(events.nodes.size(), 72U);
  const auto may = route(
      events,
      {{.column = "created_at", .values = {"2025-05-17 10:00:00"}, .type = ValueType::kTimestamp}});
  // No database strategy: the month's table is on both.
  ASSERT_EQ(may->size(), 2U);
  EXPECT_EQ(events.nodes[may->front()].table, "events_202505");
}

TEST(Examples, LoadShardedBroadcastAndSingleTables) { expect_shop(settings_of(kSharded)); }

constexpr const char* kAutomatic = R"(databaseName: crm
dataSources:
  w0: {url: jdbc:postgresql://db0-rw:5432/crm, username: u, password: p, maxPoolSize: 50}
  w0_r1: {url: jdbc:postgresql://db0-ro1:5432/crm, username: u, password: p, maxPoolSize: 50}
  w0_r2: {url: jdbc:postgresql://db0-ro2:5432/crm, username: u, password: p, maxPoolSize: 50}
  w1: {url: jdbc:postgresql://db1-rw:5432/crm, username: u, password: p, maxPoolSize: 50}
  w1_r1: {url: jdbc:postgresql://db1-ro1:5432/crm, username: u, password: p, maxPoolSize: 50}
rules:
- !READWRITE_SPLITTING
  dataSourceGroups:
    g0: {writeDataSourceName: w0, readDataSourceNames: [w0_r1, w0_r2], transactionalReadQueryStrategy: PRIMARY, loadBalancerName: heavy}
    g1: {writeDataSourceName: w1, readDataSourceNames: [w1_r1], loadBalancerName: rr}
  loadBalancers:
    heavy: {type: WEIGHT, props: {w0_r1: 3, w0_r2: 1}}
    rr: {type: ROUND_ROBIN}
- !SHARDING
  autoTables:
    contacts:
      actualDataSources: g${0..1}
      shardingStrategy: {standard: {shardingColumn: email, shardingAlgorithmName: h16}}
      keyGenerateStrategy: {column: id, keyGeneratorName: uuid}
  shardingAlgorithms: {h16: {type: HASH_MOD, props: {sharding-count: 16}}}
  keyGenerators: {uuid: {type: UUID}}
)";

TEST(Examples, LoadAutomaticTablesOverReadwriteGroups) {
  const auto settings = settings_of(kAutomatic);
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  const RuleSet& rules = settings->databases.at(0);
  ASSERT_EQ(rules.shards.size(), 2U);
  EXPECT_EQ(rules.shards[0].replicas.size(), 2U);
  const ShardingTable& contacts = rules.sharding_tables.at("contacts");
  ASSERT_EQ(contacts.nodes.size(), 16U);
  EXPECT_TRUE(contacts.automatic);
  EXPECT_EQ(contacts.nodes[15].shard, 1U);
  EXPECT_EQ(contacts.nodes[15].table, "contacts_15");
  EXPECT_EQ(contacts.generated_key->column, "id");
  EXPECT_EQ(rules.key_generators.at("uuid").kind, KeyGenerator::Kind::kUuid);
  EXPECT_EQ(rules.shards[0].balance.kind, Balance::Kind::kWeight);
  EXPECT_THAT(rules.shards[0].balance.weights, ElementsAre(3.0, 1.0));
  EXPECT_EQ(rules.shards[1].balance.kind, Balance::Kind::kRoundRobin);
  EXPECT_THAT(settings->notices, ElementsAre(HasSubstr("different weights")));
}

constexpr const char* kCluster =
    R"(mode: {type: Cluster, repository: {type: etcd, props: {namespace: px, server-lists: "http://e1:2379,http://e2:2379", timeToLiveSeconds: 30}}}
authority:
  users:
    - {user: ops@%, password: ops_pw, admin: true}
    - {user: app@10.%, password: app_pw, authenticationMethodName: md5}
  authenticators: {md5: {type: MD5}}
  privilege: {type: DATABASE_PERMITTED, props: {user-database-mappings: "app@10.%=shop, app@10.%=crm"}}
transaction: {defaultType: XA, providerType: Narayana}
sqlFederation: {sqlFederationEnabled: true, allQueryUseSQLFederation: false, executionPlanCache: {initialCapacity: 2000, maximumSize: 65535}}
props:
  proxy-frontend-database-protocol-type: PostgreSQL
  proxy-default-port: 5440
  max-connections-size-per-query: 4
  proxy-backend-query-fetch-size: 200
  proxy-frontend-ssl-enabled: true
  sql-show: true
)";

TEST(Examples, LoadAClustersGlobalFile) {
  const auto settings = parse_settings({global_file(kCluster), shop_file(kAutomatic)});
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->proxy.port, 5440);
  EXPECT_TRUE(settings->two_phase_wanted);
  EXPECT_EQ(settings->users.size(), 2U);
  EXPECT_TRUE(settings->proxy.tls.enabled());
  for (const char* part :
       {"a certificate of our own making",
        "global.yaml:1:1: mode:", "global.yaml:5:42: authenticationMethodName:", "defaultType: XA",
        "providerType:", "sqlFederationEnabled:", "max-connections-size-per-query:",
        "proxy-backend-query-fetch-size:", "sql-show:"}) {
    EXPECT_THAT(settings->notices, Contains(HasSubstr(part)));
  }
}

}  // namespace
}  // namespace tessera::rules
