// The loader against a real PostgreSQL: two databases of one server stand for two shards.

#include "proxy/catalog/schema_loader.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plain_postgres.h"
#include "proxy/catalog/catalog.h"
#include "proxy/catalog/control_conn.h"

namespace tessera::catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

rules::ShardingTable sharded(const std::string& name, std::vector<rules::DataNode> nodes,
                             bool split) {
  rules::ShardingTable out;
  out.name = name;
  out.nodes = std::move(nodes);
  out.split_in_shard = split;
  return out;
}

rules::RuleSet two_shards(const PlainPostgres& server) {
  rules::RuleSet rules;
  rules.database = "shop";
  rules.shards = {server.shard("ds_0", "shop_0"), server.shard("ds_1", "shop_1")};
  return rules;
}

void create_databases(const PlainPostgres& server,
                      const std::string& second = "TEMPLATE template0") {
  server.run("postgres", "CREATE DATABASE shop_0 TEMPLATE template0");
  server.run("postgres", "CREATE DATABASE shop_1 " + second);
}

const Column& column_of(const Schema& schema, const std::string& table, const std::string& name) {
  static const Column none;
  const Table* found = schema.find_table("", table);
  const Column* column = found == nullptr ? nullptr : found->find_column(name);
  EXPECT_NE(column, nullptr) << table << "." << name;
  return column == nullptr ? none : *column;
}

// Somebody drops relations just as they are read: the first queries fail as PostgreSQL's do then.
class Racing final : public Querier {
 public:
  Racing(std::unique_ptr<Querier> inner, int& failures)
      : inner_(std::move(inner)), failures_(failures) {}

  Result<Rows> query(const char* sql, const std::vector<std::string>& parameters,
                     Deadline deadline) override {
    if (failures_ == 0 || ++queries_ != 3) return inner_->query(sql, parameters, deadline);
    --failures_;
    EXPECT_FALSE(inner_->query("SELECT 1 / 0", {}, deadline));
    return Error{.sqlstate = "XX000", .message = "could not open relation with OID 21773"};
  }

 private:
  std::unique_ptr<Querier> inner_;
  int& failures_;
  int queries_ = 0;
};

TEST(SchemaLoader, ReadsAgainWhatWasDroppedMeanwhile) {
  const PlainPostgres server;
  server.run("postgres", "CREATE TABLE note (a int4)");
  rules::RuleSet rules;
  rules.database = "shop";
  rules.shards = {server.shard("ds_0", "postgres")};
  const Deadline deadline = std::chrono::steady_clock::now() + seconds(30);
  int failures = 3;
  const OpenShard open = [&](rules::ShardIndex shard) -> Result<std::unique_ptr<Querier>> {
    auto conn = ControlConn::open(rules.shards[shard].primary, "ds_0", deadline);
    if (!conn) return conn.error();
    auto inner = std::make_unique<ControlConn>(std::move(*conn));
    return std::unique_ptr<Querier>(std::make_unique<Racing>(std::move(inner), failures));
  };
  const auto schema = load_schema(rules, open, deadline);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_NE(schema->find_table("", "note"), nullptr);
  failures = 1'000;
  EXPECT_FALSE(load_schema(rules, open, deadline));
}

std::vector<std::string> texts_of(const std::vector<Drift>& drifts) {
  std::vector<std::string> out;
  for (const Drift& drift : drifts) out.push_back(drift.text());
  return out;
}

std::vector<std::string> disguised(const Schema& schema) {
  std::vector<std::string> out;
  for (const Disguise& each : schema.disguises) {
    out.push_back(each.actual + (each.shown ? " is " : " hidden by ") + each.logical);
  }
  return out;
}

// A table in four parts, whose first is missing; a broadcast and a named single table on the second
// shard; and tables that no rule names.
void create_parts(const PlainPostgres& server) {
  const char* part =
      "CREATE TABLE t_order_%1 (id int8 PRIMARY KEY, name text, UNIQUE (name, id));"
      "CREATE INDEX idx_name_t_order_%1 ON t_order_%1 (name);";
  const auto create = [&](const char* database, const std::string& number) {
    std::string sql = part;
    for (auto at = sql.find("%1"); at != std::string::npos; at = sql.find("%1"))
      sql.replace(at, 2, number);
    server.run(database, sql);
  };
  create("shop_0", "1");
  create("shop_1", "0");
  create("shop_1", "1");
  server.run("shop_0",
             "CREATE TABLE country (code text); CREATE TABLE note (at timestamptz);"
             "CREATE TABLE t_order (wrong int); CREATE TABLE only_here (a int);"
             "CREATE VIEW orders_view AS SELECT id FROM t_order_1");
  server.run("shop_1",
             "CREATE TABLE country (code text, extra int); CREATE TABLE audit (a int4); CREATE "
             "TABLE note (b int)");
}

