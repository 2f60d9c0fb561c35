// Databases of one server: whole messages go there as they came. A session of such a database that
// has left something in its server session keeps that connection, and is then what it would be
// without a proxy: the server alone knows its settings and its transaction.

#include <algorithm>

#include "proxy/session/errors.h"
#include "proxy/session/publisher.h"
#include "proxy/session/session.h"

namespace tessera::session {

// What the statements of a simple message are.
struct Session::Message {
  std::size_t statements = 0;
  std::size_t settings = 0;      // SET and RESET among them
  std::size_t transactions = 0;  // BEGIN, COMMIT ...
  bool readable = true;          // false: it has no end, PostgreSQL says how it fails
  std::size_t resets = 0;        // RESET ALL among the settings
  bool pins = false;
  bool pins_unseen = false;
  bool lets_go = false;
  bool ddl = false;
  bool previews = false;
  backend::SessionSettings restored;     // startup parameters that RESET is to bring back
  std::shared_ptr<CachedPlan> discards;  // DISCARD ALL, DEALLOCATE ALL
  std::vector<std::shared_ptr<CachedPlan>> naming;  // prepared statements
};

Session::Message Session::judge(std::string_view text) {
  Message message;
  parser::Shape& shape = simple_.shape;
  for (std::uint32_t from = 0; from < text.size(); from = shape.next) {
    auto scanned = parser::scan(text, from, scan_options_, shape);
    auto cached = Result<std::shared_ptr<CachedPlan>>(nullptr);
    if (scanned && shape.begin != shape.end) cached = plan_for(text, shape);
    message.readable = scanned && cached;
    if (!message.readable) break;
    if (*cached == nullptr) continue;
    const plan::Plan& plan = *(*cached)->plan;
    ++message.statements;
    message.settings += plan.set ? 1 : 0;
    message.transactions += plan.transaction ? 1 : 0;
    message.pins = message.pins || plan.pins;
    message.pins_unseen = message.pins_unseen || plan.pins_unseen;
    message.lets_go = message.lets_go || plan.lets_go;
    message.ddl = message.ddl || plan.ddl;
    message.previews = message.previews || is_preview(shape) || is_reload(shape);
    if ((*cached)->discards) message.discards = *cached;
    if (!(*cached)->names_prepared.empty()) message.naming.push_back(*cached);
    if ((*cached)->discards_settings) message.restored = startup_settings_;
    if (plan.set) note_reset(*plan.set, message);
  }
  return message;
}

// To its server connection a session's startup parameters are settings like others, so RESET takes
// them away: they have to be set again.
void Session::note_reset(const plan::SetPlan& set, Message& message) const {
  using Kind = parser::SetStatement::Kind;
  if (set.kind == Kind::kResetAll) message.restored = startup_settings_;
  if (set.kind == Kind::kResetAll) ++message.resets;
  // No catalog shows it.
  if (set.name.find('.') != std::string::npos) message.pins_unseen = true;
  if (set.kind == Kind::kSet && !set.local) message.restored.erase(set.name);
  const std::string* at_startup = startup_settings_.find(set.name);
  if (set.kind == Kind::kReset && at_startup != nullptr)
    message.restored.set(set.name, *at_startup);
}

// The client hears of the parameters that change by it, and nothing else.
Task<Status> Session::restore_startup(backend::ServerConn& conn, std::string sql) {
  conn.put_query(sql);
  auto sent = co_await conn.flush();
  while (sent && conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) co_return errors::kept_connection_lost();
    if (frame->type == 'S') client_.out().append(frame->bytes);
  }
  co_return sent;
}

// One statement of a session that may change its connection is obeyed as in any database, because
// what SET and BEGIN say must be known for the next connection; so are several SET.
Task<Status> Session::obey_plain(std::string_view whole_frame, bool& any) {
  const Message message = judge(query_text_);
  const bool own_business = message.statements == 1 || message.settings == message.statements;
  const bool shows_route = message.statements == 1 &&
                           (message.previews || query_text_.find("tessera.") != std::string::npos);
  if (message.readable && own_business && (!kept_ || shows_route || message.statements == 0)) {
    auto obeyed = co_await obey_each(whole_frame, any);
    co_return obeyed;
  }
  any = true;
  auto relayed = co_await relay_message(message, whole_frame);
  co_return relayed;
}

