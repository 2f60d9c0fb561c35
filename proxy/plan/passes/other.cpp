// Statements that the grammar knows by their first words only, or not at all (architecture.md,
// decision 8).

#include <algorithm>
#include <set>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/hidden.h"
#include "proxy/plan/passes/rename.h"
#include "proxy/plan/passes/statements.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::OtherStatement;
using rules::TableKind;
using Words = std::set<std::string_view>;

// Objects that sharded tables may use: every shard has them.
const Words& shared_objects() {
  static const Words kNames = {"type",      "domain",     "schema",   "function", "procedure",
                               "routine",   "aggregate",  "operator", "cast",     "collation",
                               "extension", "role",       "user",     "group",    "conversion",
                               "language",  "procedural", "trusted",  "text",     "transform",
                               "default",   "owned",      "access"};
  return kNames;
}

bool changes_objects(std::string_view word) {
  return word == "create" || word == "drop" || word == "alter" || word == "comment" ||
         word == "grant" || word == "revoke" || word == "security" || word == "reassign" ||
         word == "import" || word == "refresh";
}

// They return rows, or may.
bool gives_rows(std::string_view word) {
  return word == "execute" || word == "fetch" || word == "call" || word == "select" ||
         word == "with" || word == "values" || word == "table" || word == "show" ||
         word == "explain";
}

bool only_reads(std::string_view word) {
  return word == "select" || word == "values" || word == "table" || word == "listen" ||
         word == "unlisten" || word == "fetch" || word == "move" || word == "close" ||
         word == "declare" || word == "prepare" || word == "deallocate" || word == "discard" ||
         word == "load" || word == "checkpoint";
}

class OtherPlanner {
 public:
  OtherPlanner(const PlanInput& input, const OtherStatement& other)
      : input_(input),
        other_(other),
        sharded_(named(TableKind::kSharded)),
        broadcast_(named(TableKind::kBroadcast)) {
    query_.input = &input;
  }

  Result<Plan> run() {
    if (!other_.understood) return unknown();
    const std::string_view first = other_.first_word;
    if (first == "grant" || first == "revoke") return privileges();
    if (first == "comment" || first == "security") return comment();
    if (first == "create" || first == "drop" || first == "alter") return object();
    if (first == "reassign") return everywhere();
    if (first == "analyze" || first == "analyse") return analyze();
    if (first == "vacuum") return vacuum();
    return plain();
  }

 private:
  // The first table of `kind` that the statement names, also through views and functions.
  [[nodiscard]] std::string_view named(TableKind kind) const {
    for (const std::string_view word : other_.identifiers) {
      const auto found = table_named_in(*input_.catalog, word, kind);
      if (!found.empty()) return found;
      const auto& indexes = input_.catalog->schema->index_tables;
      const auto index = indexes.find(word);
      if (index != indexes.end() && input_.catalog->rules->kind_of(index->second) == kind) {
        return index->second;
      }
    }
    return {};
  }

  // The first table of `kind` that stands in the statement itself.
  [[nodiscard]] std::string_view written(TableKind kind) const {
    for (const std::string_view word : other_.identifiers) {
      if (input_.catalog->rules->kind_of(word) == kind) return word;
    }
    return {};
  }

  [[nodiscard]] bool has(std::string_view word) const {
    return std::ranges::find(other_.identifiers, word) != other_.identifiers.end() ||
           mentions(query_, all_tokens(), word);
  }

  [[nodiscard]] parser::TokenRange all_tokens() const {
    return {0, static_cast<parser::TokenIndex>(input_.parsed->tokens().size() - 1)};
  }

  // The `position`th word of the statement, in lower case.
  [[nodiscard]] std::string word(parser::TokenIndex position) const {
    if (position >= all_tokens().end) return {};
    return parser::identifier_name(token_text(query_, position));
  }

  // The word behind the first `name`.
  [[nodiscard]] std::string word_after(std::string_view name) const {
    for (parser::TokenIndex at = 0; at < all_tokens().end; ++at) {
      if (word(at) == name) return word(at + 1);
    }
    return {};
  }

  // CREATE OR REPLACE FUNCTION: the kind of object stands behind words that do not matter.
  [[nodiscard]] std::string object_kind() const {
    parser::TokenIndex at = 1;
    if (word(at) == "or" && word(at + 1) == "replace") at += 2;
    return word(at);
  }

  [[nodiscard]] Error refusal(std::string_view table) const {
    return table_in_statement(other_.first_word, table);
  }

  Plan here() const {
    Plan out = default_plan(input_);
    out.writes = !only_reads(other_.first_word);
    out.returns_rows = gives_rows(other_.first_word);
    out.ddl = changes_objects(other_.first_word) || other_.first_word == "do";
    out.own_transaction = needs_no_transaction();
    return out;
  }

