// Each fault stops the start and names file, line and key.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/config_text.h"

namespace tessera::rules {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Fault {
  const char* text;
  const char* start;  // file, line and key
  const char* part;
};

// Text starts in the line after its quote.
std::string body(const char* text) { return *text == '\n' ? text + 1 : text; }

class DatabaseFault : public testing::TestWithParam<Fault> {};

TEST_P(DatabaseFault, NamesFileLineAndKey) {
  const std::string message = fault_of(body(GetParam().text));
  EXPECT_THAT(message, StartsWith(std::string("database-shop.yaml:") + GetParam().start));
  EXPECT_THAT(message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    File, DatabaseFault,
    testing::Values(
        Fault{"a: [1", "1: broken YAML", ""}, Fault{"a: 1\n  b: 2", "2: broken YAML", ""},
        Fault{"[1, 2]", "1: a map of keys was expected", ""},
        Fault{"databaseName: d\n---\na: 1", "2: one YAML document was expected", ""},
        Fault{"dataSources: {}", "1: key \"databaseName\" is missing", "clients connect to"},
        Fault{"databaseName: d", "1: key \"dataSources\" is missing", ""},
        Fault{"databaseName: d\nschemaName: d", "2: schemaName: is the old spelling", ""},
        Fault{"databaseName: d\ndataSources: {}", "2: dataSources: at least one", ""},
        Fault{"databaseName: d\ndataSources: 7", "2: dataSources: a map of keys was expected", ""},
        Fault{"databaseName: d\ndatabaseName: e", "2: databaseName: stands twice", "line 1"},
        Fault{"databaseName: {a: b}", "1: databaseName: a text was expected", ""}));

class SourceFault : public testing::TestWithParam<Fault> {};

TEST_P(SourceFault, NamesFileLineAndKey) {
  const std::string message = fault_of(
      "databaseName: d\ndataSources:\n  a:\n    username: u\n    " + body(GetParam().text) + "\n");
  EXPECT_THAT(message, StartsWith(std::string("database-shop.yaml:") + GetParam().start));
  EXPECT_THAT(message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, SourceFault,
    testing::Values(Fault{"password: x", "3: dataSources.a: key \"url\" is missing", "libpq URI"},
                    Fault{"url: jdbc:postgresql://h/d\n    maxPolSize: 3",
                          "6: dataSources.a.maxPolSize",
                          "unknown key; expected: url, username, password"},
                    Fault{"url: jdbc:postgresql://h/d\n    maxPoolSize: many",
                          "6: dataSources.a.maxPoolSize", "a number from 1 to 100000"},
                    Fault{"url: jdbc:postgresql://h/d\n    maxPoolSize: 2\n    minPoolSize: 3",
                          "7: dataSources.a.minPoolSize", "larger than maxPoolSize"},
                    Fault{"url: jdbc:postgresql://h/d\n    readOnly: true",
                          "6: dataSources.a.readOnly", "write data source"},
                    Fault{"url: jdbc:postgresql://h/d\n    readOnly: maybe",
                          "6: dataSources.a.readOnly", "true or false"},
                    Fault{"url: jdbc:postgresql://h/d\n    username: v",
                          "6: dataSources.a.username", "stands twice, first in line 4"}));

INSTANTIATE_TEST_SUITE_P(
    Urls, SourceFault,
    testing::Values(
        Fault{"url: jdbc:mysql://h/d", "5: dataSources.a.url", "\"jdbc:mysql\" is not PostgreSQL"},
        Fault{"url: http://h/d", "5: dataSources.a.url", "scheme is not known"},
        Fault{"url: postgresql:h", "5: dataSources.a.url", "\"//\" is missing"},
        Fault{"url: jdbc:postgresql://h:99999/d", "5: dataSources.a.url", "\"99999\" is no port"},
        Fault{"url: jdbc:postgresql://h:0/d", "5: dataSources.a.url", "no port"},
        Fault{"url: jdbc:postgresql://h1:1,h2:2/d", "5: dataSources.a.url", "several hosts"},
        Fault{"url: \"jdbc:postgresql://[::1/d\"", "5: dataSources.a.url", "does not end"},
        Fault{"url: jdbc:postgresql://u@h/d", "5: dataSources.a.url", "no user before its host"},
        Fault{"url: postgresql://%2Ftmp/d", "5: dataSources.a.url", "Unix sockets"},
        Fault{"url: postgresql://h/d%4", "5: dataSources.a.url", "starts no escape"},
        Fault{"url: jdbc:postgresql://h/d?sslmode=always", "5: dataSources.a.url",
              "verify-ca or verify-full, not \"always\""},
        Fault{"url: jdbc:postgresql://h/d?sslmode=verify-full", "5: dataSources.a.url",
              "\"sslrootcert\" is missing: sslmode=verify-full"},
        Fault{"url: jdbc:postgresql://h/d?ssl=true", "5: dataSources.a.url",
              "\"sslrootcert\" is missing: sslmode=verify-full"},
        Fault{"url: jdbc:postgresql://h/d?ssl", "5: dataSources.a.url", "\"sslrootcert\""},
        Fault{"url: jdbc:postgresql://h/d?ssl=maybe", "5: dataSources.a.url", "true or false"},
        Fault{"url: postgresql://h/d?sslmode=verify-ca&sslrootcert=no/where",
              "5: dataSources.a.url",
              "could not load root certificate file \"no/where\": No such file"},
        Fault{"url: postgresql://h/d?sslmode=verify-full&sslrootcert=system",
              "5: dataSources.a.url", "is a file here"},
        Fault{"url: postgresql://h/d?sslmode=require&sslcert=x", "5: dataSources.a.url",
              "\"sslkey\" is missing"},
        Fault{"url: postgresql://h/d?sslmode=require&sslkey=x", "5: dataSources.a.url",
              "\"sslcert\" is missing"},
        Fault{"url: postgresql://h/d?sslmode=prefer&ssl_min_protocol_version=SSLv3",
              "5: dataSources.a.url", "\"ssl_min_protocol_version\" TLSv1.2 or TLSv1.3"},
        Fault{"url: postgresql://h/d?sslnegotiation=direct", "5: dataSources.a.url", "postgres"},
        Fault{"url: postgresql://h/d?channel_binding=require", "5: dataSources.a.url", "needs TLS"},
        Fault{"url: postgresql://h/d?channel_binding=yes", "5: dataSources.a.url",
              "disable, prefer or require"},
        Fault{"url: postgresql://h/d?gssencmode=require", "5: dataSources.a.url", "GSSAPI"},
        Fault{"url: jdbc:postgresql://h/d?readOnly=true", "5: dataSources.a.url", "refuse writes"},
        Fault{"url: jdbc:postgresql://h/d?options=-c%20x=y", "5: dataSources.a.url", "options"},
        Fault{"url: jdbc:postgresql://h/d?connectTimeout=soon", "5: dataSources.a.url", "seconds"},
        Fault{"url: jdbc:postgresql://h/d?nonsense=1", "5: dataSources.a.url",
              "\"nonsense\" is unknown"}));

TEST(SourceFault, WithoutAUserNeedsADatabaseAndNoPassword) {
  const std::string head = "databaseName: d\ndataSources:\n  a: {url: ";
  EXPECT_THAT(fault_of(head + "\"jdbc:postgresql://h/\"}"),
              HasSubstr("3: dataSources.a.url: names neither a database nor a user"));
  EXPECT_THAT(fault_of(head + "\"jdbc:postgresql://h/d\", password: x}"),
              HasSubstr("3: dataSources.a: a password stands without a username"));
}

// Its connections are the clients' own, and somebody has to read the catalog.
TEST(SourceFault, WithoutAUserNeedsAControlRole) {
  const std::string database =
      "databaseName: d\ndataSources:\n  a: {url: \"jdbc:postgresql://h/d\"}";
  EXPECT_THAT(fault_of(database), StartsWith("tessera.yaml:1: key \"control\" is missing"));
  EXPECT_THAT(fault_of(database), HasSubstr("data source \"a\" has no username"));
  const auto settings = parse_settings({global_file(),
                                        {"database-d.yaml", database},
                                        {"tessera.yaml", "control: {username: c, password: s}"}});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->databases[0].shards[0].primary.control_username, "c");
  EXPECT_EQ(settings->databases[0].shards[0].primary.control_password, "s");
  EXPECT_EQ(settings->databases[0].shards[0].primary.username, "");
}

// With the data sources ds_0 and ds_1; the rules start in line 6.
TEST(Fault, NamesTheColumn) {
  const auto place = [](const std::string& rules, const char* database = nullptr) {
    const std::string whole =
        whole_fault_of(settings_of(database != nullptr ? database : shop(2, rules)));
    return whole.substr(0, whole.find(": "));
  };
  EXPECT_EQ(place("- !BROADCAST\n  tabels: [a]\n"), "database-shop.yaml:7:3");
  EXPECT_EQ(place("- !BROADCAST {tables: [a], tabels: [b]}\n"), "database-shop.yaml:6:28");
  EXPECT_EQ(place("- !BROADCAST\n  tables: [a, b, a]\n"), "database-shop.yaml:7:18");
  EXPECT_EQ(place("- !SHARDNG {}\n"), "database-shop.yaml:6:3");
  EXPECT_EQ(place("- !SHARDING\n  tables: {t: {actualDataNodes: ds_9.t}}\n"),
            "database-shop.yaml:7:16");
  EXPECT_EQ(place("", "databaseName: a\ndataSources: {x: [}\n"), "database-shop.yaml:2:19");
  EXPECT_EQ(place("", "databaseName: a\n---\nb: 1\n"), "database-shop.yaml:2:1");
}

// What was found stands beside what was expected.
TEST(Fault, SaysWhatWasFound) {
  EXPECT_THAT(fault_of(shop(2, "- !BROADCAST []\n")),
              HasSubstr("a map of keys was expected, not a list"));
  EXPECT_THAT(fault_of(shop(2, "- !SHARDING\n  tables: {t: {actualDataNodes: [ds_0.t]}}\n")),
              HasSubstr("a text was expected, not a list"));
  EXPECT_THAT(fault_of("databaseName: {}\ndataSources: {}"),
              HasSubstr("a text was expected, not a map"));
  EXPECT_THAT(fault_of("databaseName: a\ndataSources: {a: {url: \"jdbc:postgresql://h/d\", "
                       "username: u, readOnly: maybe}}"),
              HasSubstr("true or false was expected, not \"maybe\""));
}

class RuleFault : public testing::TestWithParam<Fault> {};

TEST_P(RuleFault, NamesFileLineAndKey) {
  const std::string message = fault_of(shop(2, body(GetParam().text)));
  EXPECT_THAT(message, StartsWith(std::string("database-shop.yaml:") + GetParam().start));
  EXPECT_THAT(message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RuleFault,
    testing::Values(
        Fault{"- !ENCRYPT {tables: {}}", "6: rules: !ENCRYPT is not supported", "unencrypted"},
        Fault{"- !MASK {tables: {}}", "6: rules: !MASK is not supported", ""},
        Fault{"- !SHADOW {tables: {}}", "6: rules: !SHADOW is not supported", ""},
        Fault{"- !NONSENSE {}", "6: rules: \"!NONSENSE\" is an unknown rule", "!SHARDING"},
        Fault{"- {tables: [a]}", "6: rules: ", "unknown rule"},
        Fault{"- !BROADCAST {tables: [a]}\n- !BROADCAST {tables: [b]}", "7: rules: !BROADCAST",
              "stands twice"},
        Fault{"- !BROADCAST {tables: [a, A]}", "6: rules.tables: table \"a\" stands twice", ""},
        Fault{"- !BROADCAST {table: [a]}", "6: rules.table: is an unknown key", "tables"},
        Fault{"- !SINGLE {defaultDataSource: x}", "6: rules.defaultDataSource",
              "\"x\" does not exist; there are: ds_0, ds_1"},
        Fault{"- !SINGLE {tables: [t]}", "6: rules.tables", "data_source.schema.table"},
        Fault{"- !SINGLE {tables: [ds_0.a.t, ds_1.b.t]}", "6: rules.tables", "stands twice"},
        Fault{"- !SINGLE {tables: [ds_0.t]}\n- !BROADCAST {tables: [t]}", "6: rules.tables",
              "is a single table and has another rule"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1], loadBalancerName: rr}
)",
              "8: rules.dataSourceGroups.g.loadBalancerName", "\"rr\" does not exist"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0, readDataSourceNames: [ds_9]}
)",
              "8: rules.dataSourceGroups.g", "\"ds_9\" does not exist"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {readDataSourceNames: [ds_1]}
)",
              "8: rules.dataSourceGroups.g", "\"writeDataSourceName\" is missing"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1]}
    h: {writeDataSourceName: ds_1}
)",
              "9: rules.dataSourceGroups.h", "already stands in group \"g\""},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    ds_1: {writeDataSourceName: ds_0}
)",
              "4: dataSources.ds_1", "names a data source and a group"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0, transactionalReadQueryStrategy: SOMETIMES}
)",
              "8: rules.dataSourceGroups.g.transactionalReadQueryStrategy", "PRIMARY, FIXED"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0}
  loadBalancers: {x: {type: BEST}}
)",
              "9: rules.loadBalancers.x.type", "\"BEST\" is not supported"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSources:
    g: {dynamicStrategy: {autoAwareDataSourceName: x}}
)",
              "8: rules.dataSources.g.dynamicStrategy", "agents"},
        Fault{R"(
- !READWRITE_SPLITTING
  dataSourceGroups:
    g: {writeDataSourceName: ds_0, readDataSourceNames: [ds_1]}
- !SHARDING
  tables:
    t: {actualDataNodes: ds_0.t}
)",
              "11: rules.tables.t.actualDataNodes", "readwrite-splitting group \"g\""}));

