// What a session keeps its connection for may end: UNLISTEN, DROP of a temporary table, the last
// advisory lock. Where the server's catalogs show that nothing is left, the connection goes and the
// session has others in turn again.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {
namespace {

// What is left, and all settings, with values where the session has changed them. Those that
// applications make up ("name.name") are not among them.
constexpr std::string_view kQuestion =
    "SELECT FROM pg_catalog.pg_listening_channels() UNION ALL "
    "SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql UNION ALL "
    "SELECT FROM pg_catalog.pg_cursors WHERE is_holdable UNION ALL "
    "SELECT FROM pg_catalog.pg_locks "
    "WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() UNION ALL "
    "SELECT FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::regclass "
    "AND refobjid = pg_catalog.pg_my_temp_schema() LIMIT 1;"
    "SELECT name, CASE source WHEN 'session' THEN pg_catalog.current_setting(name) END "
    "FROM pg_catalog.pg_settings UNION ALL "
    "SELECT 'role', NULLIF(pg_catalog.current_setting('role'), 'none')";

}  // namespace

// While the client is silent. Errors: the connection was lost, and what the session kept with it.
Task<Status> Session::let_go() {
  if (transaction_->in_block() || channel_ != nullptr) co_return Status{};
  may_let_go_ = false;
  if (hides_state_) co_return Status{};
  for (const auto& participant : transaction_->participants()) {
    if (!participant->pinned) continue;
    backend::SessionSettings settings = transaction_->settings;
    settings.erase("session characteristics");  // these are settings of other names
    auto ended = co_await has_ended(participant->conn(), settings);
    if (!ended) co_return ended.error();
    if (!*ended) continue;
    participant->pinned = false;
    if (kept_) transaction_->settings = settings;
    kept_ = false;
    forget_own_names(nullptr);
  }
  finish_statement();
  co_return Status{};
}

// Is nothing left of what `conn` was kept for? Then `settings`, those known before, are brought to
// where the server is. What that says unasked meanwhile is kept for the client.
Task<Result<bool>> Session::has_ended(backend::ServerConn& conn,
                                      backend::SessionSettings& settings) {
  conn.put_query(kQuestion);
  auto sent = co_await conn.flush();
  if (!sent) co_return errors::kept_connection_lost();
  bool ended = true;
  std::vector<std::optional<std::string_view>> values;
  while (conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) co_return errors::kept_connection_lost();
    ended = ended && frame->type != 'E';
    if (frame->type != 'D') continue;
    auto decoded = wire::decode_data_row(frame->body, values);
    ended = ended && decoded && values.size() == 2 && values[0];
    if (!ended) continue;
    const std::string name = fold(*values[0]);
    if (values[1]) settings.set(name, set_statement(name, *values[1]));
    if (!values[1]) settings.erase(name);
  }
  co_return ended;
}

}  // namespace tessera::session
