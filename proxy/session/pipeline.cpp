// Messages of a pipeline on their way to server connections, and the replies that are owed for
// them.

#include <algorithm>

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// Past this the pipeline is drained, so that neither side fills the other's buffers while it waits.
constexpr std::size_t kOutMax = 128 * 1024;
// An odd number without a pattern (the golden ratio's), for mixing hashes.
constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15ULL;
// To ask for it fails.
constexpr std::string_view kNoStatement = "the client's message was in error";

}  // namespace

void Session::owe(Owed owed) {
  if (owed.swallow || owed.asked != nullptr || owed.bound != nullptr ||
      owed.kind == Owed::Kind::kLocal)
    ++owed_special_;
  owed_.push_back(owed);
}

// Makes `participant` the connection that the next messages go to, if nothing must be drained
// first.
bool Session::take_channel(txn::Participant& participant) {
  const bool full = participant.conn().out().size() > kOutMax;
  if ((channel_ != nullptr && channel_ != &participant && !owed_.empty()) || full) return false;
  channel_ = &participant;
  return true;
}

Task<Status> Session::use_channel(txn::Participant& participant) {
  if (take_channel(participant)) co_return Status{};
  auto drained = co_await drain_pipeline();
  if (!drained) co_return drained;
  channel_ = &participant;
  co_return Status{};
}

// Gives the client everything that is owed so far.
Task<Status> Session::drain_pipeline(bool sync) {
  if (owed_.empty()) co_return Status{};
  if (channel_ != nullptr && owed_.size() > owed_special_local()) {
    backend::ServerConn& conn = channel_->conn();
    if (sync) conn.put_sync();
    if (!sync) conn.put_flush();
    auto sent = co_await conn.flush();
    if (sent) sent = co_await conn.settle();
    if (!sent) {
      owed_.clear();
      owed_special_ = 0;
      auto failed = co_await fail_pipeline(sent.error());
      co_return failed;
    }
    auto relayed = co_await relay_owed(conn);
    co_return relayed;
  }
  for (const Owed& owed : owed_) wire::put_empty(client_.out(), owed.local);
  owed_.clear();
  owed_special_ = 0;
  co_return Status{};
}

// The same, with the Parse that no server has seen yet.
Task<Status> Session::drain_all() {
  auto settled = co_await settle_open_parse();
  if (settled) settled = co_await drain_pipeline();
  co_return settled;
}

std::size_t Session::owed_special_local() const {
  std::size_t local = 0;
  for (const Owed& owed : owed_) local += owed.kind == Owed::Kind::kLocal ? 1 : 0;
  return local;
}

void Session::forget_failed_parses(backend::ServerConn& conn, std::size_t from) {
  for (std::size_t i = from; i < owed_.size(); ++i) {
    if (owed_[i].kind != Owed::Kind::kParse) continue;
    conn.prepared.forget(owed_[i].key);
    conn.unnamed_key = 0;
  }
}

namespace {

// Does a frame of `type` complete the reply to a message of `kind`?
bool completes(Owed::Kind kind, char type) {
  switch (kind) {
    case Owed::Kind::kParse:
      return type == '1';
    case Owed::Kind::kBind:
      return type == '2';
    case Owed::Kind::kDescribe:
      return type == 'T' || type == 'n';
    case Owed::Kind::kExecute:
      return type == 'C' || type == 'I' || type == 's';
    case Owed::Kind::kClose:
      return type == '3';
    case Owed::Kind::kLocal:
      return false;
  }
  return false;
}

}  // namespace