INSTANTIATE_TEST_SUITE_P(
    Tables, RuleFault,
    testing::Values(
        Fault{"- !SHARDING {tabels: {}}", "6: rules.tabels: is an unknown key", "tables"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      actualDataNodes: ds_${0..2}.t
)",
              "9: rules.tables.t.actualDataNodes",
              "\"ds_2\" does not exist; there are: ds_0, ds_1"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.t_${(1..2).collectMany{it}}"}
)",
              "8: rules.tables.t.actualDataNodes", "\"collectMany\""},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.t, ds_0.T"}
)",
              "8: rules.tables.t.actualDataNodes", "stands twice"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0"}
)",
              "8: rules.tables.t.actualDataNodes", "data_source.table was expected"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.public.t"}
)",
              "8: rules.tables.t.actualDataNodes", "a schema in a data node is not supported"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: ds_0.t}
    T: {actualDataNodes: ds_1.t}
)",
              "9: rules.tables.T", "table \"t\" stands twice"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: ds_0.t}
- !BROADCAST
  tables: [t]
)",
              "10: rules.tables", "is a sharding table and a broadcast table"},
        Fault{R"(
- !SHARDING
  broadcastTables: [t]
  tables:
    t: {actualDataNodes: ds_0.t}
)",
              "7: rules.broadcastTables", "is a sharding table and a broadcast table"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      databaseStrategy: {complex: {shardingColumns: "a,b", shardingAlgorithmName: x}}
)",
              "9: rules.tables.t.databaseStrategy.complex.shardingAlgorithmName",
              "\"x\" does not exist; there are none"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      tableStrategy: {hint: {shardingAlgorithmName: x}}
)",
              "9: rules.tables.t.tableStrategy.hint.shardingAlgorithmName", "\"x\" does not exist"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      tableStrategy: {inline: {}}
)",
              "9: rules.tables.t.tableStrategy.inline", "unknown key"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      tableStrategy: {}
)",
              "9: rules.tables.t.tableStrategy", "one of the strategies"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      tableStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: x}}
)",
              "9: rules.tables.t.tableStrategy.standard.shardingAlgorithmName",
              "\"x\" does not exist"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      tableStrategy: {standard: {shardingAlgorithmName: m}}
  shardingAlgorithms: {m: {type: MOD, props: {sharding-count: 2}}}
)",
              "9: rules.tables.t.tableStrategy", "no defaultShardingColumn"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      keyGenerateStrategy: {column: id, keyGeneratorName: snow}
  keyGenerators: {ice: {type: SNOWFLAKE}}
)",
              "9: rules.tables.t.keyGenerateStrategy.keyGeneratorName",
              "key generator \"snow\" does not exist"},
        Fault{"- !SHARDING\n  defaultKeyGenerateStrategy: {column: id, keyGeneratorName: s}",
              "7: rules.defaultKeyGenerateStrategy.keyGeneratorName", "\"s\" does not exist"},
        Fault{"- !SHARDING\n  keyGenerateStrategies: {s: {}}", "7: rules.keyGenerateStrategies.s",
              "key \"keyGenerateType\" is missing"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      auditStrategy: {auditorNames: [a]}
)",
              "9: rules.tables.t.auditStrategy.auditorNames", "auditor \"a\" does not exist"},
        Fault{"- !SHARDING\n  defaultAuditStrategy: {auditorNames: [a]}",
              "7: rules.defaultAuditStrategy.auditorNames", "auditor \"a\" does not exist"}));

