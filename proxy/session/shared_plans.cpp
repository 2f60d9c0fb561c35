#include "proxy/session/shared_plans.h"

#include <algorithm>

namespace tessera::session {

// While it lives one thread makes the item's plan and holds no lock. Its end takes the lock again
// and wakes those who wait.
class SharedPlans::Making {
 public:
  Making(SharedPlans& plans, Item& item, std::unique_lock<std::mutex>& lock)
      : plans_(plans), item_(item), lock_(lock), first_(!item.being_made) {
    item_.being_made = true;
    lock_.unlock();
  }
  ~Making() {
    lock_.lock();
    if (!first_) return;
    item_.being_made = false;
    plans_.ended_.notify_all();
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

 private:
  SharedPlans& plans_;
  Item& item_;
  std::unique_lock<std::mutex>& lock_;
  const bool first_;
};

Result<std::shared_ptr<const CachedPlan>> SharedPlans::find_or_make(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Item> item = item_of(*request.shape, *catalog);
  Made known = find(*item, request);
  if (!known && item->being_made) {
    ended_.wait(lock, [&item] { return !item->being_made; });
    known = find(*item, request);
  }
  if (known) return known;
  // Who has waited in vain (an error, or other constants decide) works beside others that have.
  Result<std::shared_ptr<CachedPlan>> plan = Error{};
  {
    const Making making(*this, *item, lock);
    plan = make_cached_plan(request, catalog);
  }
  if (!plan) return plan.error();
  ++made_;
  item->plans.push_back(*plan);
  return Made(std::move(*plan));
}

std::shared_ptr<SharedPlans::Item> SharedPlans::item_of(const parser::Shape& shape,
                                                        const catalog::Catalog& catalog) {
  const auto [first, last] = items_.equal_range(shape.fingerprint);
  for (auto at = first; at != last; ++at) {
    if (at->second->catalog == &catalog && at->second->canonical == shape.canonical)
      return at->second;
  }
  if (items_.size() >= sweep_at_) sweep();
  auto item = std::make_shared<Item>();
  item->catalog = &catalog;
  item->canonical = shape.canonical;
  items_.emplace(shape.fingerprint, item);
  return item;
}

SharedPlans::Made SharedPlans::find(Item& item, const PlanRequest& request) {
  std::erase_if(item.plans, [](const auto& plan) { return plan.expired(); });
  for (const auto& each : item.plans) {
    Made plan = each.lock();
    if (!plan || !fits(*plan, request)) continue;
    ++found_;
    return plan;
  }
  return nullptr;
}

// Seldom enough that it costs each miss little: not before there are twice as many again.
void SharedPlans::sweep() {
  std::erase_if(items_, [](const auto& entry) {
    const Item& item = *entry.second;
    return entry.second.use_count() == 1 &&
           std::ranges::all_of(item.plans, [](const auto& plan) { return plan.expired(); });
  });
  sweep_at_ = std::max<std::size_t>(256, 2 * items_.size());
}

std::uint64_t SharedPlans::made() const {
  const std::scoped_lock lock(mutex_);
  return made_;
}

std::uint64_t SharedPlans::found() const {
  const std::scoped_lock lock(mutex_);
  return found_;
}

}  // namespace tessera::session
