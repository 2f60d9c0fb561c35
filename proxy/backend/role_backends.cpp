#include "proxy/backend/role_backends.h"

#include <algorithm>

namespace tessera::backend {
namespace {

constexpr std::chrono::seconds kSweepPause{1};

bool lacks_username(const rules::RuleSet& rules) {
  const auto nameless = [](const rules::DataSource& source) { return source.username.empty(); };
  return std::any_of(rules.shards.begin(), rules.shards.end(), [&](const rules::Shard& shard) {
    return nameless(shard.primary) ||
           std::any_of(shard.replicas.begin(), shard.replicas.end(), nameless);
  });
}

}  // namespace

RoleBackends::RoleBackends(Executor executor, std::shared_ptr<const rules::RuleSet> rules,
                           Endpoints& endpoints)
    : executor_(executor),
      by_role_(lacks_username(*rules)),
      common_(std::make_shared<Backends>(executor, std::move(rules), endpoints)),
      timer_(executor) {}

std::shared_ptr<Backends> RoleBackends::of(const std::string& role, const wire::Secret& secret) {
  if (!by_role_) return common_;
  auto& backends = roles_[role];
  if (backends) {
    backends->role()->learn(secret);
  } else {
    const auto made = std::make_shared<Role>(Role{role, secret});
    backends = std::make_shared<Backends>(executor_, *common_, made);
  }
  return backends;
}

void RoleBackends::for_each_pool(void (Pool::*act)()) {
  common_->for_each_own_pool(act);
  for (const auto& [role, backends] : roles_) backends->for_each_own_pool(act);
}

void RoleBackends::forget_unused_roles() {
  std::erase_if(roles_, [](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->idle() == 0;
  });
}

Task<> RoleBackends::run() {
  while (!stopped_) {
    timer_.expires_after(kSweepPause);
    boost::system::error_code woken;
    co_await timer_.async_wait(into(woken));
    for_each_pool(&Pool::sweep);
    forget_unused_roles();
  }
  for_each_pool(&Pool::close_idle);
}

}  // namespace tessera::backend
