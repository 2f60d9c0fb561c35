#include "proxy/plan/errors.h"

#include <fmt/format.h>

#include <cctype>

namespace tessera::plan {
namespace {

Error refuse(std::string message, std::string_view hint = {}, std::string detail = {}) {
  return {.sqlstate = "0A000",
          .message = std::move(message),
          .detail = std::move(detail),
          .hint = std::string(hint)};
}

constexpr const char* kPin =
    "Give the sharding columns of all sharded tables values in WHERE that belong to one shard.";

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// How hints speak of a table's sharding columns.
std::string key_of(const rules::ShardingTable& table) {
  std::string out;
  for (const std::string& column : table.sharding_columns()) {
    out += fmt::format("{}\"{}\"", out.empty() ? "" : " and ", column);
  }
  return fmt::format("sharding column {} of \"{}\"", out, table.name);
}

}  // namespace

Error parameter_not_bound(std::uint32_t number) {
  return {.sqlstate = "42P02", .message = fmt::format("there is no parameter ${}", number)};
}

Error parameter_type_not_routable(std::uint32_t number, std::uint32_t type) {
  return refuse(fmt::format("parameter ${} is compared with a sharding column, but values of its "
                            "type (OID {}) cannot be routed by",
                            number, type),
                "Declare the parameter with the sharding column's own type.");
}

Error constant_not_routable(std::string_view text) {
  return refuse(fmt::format("value {} cannot be routed by", text),
                "Write the value as a constant of the sharding column's own type.");
}

Error not_an_integer_key(std::string_view text) {
  return refuse(fmt::format("value {} of an integer sharding column is not an integer", text),
                "Round the value before it is inserted.");
}

// 42501 rather than 0A000: it can be done, and the configuration does not allow it.
Error no_sharding_condition(std::string_view table, const std::vector<std::string>& auditors) {
  std::string names;
  for (const std::string& each : auditors) names += (names.empty() ? "" : " ") + each;
  return {.sqlstate = "42501",
          .message = fmt::format(
              "statement without a condition on the sharding columns of table \"{}\"", table),
          .hint = fmt::format("Auditor {} refuses it. Give the sharding columns values, or write "
                              "/* TESSERA_HINT: DISABLE_AUDIT_NAMES={} */ before the statement if "
                              "the configuration allows hints to disable it.",
                              names, names)};
}

Error key_is_rounded(std::string_view value) {
  return refuse(fmt::format("value {} of a sharding column has more digits behind the point than "
                            "the column keeps",
                            value),
                "Round the value before it is inserted.");
}

Error bad_parameter_length(std::uint32_t number) {
  return {.sqlstate = "22P03",
          .message = fmt::format("incorrect binary data format in bind parameter {}", number)};
}

Error negative_row_count(bool offset) {
  return offset ? Error{.sqlstate = "2201X", .message = "OFFSET must not be negative"}
                : Error{.sqlstate = "2201W", .message = "LIMIT must not be negative"};
}

Error row_count_not_integer(bool offset) {
  return refuse(fmt::format("{} of a query over several shards must be an integer",
                            offset ? "OFFSET" : "LIMIT"));
}

Error shards_differ() {
  return refuse("tables of this statement are on different shards",
                "Give the sharding columns of all tables values that belong to one shard.");
}

Error single_tables_apart(std::string_view a, std::string_view b) {
  return refuse(fmt::format("tables \"{}\" and \"{}\" are on different shards", a, b),
                "Make one of them a broadcast table, or read them in two statements.");
}

Error single_table_across_shards(std::string_view single, const rules::ShardingTable& sharded) {
  return refuse(
      fmt::format(
          "single table \"{}\" cannot be used together with sharded table \"{}\" across shards",
          single, sharded.name),
      fmt::format(
          "Give {} a value that belongs to the shard of \"{}\", or make \"{}\" a broadcast table.",
          key_of(sharded), single, single));
}

Error join_across_shards(std::string_view a, std::string_view b) {
  return refuse(
      fmt::format("sharded tables \"{}\" and \"{}\" cannot be joined across shards", a, b),
      "Join binding tables on their sharding columns, or give the sharding column of each a single "
      "value in WHERE.");
}

Error subquery_across_shards(const rules::ShardingTable& table) {
  return refuse(
      fmt::format("a subquery over sharded table \"{}\" cannot be evaluated across shards",
                  table.name),
      fmt::format("Give {} a single value in the subquery's WHERE, or correlate it with the outer "
                  "query's sharding column.",
                  key_of(table)));
}

Error set_operation_across_shards() {
  return refuse("UNION, INTERSECT and EXCEPT over sharded tables are not supported across shards",
                kPin);
}

Error with_across_shards() {
  return refuse("WITH queries over sharded tables are not supported across shards", kPin);
}

Error derived_across_shards() {
  return refuse("subqueries in FROM over sharded tables are not supported across shards", kPin);
}

Error volatile_across_shards(std::string_view where) {
  return refuse(fmt::format("volatile functions in {} are not supported across shards", where),
                "Every shard would compute values of its own.");
}

Error choice_across_shards() {
  return refuse(
      "LIMIT, OFFSET, DISTINCT ON, TABLESAMPLE and window functions over broadcast tables are not "
      "supported inside a query across shards",
      "Every shard could choose other rows. " + std::string(kPin));
}

Error foreign_aggregate_across_shards() {
  return refuse("an aggregate of the outer query inside a subquery is not supported across shards",
                kPin);
}

Error no_sharded_table_in_from() {
  return refuse(
      "a query whose only sharded tables are in subqueries is not supported across shards", kPin);
}

Error repeated_rows_across_shards() {
  return refuse(
      "an outer join that keeps all rows of a broadcast table is not supported with sharded tables "
      "across shards",
      "Every shard would give the rows that find no partner. " + std::string(kPin));
}

Error system_column_across_shards(std::string_view column) {
  return refuse(fmt::format("system column \"{}\" is not supported across shards", column),
                "It means something on one shard only. " + std::string(kPin));
}

Error window_across_shards() {
  return refuse(
      "window functions whose PARTITION BY does not contain the sharding column are not supported "
      "across shards",
      "Add the sharding column to PARTITION BY, or give it a single value in WHERE.");
}

Error place_in_star() {
  return refuse("a position behind * cannot be followed in ORDER BY or GROUP BY across shards",
                "Write the column's name instead of its position.");
}

// PostgreSQL's own error: it cannot see rows that were parted from each other.
Error values_lengths_differ() {
  return {.sqlstate = "42601", .message = "VALUES lists must all be the same length"};
}

Error place_not_in_list(std::string_view clause, std::uint64_t place) {
  return {.sqlstate = "42P10",
          .message = fmt::format("{} position {} is not in select list", clause, place)};
}

Error unclear_output_name(std::string_view name) {
  return refuse(fmt::format("\"{}\" in ORDER BY or GROUP BY could mean more than one column", name),
                "Write the expression itself, or give output columns aliases of their own.");
}

Error order_using_across_shards() {
  return refuse("ORDER BY ... USING is not supported across shards", "Use ASC or DESC.");
}

Error unsteady_across_shards(std::string_view clause) {
  return refuse(
      fmt::format("{} by a value that differs from shard to shard is not supported across shards",
                  clause),
      "Functions of the clock, the server or the role, and volatile functions, give each shard "
      "values of its own.");
}

Error set_in_order_across_shards() {
  return refuse("set-returning functions in ORDER BY are not supported across shards", kPin);
}

Error row_in_order_across_shards() {
  return refuse("ORDER BY a whole row is not supported across shards",
                "Write the names of its columns.");
}

Error table_form_order_across_shards() {
  return refuse("TABLE ... ORDER BY is not supported across shards", "Write SELECT * FROM.");
}

Error with_ties_across_shards() { return refuse("WITH TIES is not supported across shards", kPin); }

Error locking_limit_across_shards() {
  return refuse("FOR UPDATE and FOR SHARE with LIMIT are not supported across shards",
                "Rows that are cut off would stay locked. " + std::string(kPin));
}

Error limit_expression_across_shards(std::string_view clause) {
  return refuse(fmt::format("{} across shards must be a constant or a parameter", clause));
}

Error distinct_on_across_shards() {
  return refuse("DISTINCT ON without the sharding column is not supported across shards",
                "Add the sharding column to DISTINCT ON, or give it a single value in WHERE.");
}

Error distinct_star_across_shards() {
  return refuse(
      "SELECT DISTINCT * that does not show the sharding column is not supported across shards",
      "Write the columns' names.");
}

Error nothing_to_group() {
  return refuse("a grouped query without columns is not supported across shards", kPin);
}

Error locking_groups_across_shards() {
  return refuse(
      "FOR UPDATE and FOR SHARE are not supported with DISTINCT or grouped rows across shards");
}

Error grouping_sets_across_shards() {
  return refuse("GROUPING SETS, CUBE and ROLLUP are not supported across shards", kPin);
}

Error constant_group_across_shards() {
  return refuse(
      "GROUP BY or DISTINCT with an item that names no column is not supported across shards",
      "Leave the item out of GROUP BY, or the column out of the select list.");
}

Error subquery_in_groups_across_shards() {
  return refuse(
      "subqueries beside aggregates, GROUP BY or DISTINCT are not supported across shards", kPin);
}

Error set_in_groups_across_shards() {
  return refuse("set-returning functions in GROUP BY or DISTINCT are not supported across shards",
                kPin);
}

Error collation_in_groups_across_shards() {
  return refuse(
      "grouping by an expression with a collation of its own is not supported across shards",
      "Group by the column itself.");
}

Error star_in_groups_across_shards() {
  return refuse("* beside aggregates or GROUP BY is not supported across shards",
                "Write the columns' names.");
}

Error column_not_grouped(std::string_view column) {
  return refuse(
      fmt::format("column \"{}\" beside aggregates must appear in GROUP BY across shards", column),
      "Columns that depend on a primary key in GROUP BY must be listed there too.");
}

Error aggregate_across_shards(std::string_view name) {
  return refuse(fmt::format("aggregate function {} is not supported across shards", name),
                "count, sum, min, max, avg, bool_and, bool_or, every, bit_and, bit_or and bit_xor "
                "are; all are when GROUP BY contains the sharding column.");
}

Error distinct_aggregate_across_shards(std::string_view name) {
  return refuse(fmt::format("{}(DISTINCT ...) is not supported across shards", name),
                "count(DISTINCT ...) of the sharding column is; all are when GROUP BY contains the "
                "sharding column.");
}

Error real_average_across_shards() {
  return refuse("avg of an expression with values of type real is not supported across shards",
                "Cast the whole expression to double precision.");
}

Error average_of_unknown_type() {
  return refuse("avg of a column whose type is not known is not supported across shards",
                "Cast the column inside avg.");
}

Error select_into_elsewhere() {
  return refuse("SELECT INTO from a table that is not on the default shard is not supported",
                "Create the table first, then INSERT ... SELECT.");
}

Error renamed_table_form(std::string_view table) {
  return refuse(fmt::format("sharded table \"{}\" cannot be written in this form", table),
                "Write its name without parentheses and *.");
}

Error long_qualifier(std::string_view table) {
  return refuse(
      fmt::format("columns of sharded table \"{}\" cannot be qualified with a schema", table),
      "Qualify them with the table's name or an alias.");
}

Error relation_does_not_exist(std::string_view name) {
  return {.sqlstate = "42P01", .message = fmt::format("relation \"{}\" does not exist", name)};
}

Error broadcast_write_in_with(std::string_view table) {
  return refuse(fmt::format("broadcast table \"{}\" cannot be written inside WITH", table),
                "Write it in a statement of its own.");
}

Error sharded_insert_in_with(std::string_view table) {
  return refuse(fmt::format("INSERT into sharded table \"{}\" inside WITH is not supported", table),
                "Insert in a statement of its own.");
}

Error local_function_with_table(std::string_view function, std::string_view table) {
  return refuse(
      fmt::format("function {} is not supported in a statement with sharded or written "
                  "broadcast table \"{}\"",
                  function, table),
      "Sequences, advisory locks and settings belong to one shard: call it in a statement of "
      "its own.");
}

Error sharding_column_changed(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("sharding column \"{}\" of table \"{}\" cannot be changed", column, table),
      "The row may belong to another shard then: delete it and insert it again, in one "
      "transaction.");
}