  Plan everywhere() const {
    Plan out = here();
    out.route.kind = RouteSpec::Kind::kAllShards;
    out.scatter = Ddl{};
    return out;
  }

  [[nodiscard]] bool needs_no_transaction() const {
    const std::string_view first = other_.first_word;
    const std::string_view second = other_.second_word;
    if (first == "vacuum" || has("concurrently")) return true;
    if (first == "create" || first == "drop") {
      return second == "database" || second == "tablespace" || second == "subscription";
    }
    if (first == "alter") return second == "system";
    return (first == "reindex" && (second == "database" || second == "system")) ||
           (first == "discard" && second == "all");
  }

  // PostgreSQL is asked first whether it is SQL at all.
  Result<Plan> unknown() {
    const bool reads = other_.first_word == "select" || other_.first_word == "values" ||
                       other_.first_word == "table";
    Plan out = here();
    const std::string_view table = sharded_.empty() && !reads ? broadcast_ : sharded_;
    if (table.empty()) return out;
    out.ask_first = true;
    out.scatter = statement_not_understood(table);
    return out;
  }

  Result<Plan> plain() {
    if (!sharded_.empty()) return refusal(sharded_);
    if (!broadcast_.empty() && !may_read_broadcast()) return refusal(broadcast_);
    return here();
  }

  // These read their tables, or nothing but their names.
  [[nodiscard]] bool may_read_broadcast() const {
    const std::string_view first = other_.first_word;
    return first == "declare" || first == "listen" || first == "unlisten" || first == "notify" ||
           first == "fetch" || first == "move" || first == "close" || first == "deallocate" ||
           first == "discard" || first == "execute" || first == "refresh";
  }

  Result<Plan> object() {
    const std::string kind = object_kind();
    if (shared_objects().contains(kind)) return everywhere();
    if (!sharded_.empty()) return refusal(sharded_);
    // Views read a broadcast table's copy; triggers, rules and policies would guard one copy only.
    const bool reads = kind == "view" || kind == "materialized" || kind == "recursive" ||
                       kind == "temp" || kind == "temporary" || kind == "sequence";
    if (!broadcast_.empty() && !reads) return refusal(broadcast_);
    return here();
  }

  // GRANT role TO role has no ON; GRANT ... ON t is for tables.
  Result<Plan> privileges() {
    const std::string on = word_after("on");
    const bool shared =
        on.empty() || on == "all" || (shared_objects().contains(on) && on != "text");
    if (shared) return everywhere();
    return about_table();
  }

  Result<Plan> comment() {
    const std::string on = word_after("on");
    if (shared_objects().contains(on)) return everywhere();
    return about_table();
  }

  // Tables that every shard has under this name are changed on every shard.
  Result<Plan> about_table() {
    const std::string_view sharded = written(TableKind::kSharded);
    const std::string_view broadcast = written(TableKind::kBroadcast);
    if (sharded.empty() && broadcast.empty()) return here();
    if (!sharded.empty()) {
      const auto& table = *input_.catalog->rules->find_sharding_table(sharded);
      if (is_renamed(table) || !on_every_shard(table)) return refusal(sharded);
    }
    return everywhere();
  }

  [[nodiscard]] bool on_every_shard(const rules::ShardingTable& table) const {
    std::set<rules::ShardIndex> shards;
    for (const auto& node : table.nodes) shards.insert(node.shard);
    return shards.size() == input_.catalog->rules->shards.size();
  }

  Result<Plan> analyze() {
    if (names_nothing()) return everywhere();
    return about_table();
  }

  // VACUUM cannot be one transaction on several shards.
  Result<Plan> vacuum() {
    if (!sharded_.empty()) return refusal(sharded_);
    if (!broadcast_.empty()) return refusal(broadcast_);
    if (names_nothing() && input_.catalog->rules->shards.size() > 1) return vacuum_everything();
    return here();
  }

  // VACUUM, ANALYZE (VERBOSE): all words but those of options name tables.
  [[nodiscard]] bool names_nothing() const {
    parser::TokenIndex at = 1;
    if (at < all_tokens().end && token_text(query_, at) == "(") {
      while (at < all_tokens().end && token_text(query_, at) != ")") ++at;
      ++at;
    }
    const auto is_option = [](std::string_view word) {
      return word == "verbose" || word == "analyze" || word == "full" || word == "freeze";
    };
    while (at < all_tokens().end && is_option(word(at))) ++at;
    return at >= all_tokens().end;
  }

  const PlanInput& input_;
  const OtherStatement& other_;
  Query query_;
  const std::string_view sharded_;
  const std::string_view broadcast_;
};

}  // namespace

Result<Plan> plan_other(const PlanInput& input, const OtherStatement& other) {
  return OtherPlanner(input, other).run();
}

}  // namespace tessera::plan