// Reads the replies that are owed, one frame at a time, and gives them to the client in the order
// of its messages: ours are swallowed, our own answers put between. An error ends the pipeline.
Task<Status> Session::relay_owed(backend::ServerConn& conn) {
  std::size_t at = 0;
  while (true) {
    for (; at < owed_.size() && owed_[at].kind == Owed::Kind::kLocal; ++at) {
      wire::put_empty(client_.out(), owed_[at].local);
    }
    if (at == owed_.size()) break;
    if (copy_.active) {
      auto fed = co_await feed_copy(conn);
      if (!fed) co_return fed;
    }
    auto frame = co_await conn.read();
    if (!frame) {
      forget_failed_parses(conn, at);
      owed_.clear();
      owed_special_ = 0;
      auto failed = co_await fail_pipeline(frame.error());
      if (failed) failed = co_await end_copy(conn);
      co_return failed;
    }
    if (frame->type == 'E') {
      Error error = wire::decode_error(frame->body);
      if (error.fatal && keeps(conn)) {
        const wire::Frame last = *frame;
        auto over = co_await end_with(conn, last);
        co_return over;
      }
      note_error(error);
      const bool stale = errors::plan_is_stale(error);
      const bool heals = stale && may_heal();
      forget_failed_parses(conn, at);
      if (stale) conn.expire_prepared();
      if (heals) {
        want_repetition(false);
        co_return Status{};
      }
      translate(error);
      failed_conn_ = &conn;
      for (std::size_t i = at; i < owed_.size(); ++i) {
        if (owed_[i].asked != nullptr && !owed_[i].swallow) drop_statement(owed_[i].asked);
        if (owed_[i].asked != nullptr && owed_[i].swallow) forget_own_names(owed_[i].asked);
        if (owed_[i].bound != nullptr) drop_portal(owed_[i].bound);
      }
      owed_.clear();
      owed_special_ = 0;
      auto failed = co_await fail_pipeline(error);
      if (failed) failed = co_await end_copy(conn);
      co_return failed;
    }
    const bool swallow = (owed_[at].swallow && frame->type != 'S') || frame->type == 'A';
    if (!swallow) {
      const std::size_t before = client_.out().size();
      client_.out().append(frame->bytes);
      if (const auto* numbers = numbers_of(conn); numbers != nullptr)
        exec::show_numbers(*numbers, client_.out(), before);
    }
    if (frame->type == 'G') {
      auto flushed = co_await client_.flush();
      if (!flushed) co_return flushed;
      begin_copy(true);
    }
    if (completes(owed_[at].kind, frame->type)) ++at;
    auto flushed = co_await client_.flush_if_large();
    if (!flushed) co_return flushed;
  }
  give_unasked();
  owed_.clear();
  owed_special_ = 0;
  co_return Status{};
}

// Sends the client's Parse to a server, if no Bind has done so: the client waits for its verdict.
Task<Status> Session::settle_open_parse() {
  if (!open_parse_) co_return Status{};
  const std::shared_ptr<PreparedStatement> statement = open_parse_;
  const plan::Target target = describing_target(statement->plan());
  auto joined = co_await join_pipeline(statement->plan(), target.shard);
  if (!joined) {
    open_parse_.reset();
    auto failed = co_await fail_pipeline(joined.error());
    co_return failed;
  }
  auto used = co_await use_channel(**joined);
  if (!used || skip_until_sync_) co_return used;
  std::string server_name;
  put_statement(statement, target, server_name);
  co_return Status{};
}

// Where a statement is described, before its values are known: any place where it may run.
plan::Target Session::describing_target(const plan::Plan& plan) const {
  plan::Target target;
  target.nodes.assign(plan.slots, 0);
  target.shard = plan.route.shard;
  const auto& participants = transaction_->participants();
  const bool anywhere = plan.route.kind == plan::RouteSpec::Kind::kAnyShard ||
                        plan.route.kind == plan::RouteSpec::Kind::kAllShards;
  if (anywhere && !participants.empty()) target.shard = participants.front()->shard;
  if (plan.route.kind == plan::RouteSpec::Kind::kSharded && plan.slots > 0) {
    target.shard = plan.slot_tables.front()->nodes.front().shard;
  }
  return target;
}

// Of the statement on a server: the same text, types, settings and schema have the same key.
std::uint64_t Session::server_key(const PreparedStatement& statement,
                                  const plan::Target& target) const {
  std::uint64_t key = statement.key ^ (statement.settings->fingerprint() * kMix) ^
                      transaction_->settings.fingerprint();
  // What another schema knew may be stale.
  key = (key ^ statement.catalog_version) * kMix;
  const plan::Plan& plan = statement.plan();
  if (plan.rename.empty()) return key;
  for (std::size_t slot = 0; slot < plan.slot_tables.size(); ++slot) {
    const std::string& table = plan.slot_tables[slot]->nodes[target.nodes[slot]].table;
    key = (key ^ std::hash<std::string>{}(table)) * kMix;
  }
  return key;
}

// The statement's text with the names of its actual tables.
std::string Session::rendered(PlannedStatement& statement, const plan::Target& target) {
  const plan::SlotNames names = plan::slot_names(statement.plan(), target);
  return plan::render({.text = statement.text, .tokens = &statement.all_tokens(), .tables = &names},
                      statement.plan().rename);
}

