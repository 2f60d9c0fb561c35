#include "proxy/plan/passes/plain.h"

#include <algorithm>
#include <set>

namespace tessera::plan {
namespace {

using Names = std::set<std::string_view>;

// They return rows, or may.
bool gives_rows(const Words& words) {
  static const Names kNames = {"select",  "with", "values", "table",  "show",
                               "explain", "call", "fetch",  "execute"};
  return kNames.contains(words[0]) || words[0] == "(" || words.has("returning");
}

// Of a schema only the functions matter here: which of them the catalog vouches for.
bool changes_functions(const Words& words) {
  static const Names kHiding = {"do", "call", "execute"};
  static const Names kObjects = {"function",  "procedure", "routine", "aggregate",
                                 "extension", "schema",    "owned",   "language"};
  const std::string_view first = words[0];
  if (kHiding.contains(first)) return true;
  if (first != "create" && first != "drop" && first != "alter") return false;
  return std::ranges::any_of(kObjects, [&](std::string_view word) { return words.has(word); });
}

bool keeps_rows(std::string_view first) {
  static const Names kNames = {"show",     "fetch",   "move",       "close",   "declare", "listen",
                               "unlisten", "prepare", "deallocate", "discard", "load"};
  return kNames.contains(first);
}

}  // namespace

bool is_query(const Words& words) {
  static const Names kNames = {"select", "insert", "update", "delete",
                               "merge",  "values", "table",  "with"};
  return kNames.contains(words[0]);
}

std::string_view prepared_name(const Words& words) {
  const bool creates = words[0] == "create";
  if (words[0] == "prepare" || words[0] == "execute") return words.name(1);
  if (words[0] != "explain" && !creates) return {};
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (words[at] == "execute" && (!creates || words[at - 1] == "as")) return words.name(at + 1);
  }
  return {};
}

bool is_session_statement(const Words& words) {
  static const Names kNames = {"begin", "start",     "commit",  "end", "rollback",
                               "abort", "savepoint", "release", "set", "reset"};
  return kNames.contains(words[0]) || (words[0] == "show" && words.name(1) == "tessera");
}

Plan plain_plan(const catalog::Catalog& catalog, const Words& words) {
  Plan out;
  out.route.kind = RouteSpec::Kind::kShard;
  out.route.shard = catalog.rules->default_shard;
  out.pins = keeps_state(words, *catalog.schema);
  out.pins_unseen = out.pins && keeps_unseen_state(words, *catalog.schema);
  out.lets_go = ends_state(words);
  const bool reads = !out.pins && only_reads(words, *catalog.schema);
  out.access = reads ? Access::kReplica : Access::kPrimary;
  out.writes = !reads && !keeps_rows(words[0]);
  out.returns_rows = gives_rows(words);
  out.ddl = changes_functions(words);
  return out;
}

}  // namespace tessera::plan
