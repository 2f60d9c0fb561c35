#include "proxy/plan/passes/functions.h"

#include <algorithm>
#include <array>
#include <set>

namespace tessera::plan {
namespace {

using catalog::Function;
using catalog::Schema;
using catalog::Volatility;
using parser::Expr;
using Names = std::set<std::string_view>;

// Calls by grammar: pg_proc has no rows for these names.
const Names& syntax_functions() {
  static const Names kNames = {"coalesce",  "nullif",       "greatest",  "least",    "trim",
                               "xmlconcat", "xmlelement",   "xmlforest", "xmlparse", "xmlpi",
                               "xmlroot",   "xmlserialize", "grouping",  "treat"};
  return kNames;
}

// PostgreSQL calls these stable because they follow session settings or user-defined types' output;
// every shard has the same settings.
const Names& settings_functions() {
  static const Names kNames = {"date_trunc",
                               "date_part",
                               "extract",
                               "to_char",
                               "to_timestamp",
                               "to_date",
                               "to_number",
                               "timezone",
                               "format",
                               "concat",
                               "concat_ws",
                               "quote_literal",
                               "quote_nullable",
                               "array_to_string",
                               "string_to_array",
                               "to_json",
                               "to_jsonb",
                               "row_to_json",
                               "array_to_json",
                               "json_build_object",
                               "json_build_array",
                               "jsonb_build_object",
                               "jsonb_build_array",
                               "to_tsvector",
                               "to_tsquery",
                               "plainto_tsquery",
                               "phraseto_tsquery",
                               "websearch_to_tsquery",
                               "ts_headline",
                               "make_timestamptz",
                               "generate_series",
                               "timestamptz",
                               "timestamp",
                               "date",
                               "time",
                               "timetz",
                               "isfinite",
                               "overlaps",
                               "jsonb_path_exists_tz",
                               "jsonb_path_query_tz"};
  return kNames;
}

// Words that stand for a value without being a call.
bool is_steady_keyword(std::string_view word) {
  return !word.starts_with("current_") && !word.starts_with("local") && word != "user" &&
         word != "session_user" && word != "system_user";
}

const Names& writing_functions() {
  static const Names kNames = {"nextval",
                               "setval",
                               "txid_current",
                               "pg_current_xact_id",
                               "pg_notify",
                               "pg_import_system_collations",
                               "pg_extension_config_dump",
                               "pg_create_restore_point",
                               "pg_switch_wal",
                               "pg_logical_emit_message",
                               "query_to_xml"};
  return kNames;
}

bool is_session_lock(std::string_view function) {
  const bool advisory =
      function.starts_with("pg_advisory_") || function.starts_with("pg_try_advisory_");
  return advisory && function.find("xact") == std::string_view::npos;
}

// PostgreSQL's own functions that leave something in their session, speak of it, or run the text
// of a statement.
bool touches_session(std::string_view function) {
  static const Names kNames = {"set_config",
                               "setseed",
                               "pg_backend_pid",
                               "pg_listening_channels",
                               "pg_my_temp_schema",
                               "pg_cursor",
                               "pg_prepared_statement",
                               "pg_stat_force_next_flush",
                               "pg_stat_clear_snapshot",
                               "pg_create_logical_replication_slot",
                               "pg_create_physical_replication_slot",
                               "query_to_xml",
                               "query_to_xml_and_xmlschema",
                               "query_to_xmlschema",
                               "cursor_to_xml",
                               "ts_stat"};
  return kNames.contains(function) || is_session_lock(function) || is_sequence_function(function) ||
         function.starts_with("dblink_") || function.starts_with("pg_replication_origin_session_");
}

// Of extensions that come with PostgreSQL: volatile, but they remember nothing.
bool is_stateless_extension(std::string_view function) {
  static const Names kNames = {"gen_random_bytes",      "gen_salt",        "pgp_sym_encrypt",
                               "pgp_sym_encrypt_bytea", "pgp_pub_encrypt", "pgp_pub_encrypt_bytea"};
  return kNames.contains(function) || function.starts_with("uuid_generate_");
}

// For a schema that has not been read: the aggregates of PostgreSQL 15.
const Names& built_in_aggregates() {
  static const Names kNames = {"any_value",
                               "array_agg",
                               "avg",
                               "bit_and",
                               "bit_or",
                               "bit_xor",
                               "bool_and",
                               "bool_or",
                               "corr",
                               "count",
                               "covar_pop",
                               "covar_samp",
                               "cume_dist",
                               "dense_rank",
                               "every",
                               "json_agg",
                               "json_object_agg",
                               "jsonb_agg",
                               "jsonb_object_agg",
                               "max",
                               "min",
                               "mode",
                               "percent_rank",
                               "percentile_cont",
                               "percentile_disc",
                               "range_agg",
                               "range_intersect_agg",
                               "rank",
                               "regr_avgx",
                               "regr_avgy",
                               "regr_count",
                               "regr_intercept",
                               "regr_r2",
                               "regr_slope",
                               "regr_sxx",
                               "regr_sxy",
                               "regr_syy",
                               "stddev",
                               "stddev_pop",
                               "stddev_samp",
                               "string_agg",
                               "sum",
                               "var_pop",
                               "var_samp",
                               "variance",
                               "xmlagg"};
  return kNames;
}

}  // namespace

Steadiness steadiness_of_call(const Schema& schema, std::string_view function) {
  if (syntax_functions().contains(function)) return Steadiness::kSame;
  const Function* found = schema.find_function(function);
  if (found == nullptr) return Steadiness::kVolatile;
  if (found->volatility == Volatility::kVolatile) return Steadiness::kVolatile;
  if (found->volatility == Volatility::kImmutable || found->aggregate) return Steadiness::kSame;
  const bool settings = !found->user_defined && settings_functions().contains(function);
  return settings ? Steadiness::kSame : Steadiness::kHere;
}

Steadiness steadiness(const Schema& schema, const parser::Node& node) {
  Steadiness out = Steadiness::kSame;
  parser::for_each_expr(node, [&](const Expr& expr) {
    if (expr.kind == Expr::Kind::kKeyword && !is_steady_keyword(expr.op)) {
      out = std::max(out, Steadiness::kHere);
    }
    // The numbers of objects are each shard's own.
    if (expr.kind == Expr::Kind::kCast && expr.type.starts_with("reg")) {
      out = std::max(out, Steadiness::kHere);
    }
    if (expr.kind == Expr::Kind::kFunction) {
      out = std::max(out, steadiness_of_call(schema, expr.function->name.name));
    }
  });
  return out;
}

bool call_writes(const Schema& schema, std::string_view function) {
  if (syntax_functions().contains(function)) return false;
  const Function* found = schema.find_function(function);
  if (found == nullptr) return true;
  if (found->user_defined) return found->volatility == Volatility::kVolatile;
  return writing_functions().contains(function) || function.starts_with("lo_");
}

bool call_pins(const Schema& schema, std::string_view function) {
  if (gives_up_advisory_locks(function)) return false;
  if (touches_session(function)) return true;
  if (syntax_functions().contains(function)) return false;
  const Function* found = schema.find_function(function);
  // A schema that could not be read vouches for nothing, but then nothing runs either.
  if (found == nullptr) return !schema.functions.empty();
  return found->user_defined && found->volatility == Volatility::kVolatile &&
         !is_stateless_extension(function);
}

bool gives_up_advisory_locks(std::string_view function) {
  return function.starts_with("pg_advisory_unlock");
}

bool is_local_function(std::string_view function) {
  return touches_session(function) || function.find("advisory") != std::string_view::npos;
}

bool is_sequence_function(std::string_view function) {
  return function == "nextval" || function == "currval" || function == "setval" ||
         function == "lastval";
}

bool is_aggregate(const Schema& schema, const Expr& expr) {
  if (expr.kind != Expr::Kind::kFunction || expr.function->over != nullptr) return false;
  if (expr.function->within_group || expr.function->filter != nullptr) return true;
  const Function* found = schema.find_function(expr.function->name.name);
  if (found != nullptr) return found->aggregate;
  return built_in_aggregates().contains(expr.function->name.name);
}

bool is_window_call(const Expr& expr) {
  return expr.kind == Expr::Kind::kFunction && expr.function->over != nullptr;
}

bool is_set_returning(const Schema& schema, const Expr& expr) {
  if (expr.kind != Expr::Kind::kFunction) return false;
  const Function* found = schema.find_function(expr.function->name.name);
  return found != nullptr ? found->returns_set
                          : !syntax_functions().contains(expr.function->name.name) &&
                                !built_in_aggregates().contains(expr.function->name.name);
}

}  // namespace tessera::plan