// Makes sure that the channel has `statement` prepared, under `server_name`.
void Session::put_statement(const std::shared_ptr<PreparedStatement>& prepared,
                            const plan::Target& target, std::string& server_name) {
  PreparedStatement& statement = *prepared;
  const plan::Plan& plan = statement.plan();
  backend::ServerConn& conn = channel_->conn();
  const bool asked = open_parse_.get() == &statement;
  if (asked) open_parse_.reset();
  if (kept_) {
    const auto unseen = unseen_by_sql(*statement.cached);
    if (unseen && unseen != prepared) put_own_name(*unseen, false);
    if (asked && !statement.name.empty()) put_own_name(statement, true);
    if (statement.own_name) server_name = statement.name;
    if (statement.own_name) return;
  }
  const exec::ParseScope scope = scope_for(statement);
  const std::uint64_t key = server_key(statement, target);
  const bool renamed = !plan.rename.empty() || statement.origin;
  if (renamed && (underway_.empty() || underway_.back().kept != prepared))
    underway_.push_back({.kept = prepared, .statement = prepared.get(), .target = target});
  if (!scope.before.empty()) {
    // Not kept: PostgreSQL may parse it anew by itself when a table changes, then under the
    // settings of whoever uses it.
    conn.unnamed_key = 0;
  } else if (statement.name.empty()) {
    if (conn.unnamed_key == key && !asked) return;
    conn.unnamed_key = key;
  } else if (conn.prepared.find_or_add(key, server_name)) {
    if (asked) owe({.kind = Owed::Kind::kLocal, .local = '1', .asked = &statement});
    return;
  }
  const std::string text = renamed ? rendered(statement, target)
                                   : statement.leading + statement.text + statement.trailing;
  put_parse_scope(scope.before);
  wire::put_parse(conn.out(), server_name, text,
                  exec::types_for_shard(numbers_of(conn), statement.types));
  const bool named = asked && !statement.name.empty();
  owe({.kind = Owed::Kind::kParse,
       .swallow = !asked,
       .key = key,
       .asked = named ? &statement : nullptr});
  put_parse_scope(scope.after);
}

void Session::put_parse_scope(const std::string& messages) {
  channel_->conn().out() += messages;
  for (std::string_view rest = messages; !rest.empty();) {
    const auto frame = wire::first_frame(rest, rest.size());
    rest.remove_prefix((*frame)->bytes.size());
    owe({.kind = static_cast<Owed::Kind>((*frame)->type), .swallow = true});
  }
}

// A pipeline that writes on a second shard becomes a transaction, so that what its Sync ends stays
// all or nothing.
bool Session::needs_transaction(const plan::Plan& plan, rules::ShardIndex shard) const {
  if (transaction_->state() != txn::State::kIdle || plan.own_transaction) return false;
  bool wrote = plan.writes;
  bool elsewhere = false;
  for (const auto& participant : transaction_->participants()) {
    if (participant->pinned || (participant->kept && participant->conn().clean())) continue;
    elsewhere = elsewhere || participant->shard != shard;
    wrote = wrote || participant->wrote;
  }
  return elsewhere && wrote;
}

// The connection for the next message of a pipeline, if it need not be waited for; else null.
txn::Participant* Session::try_join_pipeline(const plan::Plan& plan, rules::ShardIndex shard) {
  return needs_transaction(plan, shard) ? nullptr : try_join(plan, shard);
}

Task<Result<txn::Participant*>> Session::join_pipeline(const plan::Plan& plan,
                                                       rules::ShardIndex shard) {
  if (needs_transaction(plan, shard)) {
    auto drained = co_await drain_pipeline();
    if (!drained) co_return drained.error();
    // A server that has just failed hears nothing before the Sync: BEGIN would never be answered.
    if (skip_until_sync_) co_return errors::aborted_block();
    transaction_->begin_implicit();
    auto begun = co_await transaction_->begin_everywhere();
    if (!begun) co_return begun.error();
  }
  txn::Participant* at_once = try_join(plan, shard);
  if (at_once != nullptr) co_return at_once;
  auto joined = co_await join(plan, shard);
  co_return joined;
}

// An error of a pipeline: the client is told, and everything up to its Sync is ignored.
Task<Status> Session::fail_pipeline(Error error) {
  if (errors::client_is_gone(error)) co_return error;
  if (may_repeat(error)) {
    want_repetition(true);
    co_return Status{};
  }
  auto drained = co_await drain_pipeline();
  if (!drained || skip_until_sync_) co_return drained;
  skip_until_sync_ = true;
  pipeline_failed_ = true;
  if (open_parse_) drop_statement(open_parse_.get());
  open_parse_.reset();
  transaction_->fail();
  if (error.fatal) {
    error.fatal = false;
    error.server_fields.clear();
  }
  const auto late = timeout_for(error);
  give_error(late ? *late : error);
  // As PostgreSQL does: the client may wait for it before it sends its Sync.
  auto told = co_await client_.flush();
  co_return told;
}

