#include "tests/plans/shop_catalog.h"

#include <array>
#include <sstream>

namespace tessera::plan::testing {
namespace {

using catalog::Catalog;
using catalog::Collation;
using catalog::Column;
using catalog::Function;
using catalog::Schema;
using catalog::Table;
using catalog::UniqueKey;
using catalog::Volatility;
using rules::RuleSet;
using rules::ShardingTable;

catalog::Oid type_oid(const std::string& name) {
  static const std::map<std::string, catalog::Oid> kTypes = {
      {"bool", 16},         {"int8", 20},          {"int2", 21},      {"int4", 23},
      {"text", 25},         {"float4", 700},       {"float8", 701},   {"date", 1082},
      {"uuid", 2950},       {"timestamptz", 1184}, {"numeric", 1700}, {"bpchar", 1042},
      {"varchar", 1043},    {"timestamp", 1114},   {"oid", 26},       {"name", 19},
      {"identifier", 13000}};
  return kTypes.at(name);
}

// "name type [mark]": marks are collated (a collation of its own), now, serial, random, identity.
Column column(const std::string& text) {
  std::istringstream words(text);
  std::string type;
  std::string mark;
  Column out;
  words >> out.name >> type >> mark;
  out.type = type_oid(type);
  if (type == "text" || type == "varchar" || type == "bpchar") out.collation = Collation::kBytewise;
  if (mark == "collated") {
    out.collation = Collation::kOther;
    out.collation_name = "pg_catalog.\"en-x-icu\"";
    out.collation_explicit = true;
  }
  out.identity = mark == "identity";
  out.has_default = !mark.empty() && mark != "collated" && mark != "identity";
  out.volatile_default = mark == "serial" || mark == "random";
  return out;
}

void add_table(Schema& schema, const std::string& name, const std::vector<std::string>& columns,
               const std::vector<std::string>& primary_key) {
  Table table;
  table.schema = "public";
  table.name = name;
  for (const std::string& each : columns) table.columns.push_back(column(each));
  if (!primary_key.empty()) {
    table.unique_keys.push_back(
        UniqueKey{.name = name + "_pkey", .primary = true, .columns = primary_key});
    schema.index_tables[name + "_pkey"] = name;
  }
  schema.tables[{"public", name}] = std::move(table);
}

void add_functions(Schema& schema) {
  for (const char* name :
       {"count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "string_agg",
        "array_agg", "stddev", "percentile_cont", "json_agg", "bit_or"}) {
    schema.functions[name] = Function{.volatility = Volatility::kImmutable, .aggregate = true};
  }
  for (const char* name : {"lower", "upper", "round", "abs", "length", "substring", "date_bin",
                           "row_number", "rank", "lag", "btrim", "int8"}) {
    schema.functions[name] = Function{.volatility = Volatility::kImmutable};
  }
  for (const char* name : {"now", "date_trunc", "to_char", "extract", "date_part", "age",
                           "current_setting", "timezone", "concat", "to_regclass",
                           "has_table_privilege", "has_column_privilege", "pg_get_indexdef"}) {
    schema.functions[name] = Function{.volatility = Volatility::kStable};
  }
  for (const char* name : {"random", "clock_timestamp", "gen_random_uuid", "nextval", "currval",
                           "pg_sleep", "pg_advisory_lock", "pg_advisory_xact_lock", "set_config"}) {
    schema.functions[name] = Function{.volatility = Volatility::kVolatile};
  }
  for (const char* name : {"generate_series", "unnest", "jsonb_each"}) {
    schema.functions[name] = Function{.volatility = Volatility::kImmutable, .returns_set = true};
  }
  schema.functions["order_total"] =
      Function{.volatility = Volatility::kStable,
               .user_defined = true,
               .body = "select sum(total) from orders where customer_id = $1"};
  schema.functions["order_report"] = Function{
      .volatility = Volatility::kVolatile, .user_defined = true, .body = "perform order_total(1)"};
  schema.functions["price_change"] = Function{.volatility = Volatility::kVolatile,
                                              .user_defined = true,
                                              .body = "update products set price = price * $1"};
  schema.functions["price_of"] =
      Function{.volatility = Volatility::kStable,
               .user_defined = true,
               .body = "select price from products where product_id = $1"};
  schema.functions["twice"] =
      Function{.volatility = Volatility::kImmutable, .user_defined = true, .body = "select 2 * $1"};
}

// A table for each type that a sharding column may have: k_int8 (k int8, other int8, v text).
constexpr std::array<const char*, 11> kKeyTypes = {"int2",    "int4",      "int8",       "text",
                                                   "varchar", "bpchar",    "bool",       "uuid",
                                                   "date",    "timestamp", "timestamptz"};

// What the default shard's own catalogs say: t_order_0 stands for t_order, t_order_1 is hidden, and
// so is a table that has only the name of one that is elsewhere.
void add_system_tables(Schema& schema) {
  using catalog::Disguise;
  const auto add = [&](const std::string& space, const std::string& name, char kind,
                       const std::vector<std::string>& columns) {
    Table table{.schema = space, .name = name, .kind = kind};
    for (const std::string& each : columns) table.columns.push_back(column(each));
    schema.tables[{space, name}] = std::move(table);
  };
  add("pg_catalog", "pg_class", 'r', {"oid oid", "relname name", "relnamespace oid"});
  add("pg_catalog", "pg_index", 'r', {"indexrelid oid", "indrelid oid"});
  add("pg_catalog", "pg_type", 'r', {"oid oid", "typname name", "typrelid oid", "typelem oid"});
  add("pg_catalog", "pg_namespace", 'r', {"oid oid", "nspname name"});
  add("pg_catalog", "pg_indexes", 'v',
      {"schemaname name", "tablename name", "indexname name", "indexdef text"});
  add("information_schema", "tables", 'v', {"table_schema identifier", "table_name identifier"});
  schema.types[type_oid("identifier")].name = "information_schema.sql_identifier";
  schema.disguises = {
      {Disguise::Kind::kTable, 501, "public", "t_order_0", "t_order", true},
      {Disguise::Kind::kIndex, 511, "public", "t_order_0_pkey", "t_order_pkey", true},
      {Disguise::Kind::kConstraint, 521, "public", "t_order_0_pkey", "t_order_pkey", true},
      {Disguise::Kind::kTable, 502, "public", "t_order_1", "t_order", false},
      {Disguise::Kind::kIndex, 512, "public", "t_order_1_pkey", "t_order_pkey", false},
      {Disguise::Kind::kTable, 503, "public", "audit", "audit", false},
  };
}

Schema shop_schema() {
  Schema out;
  out.default_bytewise = true;
  out.tables[{"archive", "orders"}] = {.schema = "archive", .name = "orders"};
  add_table(out, "customers",
            {"customer_id int8", "name text", "email text", "country text",
             "created_at timestamptz now", "nickname text collated", "score float4"},
            {"customer_id"});
  add_table(out, "orders",
            {"order_id int8", "customer_id int8", "status text", "total numeric",
             "created_at timestamptz now"},
            {"customer_id", "order_id"});
  add_table(out, "order_items",
            {"order_id int8", "customer_id int8", "line int4", "product_id int8", "quantity int4",
             "price numeric"},
            {"customer_id", "order_id", "line"});
  add_table(out, "events", {"tenant text", "id uuid random", "kind text", "number int8 serial"},
            {"tenant", "id"});
  add_table(out, "products", {"product_id int8", "name text", "price numeric"}, {"product_id"});
  add_table(out, "countries", {"code text", "name text", "added timestamptz now"}, {"code"});
  add_table(out, "settings_kv", {"key text", "value text"}, {"key"});
  add_table(out, "audit", {"id int8 identity", "what text"}, {"id"});
  add_table(out, "t_order", {"order_id int8", "user_id int8", "status text"},
            {"order_id", "user_id"});
  add_table(out, "t_item", {"item_id int8", "order_id int8", "user_id int8"},
            {"item_id", "order_id", "user_id"});
  for (const char* type : kKeyTypes) {
    const std::string name = std::string("k_") + type;
    add_table(out, name, {std::string("k ") + type, "other int8", "v text"}, {"k"});
    out.tables[{"public", name}].columns[0].not_null = true;
  }
  // timestamp(0), numeric(10, 2)
  add_table(out, "k_seconds", {"k timestamp"}, {"k"});
  out.tables[{"public", "k_seconds"}].columns[0].type_modifier = 0;
  add_table(out, "k_cents", {"k numeric"}, {"k"});
  out.tables[{"public", "k_cents"}].columns[0].type_modifier = (10 << 16 | 2) + 4;
  add_table(out, "logbook", {"id int8", "line text"}, {"id"});
  add_table(out, "ledger", {"account int8", "amount numeric"}, {"account"});
  add_table(out, "tickets", {"id int8", "label text", "made timestamp"}, {"id"});
  add_table(out, "letters", {"author int8", "body text", "id text"}, {"author", "id"});
  out.index_tables["orders_status"] = "orders";
  out.index_tables["t_order_status"] = "t_order";
  out.index_tables["products_name"] = "products";
  out.views["big_orders"] = {.definition = "select * from orders where total > 1000"};
  out.views["cheap"] = {.definition = "select * from products where price < 5"};
  out.types[20].name = "pg_catalog.int8";
  out.types[25].name = "pg_catalog.text";
  out.types[1082].name = "pg_catalog.date";
  out.types[1114].name = "pg_catalog.\"timestamp\"";
  out.types[1700].name = "pg_catalog.numeric";
  add_functions(out);
  add_system_tables(out);
  return out;
}

std::shared_ptr<const rules::Algorithm> algorithm(std::string_view type,
                                                  const rules::Properties& properties,
                                                  std::string_view column) {
  auto made = rules::make_algorithm(type, properties, column);
  return made ? *made : nullptr;
}

// Equal names on both shards, by the remainder of `column`.
ShardingTable by_remainder(const std::string& name, const std::string& column) {
  ShardingTable out;
  out.name = name;
  out.nodes = {{.shard = 0, .table = name}, {.shard = 1, .table = name}};
  out.database = {.column = column,
                  .algorithm = algorithm("INLINE",
                                         {{"algorithm-expression", "ds_${" + column + " % 2}"},
                                          {"allow-range-query-with-inline-sharding", "true"}},
                                         column)};
  out.binding_group = 0;
  return out;
}

ShardingTable by_hash(const std::string& name, const std::string& column) {
  ShardingTable out = by_remainder(name, column);
  out.database.algorithm = algorithm("HASH_MOD", {{"sharding-count", "2"}}, column);
  out.binding_group = std::nullopt;
  return out;
}

// name_0 ... name_3 on both shards: the shard by user_id, the table by order_id.
ShardingTable split(const std::string& name) {
  ShardingTable out;
  out.name = name;
  for (rules::ShardIndex shard = 0; shard < 2; ++shard) {
    for (int at = 0; at < 4; ++at)
      out.nodes.push_back({.shard = shard, .table = name + "_" + std::to_string(at)});
  }
  const auto inline_of = [](const std::string& expression, const std::string& column) {
    return rules::Strategy{
        .column = column,
        .algorithm = algorithm("INLINE",
                               {{"algorithm-expression", expression},
                                {"allow-range-query-with-inline-sharding", "true"}},
                               column)};
  };
  out.database = inline_of("ds_${user_id % 2}", "user_id");
  out.table = inline_of(name + "_${order_id % 4}", "order_id");
  out.binding_group = 1;
  out.split_in_shard = true;
  return out;
}

// name_0 ... name_3 in turn on both shards, by the hash of k: Java's, which the clock's types lack.
ShardingTable automatic(const std::string& name) {
  ShardingTable out;
  out.name = name;
  for (std::uint32_t at = 0; at < 4; ++at) {
    out.nodes.push_back({.shard = at % 2, .table = name + "_" + std::to_string(at)});
  }
  const bool clock =
      name.starts_with("k_date") || name.starts_with("k_time") || name == "k_seconds";
  out.table = {
      .column = "k",
      .algorithm = algorithm(clock ? "XXHASH_MOD" : "HASH_MOD", {{"sharding-count", "4"}}, "k")};
  out.automatic = true;
  out.split_in_shard = true;
  return out;
}

// logbook_0 and logbook_1 on both shards; hints say which.
ShardingTable by_hints(const std::string& name) {
  ShardingTable out;
  out.name = name;
  for (const char* table : {"_0", "_1"}) {
    out.nodes.push_back({.shard = 0, .table = name + table});
    out.nodes.push_back({.shard = 1, .table = name + table});
  }
  const auto inline_of = [](const std::string& expression) {
    auto made = rules::build_hint_algorithm("HINT_INLINE", {{"algorithm-expression", expression}});
    return rules::Strategy{.hint = made ? *made : nullptr};
  };
  out.database = inline_of("ds_${value}");
  out.table = inline_of(name + "_${value}");
  out.split_in_shard = true;
  return out;
}

RuleSet shop_rules() {
  RuleSet out;
  out.database = "shop";
  for (const char* name : {"ds_0", "ds_1"}) {
    rules::Shard shard;
    shard.name = name;
    out.shards.push_back(std::move(shard));
  }
  for (const char* name : {"customers", "orders", "order_items"}) {
    out.sharding_tables[name] = by_remainder(name, "customer_id");
  }
  out.sharding_tables["events"] = by_hash("events", "tenant");
  for (const char* name : {"k_seconds", "k_cents"}) out.sharding_tables[name] = automatic(name);
  out.sharding_tables["tickets"] = by_remainder("tickets", "id");
  out.sharding_tables["tickets"].generated_key = {.column = "id", .generator = "snow"};
  out.sharding_tables["letters"] = by_remainder("letters", "author");
  out.sharding_tables["letters"].generated_key = {.column = "id", .generator = "uuid"};
  for (const char* name : {"tickets", "letters"}) out.sharding_tables[name].binding_group.reset();
  out.key_generators["uuid"].kind = rules::KeyGenerator::Kind::kUuid;
  out.key_generators["snow"].kind = rules::KeyGenerator::Kind::kSnowflake;
  out.sharding_tables["logbook"] = by_hints("logbook");
  out.sharding_tables["ledger"] = by_remainder("ledger", "account");
  out.sharding_tables["ledger"].binding_group = std::nullopt;
  out.sharding_tables["ledger"].audit = {.auditors = {"need_key"}, .hint_may_disable = true};
  out.sharding_tables["t_order"] = split("t_order");
  out.sharding_tables["t_item"] = split("t_item");
  for (const char* type : kKeyTypes) {
    const std::string name = std::string("k_") + type;
    out.sharding_tables[name] = automatic(name);
  }
  for (auto& [name, table] : out.sharding_tables) rules::index_nodes(table, out.shards);
  out.broadcast_tables = {"countries", "products"};
  out.single_tables = {{"audit", 1}, {"settings_kv", 0}};
  return out;
}

std::string refused(const Error& error) {
  std::string out = "refused " + error.sqlstate + " " + error.message + "\n";
  if (!error.hint.empty()) out += "  hint: " + error.hint + "\n";
  return out;
}

}  // namespace

std::shared_ptr<const Catalog> shop_catalog() {
  static const auto kShop = std::make_shared<const Catalog>(
      Catalog{.rules = std::make_shared<const RuleSet>(shop_rules()),
              .schema = std::make_shared<const Schema>(shop_schema()),
              .version = 1});
  return kShop;
}

Result<parser::ParsedStatement> parse_one(std::string_view text) {
  parser::Shape shape;
  if (Status ok = parser::scan(text, 0, {}, shape); !ok) return ok.error();
  return parser::parse(text, shape, {});
}

Result<std::shared_ptr<const Plan>> plan_one(std::string_view text) {
  const auto parsed = parse_one(text);
  if (!parsed) return parsed.error();
  return make_plan({.parsed = &*parsed, .catalog = shop_catalog()});
}

std::string plan_text(std::string_view text) {
  const auto parsed = parse_one(text);
  if (!parsed) return refused(parsed.error());
  const auto plan = make_plan({.parsed = &*parsed, .catalog = shop_catalog()});
  return plan ? describe(**plan, *parsed) : refused(plan.error());
}

}  // namespace tessera::plan::testing
