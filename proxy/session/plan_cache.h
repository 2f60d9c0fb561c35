#pragma once
// The plan cache of one thread and one logical database: shape → plan. No lock: every thread has
// its own; what one thread has planned the others copy (shared_plans.h).
//
// A hit compares the statement's canonical text, not only its hash. A shape may have several plans,
// told apart by the values of the constants that decided them (ordinals), by the search path and by
// the declared types of parameters. A plan that holds for lists of certain lengths only stands in
// an entry of its own for these; that of the shape says that there are such. When the catalog
// changes all of it is stale at once, and its memory comes back with the misses that follow.
// Bounded in bytes, by the CLOCK algorithm: whoever was not asked for since the hand passed last
// goes first.

#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "proxy/session/cached_plan.h"

namespace tessera::session {

class SharedPlans;

class PlanCache {
 public:
  // `shared` outlives the cache; null: no other thread is asked.
  explicit PlanCache(std::size_t bytes_max, SharedPlans* shared = nullptr);
  ~PlanCache();
  PlanCache(const PlanCache&) = delete;
  PlanCache& operator=(const PlanCache&) = delete;

  // The plan of the statement, made if it is not there. Errors: those of parse() and make_plan().
  [[nodiscard]] Result<std::shared_ptr<CachedPlan>> find_or_make(
      const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog);
  // The same if it is there; else null. Valid until another is made.
  [[nodiscard]] const std::shared_ptr<CachedPlan>* find(const PlanRequest& request,
                                                        const catalog::Catalog& catalog);
  // Is a statement of this shape known to be SQL?
  [[nodiscard]] bool knows(const parser::Shape& shape) const;

  [[nodiscard]] std::uint64_t hits() const { return hits_; }
  [[nodiscard]] std::uint64_t misses() const { return misses_; }
  // What the plans take, about, stale ones too. No more than the bound, but for a single shape that
  // is larger by itself.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct HashFingerprint {
    std::size_t operator()(const parser::Fingerprint& f) const { return f.low; }
  };
  // A shape, or a shape with lengths of its lists.
  struct Key {
    parser::Fingerprint fingerprint;
    std::string_view canonical;
  };
  // The plans of one key.
  struct Entry {
    parser::Fingerprint fingerprint;
    std::string canonical;
    std::vector<std::shared_ptr<CachedPlan>> plans;
    std::size_t bytes = 0;
    std::uint64_t epoch = 0;
    bool used = false;         // since the hand passed
    bool has_lengths = false;  // plans of this shape stand in entries for certain lengths
  };
  using Ring = std::list<Entry>;

  [[nodiscard]] static Key key_of(const parser::Shape& shape) {
    return {shape.fingerprint, shape.canonical};
  }
  // `text` holds the key's.
  [[nodiscard]] static Key key_with_lengths(const parser::Shape& shape, std::string& text);
  [[nodiscard]] bool is_of(const Entry& entry, const Key& key) const;
  [[nodiscard]] Entry* entry_of(const Key& key) const;
  [[nodiscard]] const std::shared_ptr<CachedPlan>* find_in(Entry& entry,
                                                           const PlanRequest& request);
  Entry& entry_for(const Key& key, std::size_t bytes);
  [[nodiscard]] Result<std::shared_ptr<CachedPlan>> make(
      const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog);
  void keep(const parser::Shape& shape, const std::shared_ptr<CachedPlan>& made);
  void add(Entry& entry, const std::shared_ptr<CachedPlan>& made);
  void make_room(std::size_t bytes);
  void free_stale();
  void forget_at_hand();
  void advance();

  const std::size_t bytes_max_;
  SharedPlans* const shared_;
  std::uint64_t version_ = 0;
  std::uint64_t epoch_ = 0;  // counts changes of the version
  std::size_t stale_ = 0;    // entries of earlier epochs
  std::size_t bytes_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  Ring ring_;
  Ring::iterator hand_ = ring_.end();
  // Shapes that collide stand side by side.
  std::unordered_multimap<parser::Fingerprint, Ring::iterator, HashFingerprint> index_;
  Entry* latest_ = nullptr;   // the shape's entry that was found last
  std::string lengths_text_;  // of the key that was asked for last
};

}  // namespace tessera::session
