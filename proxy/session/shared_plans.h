#pragma once
// What the threads share of their plans: who misses a shape that another thread has planned, or is
// planning now, takes that plan. After a start or a change of the schema every thread misses every
// shape; each is then parsed once.
//
// Asked only on a miss, so its lock is on no statement's way but theirs. It keeps no plan alive: a
// plan is here as long as some thread's cache has it.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "proxy/session/cached_plan.h"

namespace tessera::session {

class SharedPlans {
 public:
  SharedPlans() = default;
  SharedPlans(const SharedPlans&) = delete;
  SharedPlans& operator=(const SharedPlans&) = delete;

  // The plan of the statement; blocks while another thread makes it. Errors: those of parse() and
  // make_plan().
  [[nodiscard]] Result<std::shared_ptr<const CachedPlan>> find_or_make(
      const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog);

  // How many plans were made, and how many were there already.
  [[nodiscard]] std::uint64_t made() const;
  [[nodiscard]] std::uint64_t found() const;

 private:
  using Made = std::shared_ptr<const CachedPlan>;
  struct HashFingerprint {
    std::size_t operator()(const parser::Fingerprint& f) const { return f.low; }
  };
  // One shape under one catalog.
  struct Item {
    const catalog::Catalog* catalog = nullptr;  // alive as long as one of the plans is
    std::string canonical;
    std::vector<std::weak_ptr<const CachedPlan>> plans;
    bool being_made = false;
  };
  class Making;

  [[nodiscard]] std::shared_ptr<Item> item_of(const parser::Shape& shape,
                                              const catalog::Catalog& catalog);
  [[nodiscard]] Made find(Item& item, const PlanRequest& request);
  void sweep();

  mutable std::mutex mutex_;
  std::condition_variable ended_;  // somebody has made a plan, or failed to
  std::unordered_multimap<parser::Fingerprint, std::shared_ptr<Item>, HashFingerprint> items_;
  std::size_t sweep_at_ = 256;  // so many items are looked through for those without a plan
  std::uint64_t made_ = 0;
  std::uint64_t found_ = 0;
};

}  // namespace tessera::session