// Several statements, or one of a session that keeps its connection: the server splits the message
// and has its own rules for the transaction that is around it.
Task<Status> Session::relay_message(const Message& message, std::string_view whole_frame) {
  const rules::ShardIndex shard = database_->catalog->rules->default_shard;
  const bool in_block = transaction_->in_block();
  // What RESET ALL leaves is known, if it cannot be undone.
  const bool resets = message.resets == message.settings && !in_block && message.transactions == 0;
  const bool keeps = message.pins || !message.naming.empty() ||
                     (message.settings > 0 && (!resets || kept_)) ||
                     (in_block && message.transactions > 0);
  const bool unseen = message.pins_unseen || (message.resets > 0 && !resets);
  if (keeps) transaction_->join_home(shard);
  auto joined = co_await transaction_->join(shard, backend::Side::kPrimary, wait_deadline());
  if (!joined) co_return joined.error();
  txn::Participant& participant = **joined;
  participant.wrote = true;
  if (keeps) keep_connection(participant, unseen);
  if (message.lets_go && participant.pinned) may_let_go_ = true;
  backend::ServerConn& conn = participant.conn();
  auto failed = co_await fail_block(conn);
  if (!failed) co_return failed;
  if (kept_) {
    for (const auto& cached : message.naming) {
      auto told = co_await tell_own_name(conn, *cached);
      if (!told) co_return told;
    }
  }
  conn.put_query_frame(whole_frame);
  Reply reply;
  const std::string restoring = message.restored.difference_from({});
  auto relayed = co_await relay(conn, restoring.empty(), reply);
  if (relayed && !restoring.empty() && !reply.failed && !reply.lost)
    relayed = co_await restore_startup(conn, restoring);
  if (!relayed) co_return relayed;
  settle_reply(conn, reply);
  // What the block's savepoints are is known to the server only.
  if (!in_block && conn.status() != wire::TxnStatus::kIdle) keep_connection(participant, false);
  if (kept_) follow_server(conn);
  if (reply.lost) co_return *reply.lost;
  pipeline_failed_ = reply.failed;
  ready_given_ = restoring.empty();
  if (resets && message.resets > 0 && !reply.failed) {
    conn.applied = startup_settings_;
    transaction_->settings = startup_settings_;
  }
  if (message.discards && !reply.failed) forget_session_state(conn, *message.discards);
  if (message.ddl) touch_schema();
  co_return Status{};
}

// Nothing is routed by the schema here: it may be read again later.
void Session::touch_schema() {
  worker_.house().publisher->touch(database_->catalog->rules->database);
}

// Returns when the client has said something or gone. Until then, what the kept connection says
// unasked (NotificationResponse, a changed parameter, that it is being terminated) goes to the
// client at once.
Task<Status> Session::await_client() {
  while (const auto conn = transaction_->pinned()) {
    if (!client_.silent()) co_return Status{};
    if (conn->buffered().empty() && conn->silent()) {
      Wait wait;
      wait.until_readable(client_.watch());
      wait.until_readable(conn->watch());
      co_await wait;
      if (wait.ended_by(client_.watch())) co_return Status{};
      if (conn->silent()) continue;
    }
    auto relayed = co_await relay_unasked(*conn);
    if (!relayed) co_return relayed;
  }
  co_return Status{};
}

// What has arrived, frame by frame.
Task<Status> Session::relay_unasked(backend::ServerConn& conn) {
  if (conn.buffered().empty()) {
    auto filled = co_await conn.fill();
    if (!filled) co_return errors::kept_connection_lost();
  }
  while (!conn.buffered().empty()) {
    auto frame = co_await conn.read();
    if (!frame) co_return errors::kept_connection_lost();
    if (frame->type == 'E') {
      const wire::Frame last = *frame;
      auto over = co_await end_with(conn, last);
      co_return over;
    }
    if (frame->type != 'A') client_.out().append(frame->bytes);
  }
  give_unasked();
  auto flushed = co_await client_.flush();
  co_return flushed;
}