TEST(SchemaLoader, FilesTablesUnderTheirLogicalNames) {
  const PlainPostgres server("-c max_prepared_transactions=5");
  create_databases(server);
  create_parts(server);
  rules::RuleSet rules = two_shards(server);
  rules.sharding_tables["t_order"] = sharded(
      "t_order", {{0, "t_order_0"}, {0, "t_order_1"}, {1, "t_order_0"}, {1, "t_order_1"}}, true);
  rules.sharding_tables["t_none"] = sharded("t_none", {{0, "t_none_0"}, {1, "t_none_1"}}, false);
  rules.broadcast_tables = {"country"};
  rules.places["t_order"] = "f.yaml:3:7: key";
  rules.single_tables["audit"] = 1;
  auto schema = load_schema(rules, seconds(30));
  ASSERT_TRUE(schema) << schema.error().message << schema.error().detail;

  // Then the logical table has its first existing part's columns, and no actual table is seen.
  const Table* order = schema->find_table("", "t_order");
  ASSERT_NE(order, nullptr);
  EXPECT_EQ(order->name, "t_order");
  ASSERT_EQ(order->columns.size(), 2U);
  EXPECT_EQ(order->columns[0].type, 20U);
  EXPECT_TRUE(order->columns[0].not_null);
  EXPECT_EQ(schema->find_table("", "t_order_1"), nullptr);
  ASSERT_EQ(order->unique_keys.size(), 2U);
  EXPECT_THAT(order->unique_keys[0].columns, ElementsAre("name", "id"));
  EXPECT_FALSE(order->unique_keys[0].primary);
  EXPECT_TRUE(order->unique_keys[1].primary);
  EXPECT_EQ(schema->index_tables.at("idx_name"), "t_order");
  EXPECT_NE(schema->find_table("", "country"), nullptr);
  EXPECT_EQ(column_of(*schema, "audit", "a").type, 23U);
  EXPECT_EQ(column_of(*schema, "note", "at").type, 1184U);
  EXPECT_NE(schema->find_table("", "only_here"), nullptr);
  EXPECT_EQ(schema->find_table("", "t_none"), nullptr);
  EXPECT_EQ(schema->find_table("", "orders_view")->kind, 'v');
  EXPECT_THAT(schema->find_view("orders_view")->definition, testing::HasSubstr("t_order_1"));
  EXPECT_EQ(schema->find_table("", "pg_class")->schema, "pg_catalog");
  EXPECT_THAT(
      texts_of(schema->drift),
      ElementsAre(R"(no actual table of table "t_none" exists, as "t_none_0" on shard "ds_0")",
                  R"(f.yaml:3:7: key: table "t_order_0" is missing on shard "ds_0")",
                  R"(table "country" on shard "ds_1" has the additional column "extra", )"
                  R"(unlike "country" on shard "ds_0")"));
  EXPECT_TRUE(schema->prepared_transactions);
  EXPECT_TRUE(schema->server_version.starts_with("1"));

  // The catalogs of the default shard have its part for it, and a table of that name is hidden.
  EXPECT_THAT(disguised(*schema),
              testing::UnorderedElementsAre(
                  "t_order_1 is t_order", "t_order_1_pkey is t_order_pkey",
                  "t_order_1_pkey is t_order_pkey", "idx_name_t_order_1 is idx_name",
                  "t_order_1_name_id_key is t_order_name_id_key",
                  "t_order_1_name_id_key is t_order_name_id_key", "t_order hidden by t_order"));
}

