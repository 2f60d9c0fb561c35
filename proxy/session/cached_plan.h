#pragma once
// A plan with what the session knows of its statement, and what it is a plan for.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parser/parse.h"
#include "proxy/exec/request.h"
#include "proxy/plan/planner.h"

namespace tessera::session {

// What is kept beside a plan.
struct CachedPlan {
  std::shared_ptr<const plan::Plan> plan;
  std::shared_ptr<const exec::Described> described;  // filled by the first execution that needs it
  bool discards = false;           // DISCARD ALL, DEALLOCATE ALL: prepared statements are gone
  std::string deallocates;         // DEALLOCATE: that statement
  std::string names_prepared;      // a prepared statement that this one, as SQL, names
  bool copies = false;             // COPY, in whichever direction
  bool discards_settings = false;  // DISCARD ALL: the settings too
  bool understood = true;          // the grammar knows it; else it may not even be SQL
  bool short_way = false;   // on one shard it needs nothing but to be relayed (one_shard.cpp)
  bool values_only = true;  // its $n are parameters of Bind; in PREPARE and DDL they are not
  std::vector<std::uint32_t> pinned;  // constants whose values decided the plan
  std::string pinned_values;          // each as written, a zero byte behind it
  std::string search_path;
  // How long the statement's lists are, where it is a plan for these lengths only; else empty.
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint32_t> parameter_types;  // that Parse has declared; they decide `described`
  std::size_t bytes = 0;                       // of all this, about
  // The same as another thread may copy it, without `described`.
  std::shared_ptr<const CachedPlan> origin;
};

// A statement to be planned. What else changes its meaning stands in its shape: with
// standard_conforming_strings off '...' is a constant of another class.
struct PlanRequest {
  std::string_view text;  // the whole message; the shape's spans point into it
  const parser::Shape* shape = nullptr;
  parser::ScanOptions options;
  const std::vector<std::string>* search_path = nullptr;
  const std::string* search_path_text = nullptr;
  const std::vector<std::uint32_t>* parameter_types = nullptr;  // null: none are declared
};

// Are the constants that decided the plan written as they were then?
[[nodiscard]] bool has_pinned_values(const CachedPlan& cached, const PlanRequest& request);

// Are the lists as long as those that the plan was made for? It is one for no other length.
[[nodiscard]] bool has_lengths(const CachedPlan& cached, const PlanRequest& request);

// Are the parameters of the types that the plan was made for?
[[nodiscard]] bool has_types(const CachedPlan& cached, const PlanRequest& request);

// Is `cached`, of the request's shape and catalog, the plan for these constants and settings?
[[nodiscard]] inline bool fits(const CachedPlan& cached, const PlanRequest& request) {
  const bool typed = request.shape->parameter_max > 0;
  return cached.search_path == *request.search_path_text &&
         (!typed || has_types(cached, request)) &&
         (cached.lengths.empty() || has_lengths(cached, request)) &&
         (cached.pinned.empty() || has_pinned_values(cached, request));
}

// Parses and plans. Errors: those of parse() and make_plan().
[[nodiscard]] Result<std::shared_ptr<CachedPlan>> make_cached_plan(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog);

}  // namespace tessera::session