// Notifications that came among what is not relayed.
void Session::give_unasked() {
  for (const auto& participant : transaction_->participants()) {
    client_.out().append(participant->conn().unasked);
    participant->conn().unasked.clear();
  }
}

bool Session::keeps(const backend::ServerConn& conn) const {
  const auto& all = transaction_->participants();
  return std::any_of(all.begin(), all.end(), [&conn](const auto& participant) {
    return participant->pinned && &participant->conn() == &conn;
  });
}

// The session ends with a connection that it keeps, and hears why in the server's own words.
Task<Status> Session::end_with(backend::ServerConn& conn, const wire::Frame& last_words) {
  client_.out().append(last_words.bytes);
  auto told = co_await client_.flush();
  conn.close();
  if (!told) co_return told;
  co_return errors::client_closed();
}

void Session::keep_connection(txn::Participant& participant, bool unseen) {
  participant.pinned = true;
  hides_state_ = hides_state_ || unseen;
  participant.conn().taint();
  kept_ = plain_;
}

void Session::follow_server(backend::ServerConn& conn) {
  if (conn.broken() || transaction_->state() == txn::State::kImplicit) return;
  transaction_->follow(conn.status());
}

// An error of ours has failed the client's block, and its server, which does not know that, is
// about to judge statements by itself.
Task<Status> Session::fail_block(backend::ServerConn& conn) {
  const bool knows = conn.status() == wire::TxnStatus::kFailed;
  if (knows || conn.broken() || transaction_->state() != txn::State::kFailed) co_return Status{};
  conn.put_query(R"(ROLLBACK TO SAVEPOINT "an error of the client's")");
  auto sent = co_await conn.flush();
  while (sent && conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) sent = frame.error();
  }
  if (!sent && kept_) co_return errors::kept_connection_lost();
  co_return sent;
}

// COMMIT and its like where one connection has the whole block: the server's own answer is given,
// with the notices and changed parameters that belong to it. Errors: the connection's.
Task<Status> Session::relay_transaction(PlannedStatement& statement, txn::Participant& only) {
  using Kind = parser::TransactionStatement::Kind;
  const plan::TransactionPlan& plan = *statement.plan().transaction;
  const std::string name = parser::quote_identifier(plan.name);
  const bool commits = plan.kind == Kind::kCommit && transaction_->state() == txn::State::kInBlock;
  const bool ends = plan.kind == Kind::kCommit || plan.kind == Kind::kRollback;
  const std::uint64_t portals_before = transaction_->mark_of(name);
  backend::ServerConn& conn = only.conn();
  conn.put_query(statement.text);
  Reply reply;
  auto relayed = co_await relay(conn, false, reply);
  if (!relayed) co_return relayed;
  settle_reply(conn, reply);
  if (reply.lost) {
    Error lost = *reply.lost;
    // Nobody knows whether it was committed.
    if (commits && only.wrote && lost.sqlstate == "08006") lost.sqlstate = "08007";
    if (ends) transaction_->ended(false);
    co_return lost;
  }
  pipeline_failed_ = reply.failed;
  if (ends && (!reply.failed || conn.status() == wire::TxnStatus::kIdle)) {
    transaction_->ended(commits && !reply.failed);
    auto over = co_await after_block();
    co_return over;
  }
  if (reply.failed) co_return Status{};
  if (plan.kind == Kind::kSavepoint) transaction_->saved(name, portals_made_);
  if (plan.kind == Kind::kRelease) transaction_->released(name);
  if (plan.kind == Kind::kRollbackTo) {
    transaction_->rolled_back_to(name);
    std::erase_if(portals_, [portals_before](const auto& entry) {
      return entry.second->number > portals_before;
    });
    block_stale_ = schema_changed_ && !plain_;  // DDL behind the savepoint is gone
  }
  co_return Status{};
}

}  // namespace tessera::session
