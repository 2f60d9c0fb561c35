// Limits of time and number. Nothing here runs for a statement: Worker::watch_limits() looks at
// every session from time to time.

#include <algorithm>

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// How long a session that was told to end may take, to say so to a client that reads slowly, or to
// get rid of a server that does not answer.
constexpr std::chrono::seconds kEndPatience{5};

bool passed(std::chrono::milliseconds limit, Clock::time_point since, Clock::time_point now) {
  return limit.count() > 0 && now - since >= limit;
}

}  // namespace

void Session::watch_limits(Clock::time_point now) {
  if (limits_ == nullptr) return;
  if (ending_for_) return end_stubborn(now);
  const rules::SessionLimits& limits = *limits_;
  if (busy_ && passed(limits.transaction_max, transaction_since_, now))
    return end_for(errors::transaction_too_long(), now);
  if (obeying_) {
    if (timed_out_ || !passed(limits.query_max, since_, now)) return;
    timed_out_ = true;
    return cancel({});
  }
  if (!busy_ && passed(limits.idle_max, since_, now)) return end_for(errors::idle_too_long(), now);
  if (transaction_->in_block() && passed(limits.idle_in_transaction_max, since_, now))
    end_for(errors::idle_in_transaction_too_long(), now);
}

void Session::end_for(const Error& why, Clock::time_point now) {
  ending_for_ = std::make_unique<Ending>(Ending{why, now});
  transaction_->cancel();
  client_.stop_reading();
}

void Session::end_stubborn(Clock::time_point now) {
  if (now - ending_for_->since < kEndPatience) return;
  for (const auto& participant : transaction_->participants()) participant->conn().close();
  client_.close();
}

// What the client is told instead of `error`, a server's answer to our cancel request.
std::optional<Error> Session::timeout_for(const Error& error) const {
  if (!timed_out_ || error.sqlstate != "57014") return std::nullopt;
  return errors::statement_too_long();
}

// What a statement may wait for a connection. A wait cannot be cancelled, so it ends with the
// shortest limit that it counts for.
Clock::duration Session::waits_at_most() const {
  Clock::duration most = limits_->pool_wait_max;
  for (const auto limit : {limits_->query_max, limits_->transaction_max}) {
    if (limit.count() > 0) most = std::min<Clock::duration>(most, limit);
  }
  return most;
}

// PostgreSQL asks in this order, after the password.
Status Session::take_places(const std::string& user, const std::string& database) {
  House& house = worker_.house();
  if (!house.user_clients.enter(user, user_place_)) return errors::too_many_clients_of_role(user);
  if (!house.database_clients.enter(database, database_place_))
    return errors::too_many_clients_of_database(database);
  limits_ = &worker_.limits_for(user, database);
  return {};
}

}  // namespace tessera::session