Error current_of_sharded(std::string_view table) {
  return refuse(
      fmt::format("WHERE CURRENT OF is not supported on sharded or broadcast table \"{}\"", table),
      "Find the row by its key.");
}

Error unsteady_write_across_shards(std::string_view table) {
  return refuse(fmt::format("values that differ from shard to shard cannot be written to table "
                            "\"{}\" on several shards",
                            table),
                "Compute the value first and pass it as a constant or parameter.");
}

Error broadcast_write_reads_others(std::string_view table) {
  return refuse(
      fmt::format("a write of broadcast table \"{}\" cannot read sharded or single tables", table),
      "Every shard must see the same rows: read them first, then write constants.");
}

Error broadcast_table_has_triggers(std::string_view table) {
  return refuse(fmt::format("broadcast table \"{}\" with triggers cannot be written", table),
                "Every shard would run the trigger for itself, and the copies could differ.");
}

Error system_column_in_broadcast_write(std::string_view table) {
  return refuse(
      fmt::format("system columns are not supported in a write of broadcast table \"{}\"", table),
      "They differ from shard to shard: find rows by their key.");
}

Error choice_in_broadcast_write(std::string_view table) {
  return refuse(fmt::format("LIMIT, OFFSET, DISTINCT ON, TABLESAMPLE and window functions are not "
                            "supported in a write of broadcast table \"{}\"",
                            table),
                "Every shard could choose other rows.");
}

