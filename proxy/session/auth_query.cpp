#include "proxy/session/auth_query.h"

#include "base/log.h"
#include "proxy/session/errors.h"

namespace tessera::session {
namespace {

constexpr std::size_t kKnownMax = 10'000;
// One who guesses makes no query for each guess.
constexpr std::chrono::seconds kForgetAfter{1};
constexpr std::chrono::seconds kSweepPause{1};

rules::DataSource without_reserve(rules::DataSource source) {
  source.pool_min = 0;
  return source;
}

// `row` has the user's name and password. NULL for a password: none lets the user in. Null: it is
// about somebody else.
Result<AccountPtr> account_of(std::string_view row, const std::string& user,
                              const rules::AuthQuery& settings) {
  std::vector<std::optional<std::string_view>> values;
  const Status decoded = wire::decode_data_row(row, values);
  if (!decoded) return decoded.error();
  if (values.size() < 2) {
    return Error{.sqlstate = "F0000", .message = "authQuery gives no name and password"};
  }
  if (!values[0] || *values[0] != user) return AccountPtr();
  auto account = std::make_shared<Account>();
  account->name = user;
  account->password = wire::stored_password(values[1].value_or(""));
  account->databases = settings.databases;
  return AccountPtr(std::move(account));
}

}  // namespace

AuthQuery::AuthQuery(Executor executor, rules::AuthQuery settings, backend::Budget& budget)
    : executor_(executor),
      settings_(std::move(settings)),
      pool_(executor, without_reserve(settings_.source), {.primary = false}, budget),
      timer_(executor) {}

Task<Result<AccountPtr>> AuthQuery::find(std::string user, Deadline deadline) {
  const auto known = known_.find(user);
  if (known != known_.end() && Clock::now() < known->second.until) co_return known->second.account;
  auto asked = co_await ask(user, deadline);
  if (!asked) {
    log::warn("authQuery: the password of a user could not be looked up: {} ({})",
              asked.error().message, asked.error().detail);
    co_return errors::no_passwords();
  }
  remember(user, *asked);
  co_return *asked;
}

void AuthQuery::remember(const std::string& user, const AccountPtr& account) {
  const auto now = Clock::now();
  if (settings_.cache_max.count() == 0) return;
  if (known_.size() >= kKnownMax) {
    std::erase_if(known_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  // Names that somebody makes up must not cost memory without end.
  if (known_.size() >= kKnownMax) known_.clear();
  known_.insert_or_assign(user, Known{account, now, now + settings_.cache_max});
}

void AuthQuery::forget(const std::string& user) {
  const auto known = known_.find(user);
  if (known == known_.end() || Clock::now() - known->second.since < kForgetAfter) return;
  known_.erase(known);
}

Task<Result<AccountPtr>> AuthQuery::ask(std::string user, Deadline deadline) {
  auto lease = co_await pool_.lease(deadline);
  if (!lease) co_return lease.error();
  Timer timer(executor_);
  timer.expires_at(deadline);
  const std::weak_ptr<backend::ServerConn> weak = lease->conn();
  timer.async_wait([weak](boost::system::error_code error) {
    const auto alive = weak.lock();
    if (!error && alive) alive->close();
  });
  auto account = co_await read_account(**lease, user);
  timer.cancel();
  co_return account;
}

Task<Result<AccountPtr>> AuthQuery::read_account(backend::ServerConn& conn,
                                                 const std::string& user) {
  wire::put_parse(conn.out(), "", settings_.query, {});
  wire::BindMessage bind;
  bind.parameters.emplace_back(user);
  wire::put_bind(conn.out(), bind);
  wire::put_execute(conn.out(), "", 0);
  conn.put_sync();
  auto sent = co_await conn.flush();
  if (!sent) co_return sent.error();
  Result<AccountPtr> account{AccountPtr()};
  while (conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E') account = wire::decode_error(frame->body);
    if (frame->type == 'D' && account) account = account_of(frame->body, user, settings_);
  }
  co_return account;
}

Task<> AuthQuery::run() {
  while (!stopped_) {
    timer_.expires_after(kSweepPause);
    boost::system::error_code woken;
    co_await timer_.async_wait(into(woken));
    pool_.sweep();
  }
  pool_.close_idle();
}

void AuthQuery::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace tessera::session