TEST(SchemaLoader, DescribesColumnsFunctionsAndTypes) {
  const PlainPostgres server;
  create_databases(server);
  server.run("shop_0", R"sql(
SET check_function_bodies = off;
CREATE SCHEMA stock;
CREATE TYPE stock.mood AS ENUM ('bad', 'good');
CREATE DOMAIN tag AS text DEFAULT md5(random()::text);
CREATE FUNCTION Twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2 FROM Big_Table';
CREATE FUNCTION twice(text) RETURNS SETOF text IMMUTABLE LANGUAGE sql BEGIN ATOMIC SELECT $1; END;
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE everything (
  id int GENERATED ALWAYS AS IDENTITY, n int DEFAULT 7, made timestamptz DEFAULT now(), s serial,
  r float8 DEFAULT random() * 2, gone int, g int GENERATED ALWAYS AS (n + 1) STORED, v varchar(12) NOT NULL,
  tag tag, mood stock.mood, b text COLLATE "C", u text COLLATE "ucs_basic", "Odd,""Name" int);
ALTER TABLE everything DROP COLUMN gone;
CREATE UNIQUE INDEX odd ON everything ("Odd,""Name", (n + 1)) INCLUDE (v);
CREATE TRIGGER tr BEFORE INSERT ON everything FOR EACH ROW EXECUTE FUNCTION t();
)sql");
  auto schema = load_schema(two_shards(server), seconds(30));
  ASSERT_TRUE(schema) << schema.error().message;

  const auto column = [&](const char* name) -> const Column& {
    return column_of(*schema, "everything", name);
  };
  EXPECT_TRUE(column("id").identity);
  EXPECT_TRUE(column("n").has_default);
  EXPECT_FALSE(column("n").volatile_default);
  EXPECT_TRUE(column("made").has_default);
  EXPECT_FALSE(column("made").volatile_default);
  EXPECT_TRUE(column("s").volatile_default);
  EXPECT_TRUE(column("r").volatile_default);
  EXPECT_TRUE(column("g").generated);
  EXPECT_TRUE(column("v").not_null);
  EXPECT_EQ(column("v").type_modifier, 16);
  EXPECT_TRUE(column("tag").has_default);
  EXPECT_TRUE(column("tag").volatile_default);
  EXPECT_EQ(schema->find_type(column("mood").type)->name, "stock.mood");
  EXPECT_EQ(schema->find_type(column("mood").type)->kind, 'e');
  EXPECT_EQ(schema->find_type(23)->name, "pg_catalog.int4");
  EXPECT_EQ(schema->find_type(23)->array_type, 1007U);
  EXPECT_EQ(schema->find_table("", "everything")->find_column("gone"), nullptr);
  EXPECT_TRUE(schema->find_table("", "everything")->has_triggers);
  EXPECT_THAT(schema->find_table("", "everything")->unique_keys.at(0).columns,
              ElementsAre("Odd,\"Name", ""));

  const Function* twice = schema->find_function("twice");
  ASSERT_NE(twice, nullptr);
  EXPECT_EQ(twice->volatility, Volatility::kVolatile);
  EXPECT_TRUE(twice->returns_set);
  EXPECT_TRUE(twice->user_defined);
  EXPECT_THAT(twice->body, testing::HasSubstr("big_table"));
  EXPECT_EQ(schema->find_function("lower")->volatility, Volatility::kImmutable);
  EXPECT_FALSE(schema->find_function("lower")->user_defined);
  EXPECT_EQ(schema->find_function("now")->volatility, Volatility::kStable);
  EXPECT_EQ(schema->find_function("nextval")->volatility, Volatility::kVolatile);
  EXPECT_TRUE(schema->find_function("sum")->aggregate);
  EXPECT_TRUE(schema->find_function("row_number")->window);
  EXPECT_EQ(schema->find_function("no_such"), nullptr);
  EXPECT_FALSE(schema->prepared_transactions);
  EXPECT_THAT(texts_of(schema->drift), IsEmpty());
}

// glibc's C.UTF-8 compares by bytes since 2.35; the test's own machine is newer than that.
TEST(SchemaLoader, TellsBytewiseCollationsApart) {
  const PlainPostgres server;
  create_databases(server);
  const char* table =
      "CREATE TABLE t (a text, b text COLLATE \"C\", c text COLLATE \"C.utf8\","
      " d text COLLATE \"en-US-x-icu\", e int, f name)";
  server.run("shop_0", table);
  auto schema = load_schema(two_shards(server), seconds(30));
  ASSERT_TRUE(schema) << schema.error().message;

  EXPECT_TRUE(schema->default_bytewise);
  EXPECT_EQ(column_of(*schema, "t", "a").collation, Collation::kBytewise);
  EXPECT_FALSE(column_of(*schema, "t", "a").collation_explicit);
  EXPECT_EQ(column_of(*schema, "t", "b").collation, Collation::kBytewise);
  EXPECT_TRUE(column_of(*schema, "t", "b").collation_explicit);
  EXPECT_EQ(column_of(*schema, "t", "c").collation, Collation::kBytewise);
  EXPECT_EQ(column_of(*schema, "t", "d").collation, Collation::kOther);
  EXPECT_EQ(column_of(*schema, "t", "d").collation_name, "pg_catalog.\"en-US-x-icu\"");
  EXPECT_EQ(column_of(*schema, "t", "e").collation, Collation::kNone);
  EXPECT_EQ(column_of(*schema, "t", "f").collation, Collation::kBytewise);
}