Error unsteady_broadcast_write(std::string_view table) {
  return refuse(
      fmt::format(
          "a write of broadcast table \"{}\" must use values that are the same on every shard",
          table),
      "Functions such as now() and random() are not: compute the value first and pass it as a "
      "constant or parameter.");
}

Error unsteady_default(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format(
          "the default of column \"{}\" of broadcast table \"{}\" may differ from shard to shard",
          column, table),
      "Give the column a value in the INSERT.");
}

Error qualified_insert_columns(std::string_view table) {
  return refuse(fmt::format(
      "subscripts and fields in the column list are not supported for sharded table \"{}\"",
      table));
}

Error default_values_in_sharded(std::string_view table) {
  return refuse(
      fmt::format("INSERT ... DEFAULT VALUES is not supported for sharded table \"{}\"", table),
      "The sharding column needs a value.");
}

Error sequence_default(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format(
          "column \"{}\" of sharded table \"{}\" would get its value from a sequence of one shard",
          column, table),
      "Numbers of different shards would collide: give the column a value.");
}

Error conflict_by_constraint(std::string_view table) {
  return refuse(
      fmt::format("ON CONFLICT ON CONSTRAINT is not supported for sharded table \"{}\"", table),
      "It is several tables, whose constraints have names of their own: write the key's columns.");
}

