#include "tools/builtin.h"

#include <algorithm>
#include <array>
#include <string>

namespace tessera::tools {
namespace {

using catalog::Function;
using catalog::Oid;
using catalog::Volatility;

struct TypeName {
  std::string_view name;
  Oid oid;
};

// The first name of each OID is pg_type's; what follows are the ways in which SQL spells it.
constexpr std::array kTypes{
    TypeName{"bool", 16},
    TypeName{"boolean", 16},
    TypeName{"bytea", 17},
    TypeName{"int8", 20},
    TypeName{"bigint", 20},
    TypeName{"bigserial", 20},
    TypeName{"serial8", 20},
    TypeName{"int2", 21},
    TypeName{"smallint", 21},
    TypeName{"smallserial", 21},
    TypeName{"serial2", 21},
    TypeName{"int4", 23},
    TypeName{"integer", 23},
    TypeName{"int", 23},
    TypeName{"serial", 23},
    TypeName{"serial4", 23},
    TypeName{"text", 25},
    TypeName{"oid", 26},
    TypeName{"json", 114},
    TypeName{"xml", 142},
    TypeName{"point", 600},
    TypeName{"float4", 700},
    TypeName{"real", 700},
    TypeName{"float8", 701},
    TypeName{"double precision", 701},
    TypeName{"float", 701},
    TypeName{"money", 790},
    TypeName{"macaddr", 829},
    TypeName{"inet", 869},
    TypeName{"cidr", 650},
    TypeName{"bpchar", 1042},
    TypeName{"character", 1042},
    TypeName{"char", 1042},
    TypeName{"varchar", 1043},
    TypeName{"character varying", 1043},
    TypeName{"char varying", 1043},
    TypeName{"date", 1082},
    TypeName{"time", 1083},
    TypeName{"time without time zone", 1083},
    TypeName{"timestamp", 1114},
    TypeName{"timestamp without time zone", 1114},
    TypeName{"timestamptz", 1184},
    TypeName{"timestamp with time zone", 1184},
    TypeName{"interval", 1186},
    TypeName{"timetz", 1266},
    TypeName{"time with time zone", 1266},
    TypeName{"bit", 1560},
    TypeName{"varbit", 1562},
    TypeName{"bit varying", 1562},
    TypeName{"numeric", 1700},
    TypeName{"decimal", 1700},
    TypeName{"dec", 1700},
    TypeName{"uuid", 2950},
    TypeName{"tsvector", 3614},
    TypeName{"tsquery", 3615},
    TypeName{"jsonb", 3802},
    TypeName{"int4range", 3904},
    TypeName{"numrange", 3906},
    TypeName{"tsrange", 3908},
    TypeName{"tstzrange", 3910},
    TypeName{"daterange", 3912},
    TypeName{"int8range", 3926},
};

constexpr std::array kAggregates{"array_agg",
                                 "avg",
                                 "bit_and",
                                 "bit_or",
                                 "bool_and",
                                 "bool_or",
                                 "corr",
                                 "count",
                                 "every",
                                 "json_agg",
                                 "jsonb_agg",
                                 "max",
                                 "min",
                                 "mode",
                                 "percentile_cont",
                                 "regr_count",
                                 "stddev",
                                 "percentile_disc",
                                 "json_object_agg",
                                 "jsonb_object_agg",
                                 "stddev_pop",
                                 "stddev_samp",
                                 "string_agg",
                                 "sum",
                                 "var_pop",
                                 "var_samp",
                                 "variance",
                                 "xmlagg",
                                 "covar_pop",
                                 "covar_samp"};
constexpr std::array kWindows{"row_number",  "rank",       "dense_rank", "percent_rank",
                              "cume_dist",   "ntile",      "lag",        "lead",
                              "first_value", "last_value", "nth_value"};
constexpr std::array kImmutable{"abs",
                                "acos",
                                "array_length",
                                "array_position",
                                "ascii",
                                "asin",
                                "atan",
                                "btrim",
                                "cardinality",
                                "cbrt",
                                "ceil",
                                "ceiling",
                                "char_length",
                                "character_length",
                                "chr",
                                "cos",
                                "date_bin",
                                "decode",
                                "degrees",
                                "div",
                                "encode",
                                "exp",
                                "floor",
                                "greatest",
                                "initcap",
                                "int4",
                                "int8",
                                "jsonb_array_length",
                                "left",
                                "length",
                                "ln",
                                "log",
                                "lower",
                                "lpad",
                                "ltrim",
                                "make_date",
                                "md5",
                                "mod",
                                "octet_length",
                                "overlay",
                                "pi",
                                "position",
                                "pow",
                                "power",
                                "regexp_replace",
                                "repeat",
                                "replace",
                                "reverse",
                                "right",
                                "round",
                                "rpad",
                                "rtrim",
                                "sha256",
                                "sign",
                                "sin",
                                "split_part",
                                "sqrt",
                                "starts_with",
                                "strpos",
                                "substr",
                                "substring",
                                "tan",
                                "text",
                                "to_hex",
                                "translate",
                                "trunc",
                                "upper"};
constexpr std::array kStable{"age",
                             "concat",
                             "concat_ws",
                             "current_setting",
                             "date_part",
                             "date_trunc",
                             "extract",
                             "format",
                             "now",
                             "quote_literal",
                             "timezone",
                             "to_char",
                             "to_date",
                             "to_json",
                             "to_jsonb",
                             "to_number",
                             "to_timestamp",
                             "transaction_timestamp",
                             "statement_timestamp"};
constexpr std::array kVolatile{
    "clock_timestamp", "currval",          "gen_random_uuid",    "lastval",
    "nextval",         "pg_advisory_lock", "pg_advisory_unlock", "pg_advisory_xact_lock",
    "pg_sleep",        "random",           "set_config",         "setseed",
    "setval",          "timeofday",        "pg_notify"};
constexpr std::array kSets{"generate_series",     "unnest",
                           "jsonb_each",          "json_each",
                           "generate_subscripts", "jsonb_array_elements",
                           "regexp_matches",      "jsonb_to_recordset",
                           "json_array_elements", "jsonb_object_keys"};

template <typename Names>
void add_functions(catalog::Schema& schema, const Names& names, const Function& function) {
  for (const char* name : names) schema.functions[name] = function;
}

// numeric(12, 2) without its numbers, timestamp(3) with time zone without its precision.
std::string bare(std::string_view written) {
  std::string out;
  std::uint32_t depth = 0;
  for (const char c : written) {
    if (c == '(') ++depth;
    const bool repeated = c == ' ' && (out.empty() || out.back() == ' ');
    if (depth == 0 && !repeated) out += c;
    if (c == ')') --depth;
  }
  while (out.ends_with(' ')) out.pop_back();
  constexpr std::string_view kSchema = "pg_catalog.";
  return out.starts_with(kSchema) ? out.substr(kSchema.size()) : out;
}

}  // namespace

Oid builtin_type(std::string_view written) {
  const std::string name = bare(written);
  const auto* const found = std::ranges::find(kTypes, name, &TypeName::name);
  return found == kTypes.end() ? 0 : found->oid;
}

bool is_collatable(Oid type) {
  constexpr std::array<Oid, 3> kTexts{25, 1042, 1043};
  return std::ranges::find(kTexts, type) != kTexts.end();
}

void add_builtins(catalog::Schema& schema) {
  for (const TypeName& type : kTypes) {
    auto& known = schema.types[type.oid];
    if (known.name.empty()) known.name = "pg_catalog." + std::string(type.name);
  }
  add_functions(schema, kImmutable, Function{.volatility = Volatility::kImmutable});
  add_functions(schema, kStable, Function{.volatility = Volatility::kStable});
  add_functions(schema, kVolatile, Function{.volatility = Volatility::kVolatile});
  add_functions(schema, kWindows, Function{.volatility = Volatility::kImmutable, .window = true});
  add_functions(schema, kAggregates,
                Function{.volatility = Volatility::kImmutable, .aggregate = true});
  add_functions(schema, kSets, Function{.volatility = Volatility::kImmutable, .returns_set = true});
}

}  // namespace tessera::tools