INSTANTIATE_TEST_SUITE_P(
    Keys, RuleFault,
    testing::Values(
        Fault{R"(
- !SHARDING
  keyGenerators: {k: {type: SNOWFLAKE}}
  keyGenerateStrategies: {n: {keyGenerateType: sequence, keyGeneratorName: k, keyGenerateSequence: s}}
)",
              "8: rules.keyGenerateStrategies.n.keyGenerateType",
              "\"sequence\" is not supported; expected column"},
        Fault{"- !SHARDING\n  keyGenerators: {k: {type: COSID}}", "7: rules.keyGenerators.k.type",
              "\"COSID\" is not supported; expected SNOWFLAKE or UUID"},
        Fault{"- !SHARDING\n  keyGenerators: {k: {type: SNOWFLAKE, props: {worker-id: 1024}}}",
              "7: rules.keyGenerators.k.props.worker-id", "from 0 to 1023 was expected"},
        Fault{"- !SHARDING\n  keyGenerators: {k: {type: SNOWFLAKE, props: {epoch: 1}}}",
              "7: rules.keyGenerators.k.props.epoch", "unknown key"},
        Fault{"- !SHARDING\n  keyGenerators: {k: {type: UUID, props: {a: 1}}}",
              "7: rules.keyGenerators.k.props.a", "unknown key"},
        Fault{"- !SHARDING\n  auditors: {a: {type: MINE}}", "7: rules.auditors.a.type",
              "\"MINE\" is not supported"},
        Fault{R"(
- !SHARDING
  keyGenerators: {k: {type: UUID}}
  keyGenerateStrategies: {s: {keyGenerateType: row, keyGeneratorName: k}}
)",
              "8: rules.keyGenerateStrategies.s.keyGenerateType",
              "column or sequence was expected, not \"row\""},
        Fault{R"(
- !SHARDING
  keyGenerators: {k: {type: UUID}}
  keyGenerateStrategies: {s: {keyGenerateType: column, keyGeneratorName: k, logicTable: no, keyGenerateColumn: id}}
)",
              "8: rules.keyGenerateStrategies.s.logicTable", "\"no\" is no sharding table"}));