Error conflict_without_key(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("ON CONFLICT on sharded table \"{}\" must include sharding column \"{}\"", table,
                  column),
      "A conflict is only seen inside one shard: use a unique key that contains the sharding "
      "column.");
}

Error sharding_column_missing(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("INSERT into sharded table \"{}\" needs a value for sharding column \"{}\"",
                  table, column),
      "List the column and give it a constant or parameter.");
}

Error sharding_column_type(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("sharding column \"{}\" of table \"{}\" has a type that cannot be routed by",
                  column, table),
      "Use integers, numeric, text without a collation of its own, boolean, uuid, date or "
      "timestamp.");
}

Error sharding_value_not_constant(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format(
          "the value of sharding column \"{}\" of table \"{}\" must be a constant or a parameter",
          column, table),
      "Compute the value first.");
}

Error key_for_selected_rows(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("keys of column \"{}\" of table \"{}\" are not generated for INSERT ... SELECT",
                  column, table),
      "Name the column and select its value, or insert the rows with VALUES.");
}

// Only where a statement is shown that does not run.
Error values_not_made() {
  return refuse("the shard of this statement depends on values that are made when it runs",
                "Write generated keys and the values of sharding columns as constants.");
}

Error unknown_data_source(std::string_view name) {
  return Error{.sqlstate = "42704",
               .message = fmt::format("data source \"{}\" does not exist", name),
               .hint =
                   "DATA_SOURCE_NAME names a data source that rules may name: of a "
                   "readwrite-splitting group the group."};
}

