#pragma once
// Every error of the planner and of routing, one function each.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rules/rule_set.h"

namespace tessera::plan {

// Routing.
[[nodiscard]] Error parameter_not_bound(std::uint32_t number);
[[nodiscard]] Error parameter_type_not_routable(std::uint32_t number, std::uint32_t type);
[[nodiscard]] Error constant_not_routable(std::string_view text);
[[nodiscard]] Error not_an_integer_key(std::string_view text);
[[nodiscard]] Error key_too_long(std::string_view value);
[[nodiscard]] Error key_is_rounded(std::string_view value);
[[nodiscard]] Error bad_parameter_length(std::uint32_t number);
[[nodiscard]] Error negative_row_count(bool offset);
[[nodiscard]] Error row_count_not_integer(bool offset);
[[nodiscard]] Error shards_differ();
[[nodiscard]] Error no_sharding_condition(std::string_view table,
                                          const std::vector<std::string>& auditors);

// Statements that one shard can answer and several cannot.
[[nodiscard]] Error single_tables_apart(std::string_view a, std::string_view b);
[[nodiscard]] Error single_table_across_shards(std::string_view single,
                                               const rules::ShardingTable& sharded);
[[nodiscard]] Error join_across_shards(std::string_view a, std::string_view b);
[[nodiscard]] Error subquery_across_shards(const rules::ShardingTable& table);
[[nodiscard]] Error set_operation_across_shards();
[[nodiscard]] Error with_across_shards();
[[nodiscard]] Error derived_across_shards();
[[nodiscard]] Error volatile_across_shards(std::string_view where);
[[nodiscard]] Error choice_across_shards();
[[nodiscard]] Error foreign_aggregate_across_shards();
[[nodiscard]] Error no_sharded_table_in_from();
[[nodiscard]] Error repeated_rows_across_shards();
[[nodiscard]] Error system_column_across_shards(std::string_view column);
[[nodiscard]] Error window_across_shards();

// ORDER BY, LIMIT and DISTINCT across shards.
[[nodiscard]] Error place_in_star();
[[nodiscard]] Error values_lengths_differ();
[[nodiscard]] Error place_not_in_list(std::string_view clause, std::uint64_t place);
[[nodiscard]] Error unclear_output_name(std::string_view name);
[[nodiscard]] Error order_using_across_shards();
[[nodiscard]] Error unsteady_across_shards(std::string_view clause);
[[nodiscard]] Error set_in_order_across_shards();
[[nodiscard]] Error row_in_order_across_shards();
[[nodiscard]] Error table_form_order_across_shards();
[[nodiscard]] Error with_ties_across_shards();
[[nodiscard]] Error locking_limit_across_shards();
[[nodiscard]] Error limit_expression_across_shards(std::string_view clause);
[[nodiscard]] Error distinct_on_across_shards();
[[nodiscard]] Error distinct_star_across_shards();

// Aggregates and GROUP BY across shards.
[[nodiscard]] Error nothing_to_group();
[[nodiscard]] Error locking_groups_across_shards();
[[nodiscard]] Error grouping_sets_across_shards();
[[nodiscard]] Error constant_group_across_shards();
[[nodiscard]] Error subquery_in_groups_across_shards();
[[nodiscard]] Error set_in_groups_across_shards();
[[nodiscard]] Error collation_in_groups_across_shards();
[[nodiscard]] Error star_in_groups_across_shards();
[[nodiscard]] Error column_not_grouped(std::string_view column);
[[nodiscard]] Error aggregate_across_shards(std::string_view name);
[[nodiscard]] Error distinct_aggregate_across_shards(std::string_view name);
[[nodiscard]] Error real_average_across_shards();
[[nodiscard]] Error average_of_unknown_type();
[[nodiscard]] Error select_into_elsewhere();

// Names.
[[nodiscard]] Error renamed_table_form(std::string_view table);
[[nodiscard]] Error long_qualifier(std::string_view table);
[[nodiscard]] Error relation_does_not_exist(std::string_view name);

// Writes.
[[nodiscard]] Error broadcast_write_in_with(std::string_view table);
[[nodiscard]] Error sharded_insert_in_with(std::string_view table);
[[nodiscard]] Error local_function_with_table(std::string_view function, std::string_view table);
[[nodiscard]] Error sharding_column_changed(std::string_view table, std::string_view column);
[[nodiscard]] Error current_of_sharded(std::string_view table);
[[nodiscard]] Error unsteady_write_across_shards(std::string_view table);
[[nodiscard]] Error broadcast_write_reads_others(std::string_view table);
[[nodiscard]] Error broadcast_table_has_triggers(std::string_view table);
[[nodiscard]] Error system_column_in_broadcast_write(std::string_view table);
[[nodiscard]] Error choice_in_broadcast_write(std::string_view table);
[[nodiscard]] Error order_in_broadcast_write(std::string_view table);
[[nodiscard]] Error unsteady_broadcast_write(std::string_view table);
[[nodiscard]] Error unsteady_default(std::string_view table, std::string_view column);
[[nodiscard]] Error qualified_insert_columns(std::string_view table);
[[nodiscard]] Error default_values_in_sharded(std::string_view table);
[[nodiscard]] Error sequence_default(std::string_view table, std::string_view column);
[[nodiscard]] Error conflict_by_constraint(std::string_view table);
[[nodiscard]] Error conflict_without_key(std::string_view table, std::string_view column);
[[nodiscard]] Error sharding_column_missing(std::string_view table, std::string_view column);
[[nodiscard]] Error sharding_column_type(std::string_view table, std::string_view column);
[[nodiscard]] Error sharding_value_not_constant(std::string_view table, std::string_view column);
[[nodiscard]] Error key_for_selected_rows(std::string_view table, std::string_view column);
[[nodiscard]] Error values_not_made();
[[nodiscard]] Error unknown_data_source(std::string_view name);  // 42704
[[nodiscard]] Error too_many_asked(std::size_t most);
[[nodiscard]] Error insert_values_read_table(std::string_view table, std::string_view other);
[[nodiscard]] Error insert_values_with_clauses(std::string_view table);
[[nodiscard]] Error insert_source_not_followed(std::string_view table);
[[nodiscard]] Error insert_source_across_shards();

// Hidden tables (architecture.md, decision 8).
[[nodiscard]] Error sharded_table_in_function(std::string_view table, std::string_view function);
[[nodiscard]] Error broadcast_table_in_function(std::string_view table, std::string_view function);
[[nodiscard]] Error sharded_table_in_view(std::string_view table, std::string_view view);
[[nodiscard]] Error broadcast_table_in_view(std::string_view table, std::string_view view);

// DDL.
[[nodiscard]] Error ddl_tables_apart(std::string_view a, std::string_view b);
[[nodiscard]] Error ruled_table_renamed(std::string_view table);
[[nodiscard]] Error sharding_column_altered(std::string_view table, std::string_view column);
[[nodiscard]] Error constraint_renamed(std::string_view table);
[[nodiscard]] Error sequence_column(std::string_view table, std::string_view column);
[[nodiscard]] Error concurrent_index(std::string_view table);
[[nodiscard]] Error foreign_key_across_shards(std::string_view table, std::string_view referenced);
[[nodiscard]] Error foreign_key_changes_key(std::string_view table, std::string_view referenced);
[[nodiscard]] Error unique_key_without_key(std::string_view table, std::string_view column);
[[nodiscard]] Error create_form_not_supported(std::string_view table, std::string_view form);
[[nodiscard]] Error inherits_sharded(std::string_view table);
[[nodiscard]] Error temporary_ruled_table(std::string_view table);
[[nodiscard]] Error temporary_table_apart(std::string_view table);
[[nodiscard]] Error select_into_ruled_table(std::string_view table);
[[nodiscard]] Error no_sharding_column(std::string_view table, std::string_view column);
[[nodiscard]] Error create_as_elsewhere(std::string_view table);

// EXPLAIN and COPY.
[[nodiscard]] Error explain_split_insert();
[[nodiscard]] Error explain_format_across_shards();
[[nodiscard]] Error explain_analyze_across_shards();
[[nodiscard]] Error copy_into_ruled(std::string_view table);
[[nodiscard]] Error copy_from_sharded(std::string_view table);
[[nodiscard]] Error copy_query_across_shards();
[[nodiscard]] Error server_file_elsewhere();

// Statements that are known by their first words.
[[nodiscard]] Error table_in_statement(std::string_view word, std::string_view table);
[[nodiscard]] Error vacuum_everything();
[[nodiscard]] Error statement_not_understood(std::string_view table);

}  // namespace tessera::plan
