// Whose limits count: the user's, else the database's, else the proxy's.

#include "rules/settings.h"

namespace tessera::rules {
namespace {

void note_shortest(std::chrono::milliseconds limit, std::chrono::milliseconds& shortest) {
  if (limit.count() > 0 && (shortest.count() == 0 || limit < shortest)) shortest = limit;
}

}  // namespace

void apply(const OwnLimits& own, SessionLimits& limits) {
  limits.pooling = own.pooling.value_or(limits.pooling);
  limits.pool_wait_max = own.pool_wait_max.value_or(limits.pool_wait_max);
  limits.query_max = own.query_max.value_or(limits.query_max);
  limits.transaction_max = own.transaction_max.value_or(limits.transaction_max);
  limits.idle_in_transaction_max =
      own.idle_in_transaction_max.value_or(limits.idle_in_transaction_max);
  limits.idle_max = own.idle_max.value_or(limits.idle_max);
}

SessionLimits limits_for(const ProxySettings& settings, const std::string& user,
                         const std::string& database) {
  SessionLimits limits = settings.limits;
  const auto of_database = settings.database_limits.find(database);
  if (of_database != settings.database_limits.end()) apply(of_database->second, limits);
  const auto of_user = settings.user_limits.find(user);
  if (of_user != settings.user_limits.end()) apply(of_user->second, limits);
  return limits;
}

std::chrono::milliseconds shortest_time_limit(const ProxySettings& settings) {
  std::chrono::milliseconds shortest{0};
  const auto note = [&shortest](const SessionLimits& limits) {
    note_shortest(limits.query_max, shortest);
    note_shortest(limits.transaction_max, shortest);
    note_shortest(limits.idle_in_transaction_max, shortest);
    note_shortest(limits.idle_max, shortest);
  };
  note(settings.limits);
  for (const auto* all : {&settings.user_limits, &settings.database_limits}) {
    for (const auto& [name, own] : *all) {
      SessionLimits limits;
      apply(own, limits);
      note(limits);
    }
  }
  return shortest;
}

}  // namespace tessera::rules