Error too_many_asked(std::size_t most) {
  return Error{
      .sqlstate = "54000",
      .message = fmt::format(
          "more than {} values of sharding columns are expressions that PostgreSQL has to compute",
          most),
      .hint = "Insert fewer rows at once, or write the values as constants.",
  };
}

Error insert_values_read_table(std::string_view table, std::string_view other) {
  return refuse(
      fmt::format("VALUES for sharded table \"{}\" cannot read table \"{}\"", table, other),
      "Read it first and pass its values as constants or parameters.");
}

Error insert_values_with_clauses(std::string_view table) {
  return refuse(fmt::format(
      "ORDER BY, LIMIT and OFFSET of VALUES are not supported for sharded table \"{}\"", table));
}

Error insert_source_not_followed(std::string_view table) {
  return refuse(fmt::format("INSERT ... SELECT into sharded table \"{}\" must take the sharding "
                            "column from a binding table's sharding column, or from a constant",
                            table),
                "Select the rows first and insert them with VALUES.");
}

Error insert_source_across_shards() {
  return refuse("INSERT ... SELECT with this source is not supported across shards",
                "DISTINCT, aggregates and GROUP BY need the sharding column; LIMIT, OFFSET and set "
                "operations need one shard.");
}

Error sharded_table_in_function(std::string_view table, std::string_view function) {
  return refuse(fmt::format("function \"{}\" uses sharded table \"{}\"", function, table),
                "Pass the rows it needs as arguments, or make the table a broadcast table.");
}

Error broadcast_table_in_function(std::string_view table, std::string_view function) {
  return refuse(
      fmt::format("volatile function \"{}\" uses broadcast table \"{}\"", function, table),
      "It would write one copy of the table only. Declare it STABLE if it only reads.");
}

Error sharded_table_in_view(std::string_view table, std::string_view view) {
  return refuse(fmt::format("view \"{}\" uses sharded table \"{}\"", view, table),
                "A shard sees only its own rows: write the view's query in the statement.");
}

Error broadcast_table_in_view(std::string_view table, std::string_view view) {
  return refuse(
      fmt::format("broadcast table \"{}\" cannot be written through view \"{}\"", table, view),
      "Write the table itself.");
}

Error ddl_tables_apart(std::string_view a, std::string_view b) {
  return refuse(
      fmt::format(
          "tables \"{}\" and \"{}\" are in different places and cannot be changed by one statement",
          a, b),
      "Write one statement for each.");
}

Error ruled_table_renamed(std::string_view table) {
  return refuse(
      fmt::format("table \"{}\" cannot be renamed or moved to another schema", table),
      "The sharding and broadcast rules know it by its name: change them and create a new table.");
}

Error sharding_column_altered(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format(
          "sharding column \"{}\" of table \"{}\" cannot be dropped, renamed or given another type",
          column, table),
      "The rows are where its values put them: create a new table and copy them.");
}

Error constraint_renamed(std::string_view table) {
  return refuse(fmt::format("constraints of sharded table \"{}\" cannot be renamed", table),
                "Drop the constraint and add it under its new name.");
}

Error sequence_column(std::string_view table, std::string_view column) {
  return refuse(fmt::format("column \"{}\" of sharded table \"{}\" cannot be serial, identity or "
                            "numbered by a sequence",
                            column, table),
                "Every shard would count for itself: give the column values from outside, for "
                "example UUIDs.");
}

Error concurrent_index(std::string_view table) {
  return refuse(
      fmt::format("CONCURRENTLY is not supported on sharded or broadcast table \"{}\"", table),
      "It cannot be one transaction on several shards.");
}

Error foreign_key_across_shards(std::string_view table, std::string_view referenced) {
  return refuse(fmt::format("a foreign key from \"{}\" to \"{}\" cannot be checked across shards",
                            table, referenced),
                "Let it refer to a broadcast table, or from the sharding column of a sharded table "
                "to that of a binding table.");
}

Error unique_key_without_key(std::string_view table, std::string_view column) {
  return refuse(
      fmt::format("a unique key of sharded table \"{}\" must contain its sharding column \"{}\"",
                  table, column),
      "Uniqueness can only be checked inside a shard: add the sharding column to the key.");
}

