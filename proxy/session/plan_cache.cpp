#include "proxy/session/plan_cache.h"

#include <algorithm>

namespace tessera::session {
namespace {

// More variants of one shape than this are not worth keeping apart.
constexpr std::size_t kVariantsMax = 64;

std::string pinned_values(const std::vector<std::uint32_t>& pinned, const PlanRequest& request) {
  std::string values;
  for (const std::uint32_t ordinal : pinned) {
    const parser::Constant& constant = request.shape->constants[ordinal];
    values.append(request.text.substr(constant.offset, constant.length));
    values.push_back('\0');
  }
  return values;
}

// Statements other than these may hide names in their constants (a DO block's body, a type
// modifier): each text is its own.
bool constants_are_only_values(const parser::Statement& statement) {
  const auto& node = statement.node;
  return std::holds_alternative<parser::Select*>(node) ||
         std::holds_alternative<parser::Insert*>(node) ||
         std::holds_alternative<parser::Update*>(node) ||
         std::holds_alternative<parser::Delete*>(node);
}

std::vector<std::uint32_t> all_constants(const parser::Shape& shape) {
  std::vector<std::uint32_t> all(shape.constants.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

// SELECT and DML.
bool is_short(const CachedPlan& cached) {
  const plan::Plan& plan = *cached.plan;
  return cached.values_only && !plan.ask_first && !plan.ddl && !plan.own_transaction &&
         !plan.transaction && !plan.set && !plan.show;
}

// DISCARD ALL, DEALLOCATE [PREPARE] ALL: a server forgets what we know it to have prepared.
bool discards_statements(const parser::OtherStatement& other) {
  if (other.first_word != "discard" && other.first_word != "deallocate") return false;
  return std::find(other.identifiers.begin(), other.identifiers.end(), "all") !=
         other.identifiers.end();
}

// In a database of one server nothing is parsed but what the session itself obeys. Null: it has to
// be.
std::shared_ptr<CachedPlan> make_plain(const PlanRequest& request,
                                       const std::shared_ptr<const catalog::Catalog>& catalog,
                                       bool session_too) {
  const parser::Shape& shape = *request.shape;
  plan::PlainPlan made =
      plan::make_plain_plan({.text = request.text.substr(shape.begin, shape.end - shape.begin),
                             .options = request.options,
                             .catalog = catalog,
                             .session_too = session_too});
  if (!made.plan) return nullptr;
  auto cached = std::make_shared<CachedPlan>();
  cached->plan = std::move(made.plan);
  cached->values_only = made.takes_parameters;
  cached->short_way = made.query;
  cached->discards = made.forgets_statements;
  cached->discards_settings = made.forgets_settings;
  cached->deallocates = std::move(made.forgets_one);
  cached->names_prepared = std::move(made.names_prepared);
  cached->copies = made.copies;
  cached->search_path = *request.search_path_text;
  return cached;
}

Result<std::shared_ptr<CachedPlan>> make(const PlanRequest& request,
                                         const std::shared_ptr<const catalog::Catalog>& catalog) {
  const bool plain = catalog->rules->is_plain();
  if (plain) {
    auto cached = make_plain(request, catalog, false);
    if (cached) return cached;
  }
  auto parsed = parser::parse(request.text, *request.shape, request.options);
  if (!parsed) return parsed.error();
  const bool known = !std::holds_alternative<parser::OtherStatement*>(parsed->statement().node);
  if (plain && !known) return make_plain(request, catalog, true);
  plan::PlanInput input{
      .parsed = &*parsed, .catalog = catalog, .search_path = *request.search_path};
  auto plan = plan::make_plan(input);
  if (!plan) return plan.error();
  auto cached = std::make_shared<CachedPlan>();
  cached->plan = *plan;
  const bool values_only = constants_are_only_values(parsed->statement());
  cached->values_only = values_only;
  cached->pinned = values_only ? (*plan)->pinned_constants : all_constants(*request.shape);
  cached->pinned_values = pinned_values(cached->pinned, request);
  cached->search_path = *request.search_path_text;
  const auto* other = std::get_if<parser::OtherStatement*>(&parsed->statement().node);
  cached->understood = other == nullptr || (*other)->understood;
  cached->discards = other != nullptr && discards_statements(**other);
  cached->short_way = is_short(*cached);
  if (other != nullptr && (*other)->first_word == "deallocate" && !cached->discards &&
      !(*other)->identifiers.empty())
    cached->deallocates = (*other)->identifiers.back();
  cached->copies = std::holds_alternative<parser::Copy*>(parsed->statement().node);
  cached->discards_settings = cached->discards && (*other)->first_word == "discard";
  return cached;
}

}  // namespace

const std::shared_ptr<CachedPlan>* PlanCache::find(const PlanRequest& request,
                                                   const catalog::Catalog& catalog) {
  if (catalog.version != version_) forget_all(catalog.version);
  const parser::Fingerprint& shape = request.shape->fingerprint;
  if (latest_ == nullptr || order_.front() != shape) {
    const auto found = entries_.find(shape);
    if (found == entries_.end()) return nullptr;
    latest_ = &found->second;
    order_.splice(order_.begin(), order_, latest_->place);
  }
  for (const auto& cached : latest_->plans) {
    if (cached->search_path != *request.search_path_text) continue;
    if (!cached->pinned.empty() && cached->pinned_values != pinned_values(cached->pinned, request))
      continue;
    ++hits_;
    return &cached;
  }
  return nullptr;
}

Result<std::shared_ptr<CachedPlan>> PlanCache::find_or_make(
    const PlanRequest& request, const std::shared_ptr<const catalog::Catalog>& catalog) {
  const std::shared_ptr<CachedPlan>* known = find(request, *catalog);
  if (known != nullptr) return *known;
  ++misses_;
  auto made = make(request, catalog);
  if (!made) return made;
  const parser::Fingerprint& shape = request.shape->fingerprint;
  if (!entries_.contains(shape) && entries_.size() >= plans_max_) forget_oldest();
  auto [place, inserted] = entries_.try_emplace(shape);
  if (inserted) {
    order_.push_front(shape);
    place->second.place = order_.begin();
    latest_ = &place->second;
  }
  auto& plans = place->second.plans;
  if (plans.size() >= kVariantsMax) plans.erase(plans.begin());
  plans.push_back(*made);
  return made;
}

void PlanCache::forget_all(std::uint64_t version) {
  latest_ = nullptr;
  entries_.clear();
  order_.clear();
  version_ = version;
}

void PlanCache::forget_oldest() {
  latest_ = nullptr;
  entries_.erase(order_.back());
  order_.pop_back();
}

}  // namespace tessera::session