// SET is undone with the rest of a pipeline that failed. The connections have it still: their next
// use gives them these.
void Session::undo_settings() {
  if (pipeline_settings_) transaction_->settings = *pipeline_settings_;
}

// Before a Sync or BEGIN of our own on the connections of a pipeline, drained: what it has written
// is not to be committed before the client's Sync.
Task<Status> Session::hold_pipeline() {
  const auto holds_write = [](const auto& participant) {
    return !participant->begun && participant->wrote && participant->conn().unsynced();
  };
  const auto& participants = transaction_->participants();
  if (transaction_->state() == txn::State::kIdle) {
    if (std::none_of(participants.begin(), participants.end(), holds_write)) co_return Status{};
    transaction_->begin_implicit();
  }
  auto begun = co_await transaction_->begin_everywhere();
  co_return begun;
}

// What Sync means for every connection that took part: its implicit transaction ends. After an
// error of ours the servers do not know that anything failed: what they did is rolled back.
Task<Status> Session::end_pipeline() {
  auto drained = co_await drain_pipeline();
  if (!drained) co_return drained;
  Status outcome{};
  for (const auto& participant : transaction_->participants()) {
    backend::ServerConn& conn = participant->conn();
    const bool unheard = pipeline_failed_ && failed_conn_ != &conn;
    // Its server alone knows what the failure of a message means for a session that it is kept for.
    const bool fails =
        unheard && kept_ && (conn.unsynced() || conn.status() == wire::TxnStatus::kInBlock);
    if (conn.broken() || (!fails && !conn.unsynced() && conn.owed() == 0)) continue;
    const bool undo = unheard && !kept_ && !participant->begun && participant->wrote;
    if (undo) conn.put_own_query("ROLLBACK");
    if (fails) wire::put_describe(conn.out(), 'S', kNoStatement);
    if (fails || conn.unsynced()) conn.put_sync();
    auto sent = co_await conn.flush();
    if (!sent) continue;
    while (conn.owed() > 0) {
      auto frame = co_await conn.read();
      if (!frame) break;
      // A deferred constraint may fail at this very end.
      if (frame->type == 'E' && outcome && !pipeline_failed_)
        outcome = wire::decode_error(frame->body);
      // The warning that there is nothing to roll back is an answer to us.
      if ((frame->type == 'N' && !undo) || frame->type == 'S') client_.out().append(frame->bytes);
    }
  }
  if (!outcome) {
    auto failed = co_await fail_pipeline(outcome.error());
    if (!failed) co_return failed;
  }
  if (kept_ && transaction_->state() != txn::State::kImplicit && channel_ != nullptr)
    follow_server(channel_->conn());
  for (const auto& participant : transaction_->participants()) {
    if (pipeline_discards_ && !pipeline_failed_)
      forget_session_state(participant->conn(), *pipeline_discards_);
  }
  pipeline_discards_.reset();
  if (transaction_->state() == txn::State::kImplicit) {
    auto ended = co_await end_implicit();
    if (!ended) co_return ended;
  }
  if (pipeline_failed_) undo_settings();
  if (!transaction_->in_block()) drop_portals();
  if (pipeline_ddl_ && !pipeline_failed_) {
    auto refreshed = co_await after_ddl();
    if (!refreshed) co_return refreshed;
  }
  pipeline_ddl_ = false;
  underway_.clear();
  channel_ = nullptr;
  failed_conn_ = nullptr;
  finish_statement();
  co_return Status{};
}

// A Parse that a server refused leaves no statement behind.
void Session::drop_statement(const PreparedStatement* statement) {
  std::erase_if(statements_, [statement](const auto& entry) {
    return entry.second.get() == statement || entry.second->completed.get() == statement;
  });
}

void Session::drop_portal(const Portal* portal) {
  std::erase_if(portals_, [portal](const auto& entry) { return entry.second.get() == portal; });
}

void Session::drop_portals() {
  if (portals_.empty()) return;
  spare_portal_ = std::move(portals_.begin()->second);
  spare_portal_->reuse();
  portals_.clear();
}

}  // namespace tessera::session