INSTANTIATE_TEST_SUITE_P(
    Nodes, RuleFault,
    testing::Values(
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.t_${[]}"}
)",
              "8: rules.tables.t.actualDataNodes", "gives no data node"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.t_${0..3"}
)",
              "8: rules.tables.t.actualDataNodes", "inline expression"},
        Fault{R"(
- !SHARDING
  tables:
    t: {actualDataNodes: "ds_0.t_${0..3}"}
    u: {actualDataNodes: "ds_0.u, ds_0.t_3"}
)",
              "9: rules.tables.u", "data node \"ds_0.t_3\" belongs to table \"t\" already"},
        Fault{R"(
- !SHARDING
  tables:
    t: {tableStrategy: {complex: {shardingColumns: "a,A", shardingAlgorithmName: x}}}
)",
              "8: rules.tables.t.tableStrategy.complex.shardingColumns",
              "column \"a\" stands twice"},
        Fault{R"(
- !SHARDING
  tables:
    t: {tableStrategy: {standard: {shardingColumn: a, shardingAlgorithmName: x}, none: }}
)",
              "8: rules.tables.t.tableStrategy",
              "one of the strategies standard, complex, hint and none was expected, not 2"}));

INSTANTIATE_TEST_SUITE_P(
    Algorithms, RuleFault,
    testing::Values(
        Fault{R"(
- !SHARDING
  shardingAlgorithms:
    monthly: {type: COSID_INTERVAL, props: {datetime-pattern: x}}
)",
              "8: rules.shardingAlgorithms.monthly.type", "\"COSID_INTERVAL\" is not supported"},
        Fault{R"(
- !SHARDING
  shardingAlgorithms:
    mine: {type: CLASS_BASED, props: {strategy: STANDARD, algorithmClassName: a.b.C}}
)",
              "8: rules.shardingAlgorithms.mine.type", "CLASS_BASED is not supported"},
        Fault{R"(
- !SHARDING
  tables:
    t: {tableStrategy: {standard: {shardingColumn: d, shardingAlgorithmName: monthly}}}
  shardingAlgorithms:
    monthly: {type: INTERVAL, props: {datetime-pattern: yyyy-MM-dd, datetime-lower: "2024-13-01", sharding-suffix-pattern: yyyyMM}}
)",
              "10: rules.shardingAlgorithms.monthly.props.datetime-lower",
              "does not match datetime-pattern"},
        Fault{R"(
- !SHARDING
  tables:
    t: {tableStrategy: {hint: {shardingAlgorithmName: m}}}
  shardingAlgorithms:
    m: {type: MOD, props: {sharding-count: 2}}
)",
              "10: rules.shardingAlgorithms.m", "is for the strategy standard, not hint"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: a}}
  shardingAlgorithms:
    a:
      type: INLINE
      props:
        algorithm-expression: ds_${id / 0}
)",
              "14: rules.shardingAlgorithms.a.props.algorithm-expression", "divides by zero"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: a}}
  shardingAlgorithms:
    a:
      type: MOD
      props:
        sharding-count: four
)",
              "14: rules.shardingAlgorithms.a.props.sharding-count", "must be a number"},
        Fault{R"(
- !SHARDING
  tables:
    t:
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: a}}
  shardingAlgorithms:
    a:
      type: MOD
)",
              "11: rules.shardingAlgorithms.a:", "\"sharding-count\""},
        Fault{R"(
- !SHARDING
  autoTables:
    t:
      actualDataSources: ds_0
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: a}}
  shardingAlgorithms: {a: {type: INLINE, props: {algorithm-expression: "t_${id % 2}"}}}
)",
              "10: rules.autoTables.t.shardingStrategy.standard.shardingAlgorithmName",
              "MOD, HASH_MOD, VOLUME_RANGE"},
        Fault{R"(
- !SHARDING
  autoTables:
    t:
      actualDataSources: ds_0, ds_0
      shardingStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: a}}
  shardingAlgorithms: {a: {type: MOD, props: {sharding-count: 2}}}
)",
              "9: rules.autoTables.t.actualDataSources", "stands twice"},
        Fault{R"(
- !SHARDING
  autoTables:
    t:
      actualDataSources: ds_0
      shardingStrategy: {none: }
)",
              "10: rules.autoTables.t.shardingStrategy", "standard was expected"}));

