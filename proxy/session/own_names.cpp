// PREPARE, EXECUTE and DEALLOCATE share their names with Parse, Bind and Close. On connections that
// sessions take turns on, statements have names of ours, and SQL sees none of them. The connection
// that a session of one server keeps is its own: what Parse makes there has the client's name, what
// was made before gets it when SQL names it, and a name that we do not know is the server's affair.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

std::string whole_text(const PreparedStatement& statement) {
  return statement.leading + statement.text + statement.trailing;
}

// A statement that is known by its own name must not be found under one of ours any more: its key
// is another.
void know_by_own_name(PreparedStatement& statement, bool own) {
  if (statement.own_name != own) statement.key = ~statement.key;
  statement.own_name = own;
}

}  // namespace

// The statement of that name; null: there is none.
std::shared_ptr<PreparedStatement> Session::named(const std::string& name) {
  const auto found = statements_.find(name);
  if (found != statements_.end()) return found->second;
  return kept_ && !name.empty() ? made_by_sql(name) : nullptr;
}

// What PREPARE may have made. It goes where PREPARE has gone, and the server says whether it is
// there.
std::shared_ptr<PreparedStatement> Session::made_by_sql(const std::string& name) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = name;
  statement->text = "PREPARE";
  statement->options = scan_options_;
  if (!parser::scan(statement->text, 0, scan_options_, statement->shape)) return nullptr;
  auto cached = plan_for(statement->text, statement->shape);
  if (!cached) return nullptr;
  statement->cached = *cached;
  statement->catalog_version = catalog()->version;
  statement->settings = parse_settings_;
  statement->search_path = search_path_text_;
  statement->own_name = true;
  statement->made_by_sql = true;
  return statement;
}

// The statement of the protocol that `cached` names, if the kept connection does not know it by its
// name yet.
std::shared_ptr<PreparedStatement> Session::unseen_by_sql(const CachedPlan& cached) const {
  if (cached.names_prepared.empty()) return nullptr;
  const auto found = statements_.find(cached.names_prepared);
  const bool unseen = found != statements_.end() && !found->second->own_name;
  return unseen ? found->second : nullptr;
}

// Prepares the statement on the channel. `asked`: the client waits for the answer.
void Session::put_own_name(PreparedStatement& statement, bool asked) {
  const exec::ParseScope scope = statement.cached ? scope_for(statement) : exec::ParseScope{};
  put_parse_scope(scope.before);
  wire::put_parse(channel_->conn().out(), statement.name, whole_text(statement), statement.types);
  owe({.kind = Owed::Kind::kParse, .swallow = !asked, .asked = &statement});
  put_parse_scope(scope.after);
  know_by_own_name(statement, true);
}

// The same for a simple query, with a Sync of its own: a Query is ignored behind a Parse that
// fails. If this one does, the Query says why. Errors: the connection's.
Task<Status> Session::tell_own_name(backend::ServerConn& conn, const CachedPlan& cached) {
  const auto statement = unseen_by_sql(cached);
  if (statement) {
    const exec::ParseScope scope = statement->cached ? scope_for(*statement) : exec::ParseScope{};
    conn.out() += scope.before;
    wire::put_parse(conn.out(), statement->name, whole_text(*statement), statement->types);
    conn.out() += scope.after;
    conn.put_sync();
    auto sent = co_await conn.flush();
    if (sent) sent = co_await conn.settle();
    if (conn.broken()) co_return errors::kept_connection_lost();
    if (!sent) co_return sent;
    bool taken = true;
    while (conn.owed() > 0) {
      auto frame = co_await conn.read();
      if (!frame) co_return errors::kept_connection_lost();
      taken = taken && frame->type != 'E';
    }
    know_by_own_name(*statement, taken);
  }
  const auto named = statements_.find(cached.deallocates);
  // From now on it is the server's affair.
  if (named != statements_.end() && named->second->own_name) statements_.erase(named);
  co_return Status{};
}

// Close of a statement that the kept connection has under the client's name; false: it has not.
Task<Result<bool>> Session::close_own_name(const std::string& name) {
  const auto found = statements_.find(name);
  const bool theirs = name.empty() || (found != statements_.end() && !found->second->own_name);
  txn::Participant* owner = transaction_->find(database_->catalog->rules->default_shard);
  if (theirs || owner == nullptr) co_return false;
  auto settled = co_await settle_open_parse();
  if (settled && !skip_until_sync_) settled = co_await use_channel(*owner);
  if (!settled) co_return settled.error();
  if (skip_until_sync_) co_return true;
  statements_.erase(name);
  wire::put_close(channel_->conn().out(), 'S', name);
  owe({.kind = Owed::Kind::kClose});
  co_return true;
}

// The server has not taken the name of `statement`, or (null) no connection is kept any more.
void Session::forget_own_names(const PreparedStatement* statement) {
  for (const auto& [name, one] : statements_) {
    if (statement == nullptr || one.get() == statement) know_by_own_name(*one, false);
  }
}

}  // namespace tessera::session