// Streams of several shards are merged: what one shard sorts otherwise is not bytewise for any.
TEST(SchemaLoader, DefaultCollationIsBytewiseOnlyWhenItIsSoOnEveryShard) {
  const PlainPostgres server;
  create_databases(server, "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'");
  server.run("shop_0", "CREATE TABLE t (a text, c text COLLATE \"C.utf8\")");
  server.run("shop_1", "CREATE COLLATION mine (LOCALE = 'C')");
  auto schema = load_schema(two_shards(server), seconds(30));
  ASSERT_TRUE(schema) << schema.error().message;

  EXPECT_FALSE(schema->default_bytewise);
  EXPECT_EQ(column_of(*schema, "t", "a").collation, Collation::kDefault);
  EXPECT_EQ(column_of(*schema, "t", "c").collation, Collation::kBytewise);
}

TEST(SchemaLoader, LooksForTablesAlongTheDataSourcesPath) {
  const PlainPostgres server;
  create_databases(server);
  server.run("shop_0",
             "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (a int4);"
             "CREATE TABLE two.t (b int8); CREATE TABLE two.s_0 (c text)");
  rules::RuleSet rules = two_shards(server);
  rules.shards[0].primary.search_path = "two, one";
  rules.sharding_tables["s"] = sharded("s", {{0, "s_0"}}, false);
  rules.broadcast_tables = {"t"};
  auto schema = load_schema(rules, seconds(30));
  ASSERT_TRUE(schema) << schema.error().message;

  EXPECT_EQ(schema->find_table("two", "t")->columns.at(0).name, "b");
  EXPECT_NE(schema->find_table("two", "s"), nullptr);
  EXPECT_EQ(value_type(*schema, "s", "c"), rules::ValueType::kText);
}

TEST(SchemaLoader, ReadsTenThousandTablesInSeconds) {
  const PlainPostgres server("-c max_locks_per_transaction=1000");
  create_databases(server);
  server.run(
      "shop_0",
      "DO $$ BEGIN FOR i IN 1..10000 LOOP EXECUTE format('CREATE TABLE many_%s (id int, a text,"
      " b text DEFAULT random()::text)', i); END LOOP; END $$");
  const auto started = std::chrono::steady_clock::now();
  auto schema = load_schema(two_shards(server), seconds(60));
  const auto took = std::chrono::steady_clock::now() - started;
  ASSERT_TRUE(schema) << schema.error().message;

  EXPECT_NE(schema->find_table("", "many_10000"), nullptr);
  EXPECT_LT(took, seconds(20));
  RecordProperty("milliseconds",
                 static_cast<int>(std::chrono::duration_cast<milliseconds>(took).count()));
}

rules::RuleSet one_shard(const std::string& host, std::uint16_t port) {
  rules::RuleSet rules;
  rules.shards.resize(1);
  rules.shards[0].name = "ds_7";
  rules.shards[0].primary.host = host;
  rules.shards[0].primary.port = port;
  rules.shards[0].primary.database = "shop";
  rules.shards[0].primary.username = "shop";
  return rules;
}

// A loopback socket that is bound, and listens when asked to, but never answers.
class SilentPort {
 public:
  explicit SilentPort(bool listening) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listening ? listen(socket_, 5) : 0, 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

TEST(SchemaLoader, NamesTheShardThatRefuses) {
  const SilentPort port(false);
  const auto schema = load_schema(one_shard("127.0.0.1", port.number()), seconds(5));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().sqlstate, "08006");
  EXPECT_THAT(schema.error().message, testing::HasSubstr("\"ds_7\""));
}

TEST(SchemaLoader, GivesUpOnAShardThatNeverAnswers) {
  const SilentPort port(true);
  const auto started = std::chrono::steady_clock::now();
  const auto schema = load_schema(one_shard("127.0.0.1", port.number()), milliseconds(300));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().sqlstate, "08006");
  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(5));
}

TEST(ControlConn, GivesTheServersOwnError) {
  const PlainPostgres server;
  const Deadline deadline = std::chrono::steady_clock::now() + seconds(30);
  auto conn = ControlConn::open(server.source("postgres"), "ds_0", deadline);
  ASSERT_TRUE(conn) << conn.error().detail;
  const auto wrong = conn->query("SELECT no_such_column", {}, deadline);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().sqlstate, "42703");
  const auto late =
      conn->query("SELECT pg_sleep(60)", {}, std::chrono::steady_clock::now() + milliseconds(100));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().sqlstate, "57014");
  auto second = ControlConn::open(server.source("postgres"), "ds_0", deadline);
  ASSERT_TRUE(second);
  const auto lost = second->query("SELECT pg_terminate_backend(pg_backend_pid())", {}, deadline);
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().sqlstate == "57P01" || lost.error().sqlstate == "08006");
}

}  // namespace
}  // namespace tessera::catalog