// Two tables with the keys of `second`, bound.
std::string bound(const std::string& second, const std::string& by_second = "b_${id % 2}") {
  return shop(2, R"(- !SHARDING
  tables:
    a:
      actualDataNodes: ds_${0..1}.a_${0..1}
      databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: db}}
      tableStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: by_a}}
    b: )" + second +
                     R"(
  bindingTables: ["a,b"]
  shardingAlgorithms:
    db: {type: INLINE, props: {algorithm-expression: "ds_${id % 2}"}}
    db_other: {type: INLINE, props: {algorithm-expression: "ds_${(id + 1) % 2}"}}
    by_a: {type: INLINE, props: {algorithm-expression: "a_${id % 2}"}}
    by_b: {type: INLINE, props: {algorithm-expression: ")" +
                     by_second + "\"}}\n");
}

std::string keys(const std::string& nodes, const std::string& database = "db",
                 const std::string& column = "id") {
  return "{actualDataNodes: \"" + nodes +
         "\", databaseStrategy: {standard: {shardingColumn: id, shardingAlgorithmName: " +
         database + "}}, tableStrategy: {standard: {shardingColumn: " + column +
         ", shardingAlgorithmName: by_b}}}";
}

TEST(Binding, AcceptsTablesOfTheSameLayout) {
  EXPECT_EQ(fault_of(bound(keys("ds_${0..1}.b_${0..1}"))), "none");
}

