#pragma once
// The plan cache of one thread and one logical database: shape → plan. No lock: every thread has
// its own.
//
// A shape may have several plans, told apart by the values of the constants that decided them
// (ordinals) and by the search path. All of it is dropped when the catalog changes.

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
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
  std::string pinned_values;
  std::string search_path;
};

struct PlanRequest {
  std::string_view text;  // the whole message; the shape's spans point into it
  const parser::Shape* shape = nullptr;
  parser::ScanOptions options;
  const std::vector<std::string>* search_path = nullptr;
  const std::string* search_path_text = nullptr;
};

class PlanCache {
 public:
  explicit PlanCache(std::size_t plans_max) : plans_max_(plans_max) {}

  // The plan of the statement, made if it is not there. Errors: those of parse() and make_plan().
  [[nodiscard]] Result<std::shared_ptr<CachedPlan>> find_or_make(
      const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog);
  // The same if it is there; else null. Valid until another is made.
  [[nodiscard]] const std::shared_ptr<CachedPlan>* find(const PlanRequest& request,
                                                        const catalog::Catalog& catalog);
  // Is a statement of this shape known to be SQL?
  [[nodiscard]] bool knows(const parser::Fingerprint& shape) const {
    const auto found = entries_.find(shape);
    return found != entries_.end() && found->second.plans.front()->understood;
  }
  [[nodiscard]] std::uint64_t hits() const { return hits_; }
  [[nodiscard]] std::uint64_t misses() const { return misses_; }

 private:
  struct HashFingerprint {
    std::size_t operator()(const parser::Fingerprint& f) const { return f.low; }
  };
  struct Entry {
    std::vector<std::shared_ptr<CachedPlan>> plans;
    std::list<parser::Fingerprint>::iterator place;
  };

  void forget_all(std::uint64_t version);
  void forget_oldest();

  const std::size_t plans_max_;
  std::uint64_t version_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::unordered_map<parser::Fingerprint, Entry, HashFingerprint> entries_;
  std::list<parser::Fingerprint> order_;  // most recently used first
  Entry* latest_ = nullptr;               // the first of these
};

}  // namespace tessera::session
