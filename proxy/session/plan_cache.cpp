#include "proxy/session/plan_cache.h"

#include <algorithm>
#include <cstring>

#include "proxy/session/shared_plans.h"

namespace tessera::session {
namespace {

// More variants of one shape than this are not worth keeping apart.
constexpr std::size_t kVariantsMax = 64;
// An entry without its plans and its text: its nodes in the list and in the index.
constexpr std::size_t kEntryBytes = 192;
// So many entries are looked at for stale ones with each miss: little beside a parse.
constexpr int kStaleFreed = 64;

}  // namespace

PlanCache::PlanCache(std::size_t bytes_max, SharedPlans* shared)
    : bytes_max_(bytes_max), shared_(shared) {}

PlanCache::~PlanCache() = default;

// No canonical text has a zero byte.
PlanCache::Key PlanCache::key_with_lengths(const parser::Shape& shape, std::string& text) {
  text.assign(shape.canonical);
  std::uint64_t mixed = 0;
  for (const parser::Fold& fold : shape.folds) {
    char bytes[1 + sizeof fold.count] = {};
    std::memcpy(bytes + 1, &fold.count, sizeof fold.count);
    text.append(bytes, sizeof bytes);
    mixed = (mixed ^ fold.count) * 0x9e3779b97f4a7c15ULL;
  }
  return {{shape.fingerprint.low ^ mixed, shape.fingerprint.high}, text};
}

// This and find_in() are on each statement's way: they cost no call.
[[gnu::always_inline]] inline bool PlanCache::is_of(const Entry& entry, const Key& key) const {
  return entry.epoch == epoch_ && entry.fingerprint == key.fingerprint &&
         entry.canonical == key.canonical;
}

PlanCache::Entry* PlanCache::entry_of(const Key& key) const {
  const auto [first, last] = index_.equal_range(key.fingerprint);
  for (auto at = first; at != last; ++at) {
    if (is_of(*at->second, key)) return &*at->second;
  }
  return nullptr;
}

bool PlanCache::knows(const parser::Shape& shape) const {
  const Entry* entry = entry_of(key_of(shape));
  if (entry != nullptr && entry->plans.empty()) {
    std::string text;
    entry = entry_of(key_with_lengths(shape, text));
  }
  return entry != nullptr && entry->plans.front()->understood;
}

[[gnu::always_inline]] inline const std::shared_ptr<CachedPlan>* PlanCache::find_in(
    Entry& entry, const PlanRequest& request) {
  entry.used = true;
  for (const auto& cached : entry.plans) {
    if (!fits(*cached, request)) continue;
    ++hits_;
    return &cached;
  }
  return nullptr;
}

const std::shared_ptr<CachedPlan>* PlanCache::find(const PlanRequest& request,
                                                   const catalog::Catalog& catalog) {
  if (catalog.version != version_) {
    version_ = catalog.version;
    ++epoch_;
    stale_ = ring_.size();
    latest_ = nullptr;
  }
  const Key key = key_of(*request.shape);
  if (latest_ == nullptr || !is_of(*latest_, key)) {
    Entry* entry = entry_of(key);
    if (entry == nullptr) return nullptr;
    latest_ = entry;
  }
  const auto* found = find_in(*latest_, request);
  if (found != nullptr || !latest_->has_lengths) return found;
  Entry* entry = entry_of(key_with_lengths(*request.shape, lengths_text_));
  return entry == nullptr ? nullptr : find_in(*entry, request);
}

Result<std::shared_ptr<CachedPlan>> PlanCache::find_or_make(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  const std::shared_ptr<CachedPlan>* known = find(request, *catalog);
  if (known != nullptr) return *known;
  ++misses_;
  auto made = make(request, catalog);
  if (made) keep(*request.shape, *made);
  return made;
}

Result<std::shared_ptr<CachedPlan>> PlanCache::make(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  if (shared_ == nullptr) return make_cached_plan(request, catalog);
  auto made = shared_->find_or_make(request, catalog);
  if (!made) return made.error();
  auto own = std::make_shared<CachedPlan>(**made);
  own->origin = std::move(*made);
  return own;
}

void PlanCache::keep(const parser::Shape& shape, const std::shared_ptr<CachedPlan>& made) {
  free_stale();
  const Key key = key_of(shape);
  if (made->lengths.empty()) return add(entry_for(key, made->bytes), made);
  add(entry_for(key_with_lengths(shape, lengths_text_), made->bytes), made);
  // Last: the room for the plan may have been this one's.
  entry_for(key, 0).has_lengths = true;
}

// Room for `bytes` more is made for a new one.
PlanCache::Entry& PlanCache::entry_for(const Key& key, std::size_t bytes) {
  if (Entry* entry = entry_of(key)) return *entry;
  const std::size_t own = kEntryBytes + key.canonical.size();
  make_room(own + bytes);
  // Behind the hand: it comes here last.
  const auto place = ring_.insert(hand_, Entry{.fingerprint = key.fingerprint,
                                               .canonical = std::string(key.canonical),
                                               .plans = {},
                                               .bytes = own,
                                               .epoch = epoch_});
  if (hand_ == ring_.end()) hand_ = place;
  index_.emplace(key.fingerprint, place);
  bytes_ += own;
  return *place;
}

void PlanCache::add(Entry& entry, const std::shared_ptr<CachedPlan>& made) {
  if (entry.plans.size() >= kVariantsMax) {
    entry.bytes -= entry.plans.front()->bytes;
    bytes_ -= entry.plans.front()->bytes;
    entry.plans.erase(entry.plans.begin());
  }
  entry.plans.push_back(made);
  entry.bytes += made->bytes;
  bytes_ += made->bytes;
}

// Two laps at most: the first takes every mark away.
void PlanCache::make_room(std::size_t bytes) {
  while (!ring_.empty() && bytes_ + bytes > bytes_max_) {
    if (hand_->used && hand_->epoch == epoch_) {
      hand_->used = false;
      advance();
    } else {
      forget_at_hand();
    }
  }
}

void PlanCache::free_stale() {
  for (int looked = 0; looked < kStaleFreed && stale_ > 0; ++looked) {
    if (hand_->epoch == epoch_) {
      advance();
    } else {
      forget_at_hand();
    }
  }
}

void PlanCache::forget_at_hand() {
  const auto [first, last] = index_.equal_range(hand_->fingerprint);
  const auto at = std::find_if(first, last, [this](const auto& it) { return it.second == hand_; });
  index_.erase(at);
  bytes_ -= hand_->bytes;
  if (hand_->epoch != epoch_) --stale_;
  if (latest_ == &*hand_) latest_ = nullptr;
  hand_ = ring_.erase(hand_);
  if (hand_ == ring_.end()) hand_ = ring_.begin();
}

void PlanCache::advance() {
  ++hand_;
  if (hand_ == ring_.end()) hand_ = ring_.begin();
}

}  // namespace tessera::session