TEST(Binding, RefusesTablesWhoseRowsWouldNotMeet) {
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${0..2}"))), HasSubstr("4 and 6 actual tables"));
  EXPECT_THAT(fault_of(bound(keys("ds_${1..0}.b_${0..1}"))), HasSubstr("different data sources"));
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${1..0}"))),
              HasSubstr("rows of actual table a_0 do not belong to those of b_1"));
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${0..1}", "db_other"))),
              HasSubstr("database strategies differ"));
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${0..1}"), "b_${id % 3}")),
              HasSubstr("table strategies differ"));
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${0..1}", "db", "x"), "b_${x % 2}")),
              HasSubstr("the same columns in the same order"));
  EXPECT_THAT(fault_of(bound("{actualDataNodes: \"ds_${0..1}.b_${0..1}\"}")),
              HasSubstr("do not settle one node"));
}

TEST(Binding, NamesTheLineOfTheGroup) {
  EXPECT_THAT(fault_of(bound(keys("ds_${0..1}.b_${0..2}"))),
              StartsWith("database-shop.yaml:13: rules.bindingTables: tables \"a\" and \"b\""));
}

TEST(Binding, RefusesUnknownAndRepeatedTables) {
  EXPECT_THAT(fault_of(shop(2, "- !SHARDING\n  bindingTables: [\"x,y\"]\n")),
              StartsWith("database-shop.yaml:7: rules.bindingTables: \"x\" is no sharding table"));
  std::string twice = bound(keys("ds_${0..1}.b_${0..1}"));
  twice.replace(twice.find("[\"a,b\"]"), 7, "[\"a,b\",a]");
  EXPECT_THAT(fault_of(twice), HasSubstr("table \"a\" is bound twice"));
}