Error create_form_not_supported(std::string_view table, std::string_view form) {
  return refuse(
      fmt::format("CREATE TABLE ... {} is not supported for sharded or broadcast table \"{}\"",
                  form, table),
      "List the columns.");
}

Error inherits_sharded(std::string_view table) {
  return refuse(
      fmt::format("table \"{}\" cannot inherit from or be a partition of a sharded table", table));
}

Error temporary_ruled_table(std::string_view table) {
  return refuse(
      fmt::format("temporary table \"{}\" would hide the sharded or broadcast table of that name",
                  table),
      "Give it another name.");
}

Error temporary_table_apart(std::string_view table) {
  return refuse(
      fmt::format("temporary table \"{}\" would hide the table of that name on another shard",
                  table),
      "Give it another name.");
}

Error select_into_ruled_table(std::string_view table) {
  return refuse(fmt::format("SELECT INTO cannot make table \"{}\", which the rules place elsewhere "
                            "than on the default shard",
                            table),
                "Create the table first, then INSERT ... SELECT.");
}

Error no_sharding_column(std::string_view table, std::string_view column) {
  return refuse(fmt::format("sharded table \"{}\" needs its sharding column \"{}\"", table, column),
                "Add the column, or change the sharding rule.");
}

Error create_as_elsewhere(std::string_view table) {
  return refuse(
      fmt::format("table \"{}\" cannot be created from a query over tables of other shards", table),
      "Create the table first, then insert the rows.");
}

Error explain_split_insert() {
  return refuse("EXPLAIN of an INSERT of several rows into a sharded table is not supported",
                "Explain the INSERT of one row.");
}

Error explain_format_across_shards() {
  return refuse("EXPLAIN across shards has text format only", "Leave FORMAT out.");
}

Error explain_analyze_across_shards() {
  return refuse("EXPLAIN ANALYZE of a statement that writes on several shards is not supported",
                "Leave ANALYZE out.");
}

Error copy_into_ruled(std::string_view table) {
  return refuse(
      fmt::format("COPY FROM is not supported for sharded or broadcast table \"{}\"", table),
      "Use INSERT ... VALUES with many rows.");
}

Error copy_from_sharded(std::string_view table) {
  return refuse(fmt::format("COPY TO is not supported for sharded table \"{}\"", table),
                "Use SELECT.");
}

Error copy_query_across_shards() {
  return refuse("COPY (query) TO is not supported across shards",
                "Use SELECT, or give the sharding column a single value in the query.");
}

Error server_file_elsewhere() {
  return refuse(
      "COPY to a file or program of the server is only supported for tables of the default shard",
      "Use COPY ... TO STDOUT.");
}

Error table_in_statement(std::string_view word, std::string_view table) {
  return refuse(
      fmt::format("{} is not supported for sharded or broadcast table \"{}\"", upper(word), table),
      "The table is on several shards, and this statement would reach one.");
}

Error statement_not_understood(std::string_view table) {
  return refuse(
      fmt::format("this statement with sharded or broadcast table \"{}\" is not understood", table),
      "Write it in simpler forms, or without the table.");
}

Error foreign_key_changes_key(std::string_view table, std::string_view referenced) {
  return refuse(fmt::format("the foreign key from \"{}\" to \"{}\" could change a sharding column",
                            table, referenced),
                "Leave out SET NULL, SET DEFAULT and, for a broadcast table, ON UPDATE.");
}

Error order_in_broadcast_write(std::string_view table) {
  return refuse(
      fmt::format("a write of broadcast table \"{}\" must not depend on the order of rows", table),
      "UPDATE ... FROM, INSERT ... SELECT ... ON CONFLICT and aggregates such as sum and "
      "string_agg can give each shard other values: compute them first and pass them as constants "
      "or parameters.");
}

Error vacuum_everything() {
  return refuse("VACUUM without a table is not supported on several shards",
                "Name the table, or let each server's autovacuum do it.");
}

Error key_too_long(std::string_view value) {
  return refuse(
      fmt::format("value \"{}\" of a sharding column is longer than its type and ends in spaces",
                  value),
      "PostgreSQL would cut the spaces: leave them out.");
}

}  // namespace tessera::plan