class GlobalFault : public testing::TestWithParam<Fault> {};

TEST_P(GlobalFault, NamesFileLineAndKey) {
  const std::string message =
      fault_of(parse_settings({global_file(body(GetParam().text)), shop_file(shop(1, ""))}));
  EXPECT_THAT(message, StartsWith(std::string("global.yaml:") + GetParam().start));
  EXPECT_THAT(message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, GlobalFault,
    testing::Values(
        Fault{"mode: {type: Standalone}", "1: no users", "authority.users"},
        Fault{"", "1: the file is empty", "authority.users"},
        Fault{"autority: {}", "1: autority: is an unknown key", "authority"},
        Fault{"transaction: {defaultType: BASE}", "1: transaction.defaultType", "BASE"},
        Fault{"transaction: {defaultType: MAYBE}", "1: transaction.defaultType", "LOCAL or XA"},
        Fault{"sqlTranslator: {type: JOOQ}", "1: sqlTranslator.type", "not translated"},
        Fault{"globalClock: {enabled: true}", "1: globalClock.enabled", "no global clock"},
        Fault{"dataSources: {a: {}}", "1: dataSources", "belong to a database"},
        Fault{"rules:\n  - !TRAFFIC {}", "2: rules", "\"!TRAFFIC\" is an unknown rule"},
        Fault{"props:\n  proxy-frontend-ssl-enabled: maybe", "2: props.proxy-frontend-ssl-enabled",
              "true or false"},
        Fault{"props:\n  proxy-frontend-database-protocol-type: MySQL",
              "2: props.proxy-frontend-database-protocol-type", "PostgreSQL was expected"},
        Fault{"props:\n  proxy-default-port: 70000", "2: props.proxy-default-port",
              "from 1 to 65535"},
        Fault{"props:\n  sql-shw: true", "2: props.sql-shw", "unknown property"}));

INSTANTIATE_TEST_SUITE_P(
    Users, GlobalFault,
    testing::Values(
        Fault{"authority:\n  users:\n  - {user: a}", "3: authority.users",
              "\"password\" is missing"},
        Fault{"authority:\n  users:\n  - {password: a}", "3: authority.users",
              "\"user\" is missing"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  - {user: a@%, password: b}",
              "4: authority.users", "user \"a@%\" stands twice"},
        Fault{"authority:\n  users:\n  - {user: \"@h\", password: b}", "3: authority.users.user",
              "name@host"},
        Fault{"authority:\n  users:\n  - {user: a, password: b, authenticationMethodName: x}",
              "3: authority.users.authenticationMethodName", "\"x\" does not exist"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  authenticators: {m: {type: X}}",
              "4: authority.authenticators.m.type", "SCRAM_SHA256"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  privilege: {type: SOME}",
              "4: authority.privilege.type", "ALL_PERMITTED"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  privilege: {type: "
              "DATABASE_PERMITTED}",
              "4: authority.privilege.type", "props"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  privilege: {type: "
              "DATABASE_PERMITTED, props: {user-database-mappings: \"b@%=x\"}}",
              "4: authority.privilege.props.user-database-mappings", "\"b@%\" does not exist"},
        Fault{"authority:\n  users:\n  - {user: a, password: b}\n  - {user: c, password: d}\n  "
              "privilege: {type: DATABASE_PERMITTED, props: {user-database-mappings: \"a@%=x\"}}",
              "5: authority.privilege.props.user-database-mappings", "\"c@%\" no database"}));

class ProxyFault : public testing::TestWithParam<Fault> {};

TEST_P(ProxyFault, NamesFileLineAndKey) {
  const std::string message = fault_of(parse_settings(
      {global_file(), shop_file(shop(1, "")), {"tessera.yaml", body(GetParam().text)}}));
  EXPECT_THAT(message, StartsWith(std::string("tessera.yaml:") + GetParam().start));
  EXPECT_THAT(message, HasSubstr(GetParam().part));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ProxyFault,
    testing::Values(
        Fault{"tls: {key: x}", "1: tls: key \"certificate\" is missing", ""},
        Fault{"tls: {certificate: x}", "1: tls: key \"key\" is missing", ""},
        Fault{"tls: {certificate: x, key: y, cert: z}", "1: tls.cert: is an unknown key", ""},
        Fault{"tls: {certificate: no/where, key: y}", "1: tls.certificate",
              "could not load certificate file \"no/where\": No such file"},
        Fault{"tls: {certificate: x, key: y, minVersion: SSLv3}", "1: tls.minVersion", "TLSv1.2"},
        Fault{"tls: {certificate: x, key: y, minVersion: TLSv1.3, maxVersion: TLSv1.2}",
              "1: tls.maxVersion", "lower"},
        Fault{"tls: {certificate: x, key: y, ciphers: NONE}", "1: tls.ciphers", "cipher list"},
        Fault{"tls: {certificate: x, key: y, clientCrl: z}", "1: tls.clientCrl", "clientCa"},
        Fault{"listen: localhost", "1: listen", "an IP address"},
        Fault{"port: 0", "1: port", "from 1 to 65535"},
        Fault{"threads: -1", "1: threads", "from 0 to 256"},
        Fault{"loginTimeout: 10", "1: loginTimeout", "a duration such as"},
        Fault{"loginTimeout: 99999999999999s", "1: loginTimeout", "a duration such as"},
        Fault{"planCache: 64MB", "1: planCache", "a size such as"},
        Fault{"maxclients: 1", "1: maxclients: is an unknown key", "maxClients"},
        Fault{"hba:\n- {method: ident}", "2: hba.method", "scram-sha-256"},
        Fault{"hba:\n- {type: local, method: md5}", "2: hba.type", "hostnossl"},
        Fault{"hba:\n- {user: +staff, method: md5}", "2: hba.user", "groups"},
        Fault{"hba:\n- {database: [], method: md5}", "2: hba.database", "a list of names"},
        Fault{"hba:\n- {method: cert}", "2: hba.method", "only supported on hostssl"},
        Fault{"hba:\n- {method: md5, clientcert: verify-ca}", "2: hba.clientcert", "hostssl"},
        Fault{"hba:\n- {type: hostssl, method: md5, clientcert: 1}", "2: hba.clientcert",
              "verify-ca or verify-full"},
        Fault{"hba:\n- {type: hostssl, method: cert, clientcert: verify-ca}", "2: hba.clientcert",
              "only accepts"},
        Fault{"hba:\n- {database: a}", "2: hba", "\"method\" is missing"},
        Fault{"hba:\n- {address: here, method: trust}", "2: hba.address", "10.0.0.0/8"},
        Fault{"agents:\n  x: {scope: s, address: \"h:1\"}", "2: agents.x", "no database has"},
        Fault{"agents:\n  ds_0: {scope: s, address: h}", "2: agents.ds_0.address", "host:port"},
        Fault{"agents:\n  ds_0: {scope: s}", "2: agents.ds_0", "\"address\" is missing"},
        Fault{"control: {password: x}", "1: control", "\"username\" is missing"},
        Fault{"etcd: [h]", "1: etcd", "host:port"},
        Fault{"etcd: [\"https://h:1\"]", "1: etcd", "TLS"}));

TEST(Files, NeedADatabase) {
  EXPECT_THAT(fault_of(parse_settings({global_file()})), StartsWith("no database"));
}

TEST(Files, DescribeADatabaseOnce) {
  const std::string text = shop(1, "");
  EXPECT_THAT(fault_of(parse_settings(
                  {global_file(), {"database-a.yaml", text}, {"database-b.yaml", text}})),
              StartsWith("database-b.yaml:1: database \"shop\" is described twice"));
}

TEST(Files, AreNotTakenInTwoSpellings) {
  EXPECT_THAT(fault_of(parse_settings({global_file(), {"server.yaml", kGlobal}})),
              HasSubstr("server.yaml:1: global.yaml is there too"));
}

// yaml-cpp's LoadAll() never comes back from this.
TEST(Files, SurviveRubbish) {
  EXPECT_NE(fault_of(" , a\nb:\n\nc: [\"d\"]\n"), "none");
  EXPECT_NE(fault_of(shop(1, "- !SINGLE {}\n") + "} x\n"), "none");
}

TEST(Files, SurviveDeepAndCyclicYaml) {
  EXPECT_NE(fault_of(std::string(100'000, '[')), "none");
  EXPECT_NE(fault_of("databaseName: &a [*a]"), "none");
  EXPECT_NE(fault_of("databaseName: d\ndataSources: &a {x: *a}"), "none");
}

}  // namespace
}  // namespace tessera::rules
