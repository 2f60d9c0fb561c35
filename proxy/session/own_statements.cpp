// Transaction statements and SET: the session obeys them itself, because they concern connections
// that it may not hold yet.

#include <fmt/format.h>

#include <algorithm>

#include "parser/shape.h"
#include "proxy/session/errors.h"
#include "proxy/session/parse_settings.h"
#include "proxy/session/session.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {
namespace {

using Kind = parser::TransactionStatement::Kind;
using SetKind = parser::SetStatement::Kind;

// What RESET ALL makes of `settings`: it leaves the roles (GUC_NO_RESET_ALL).
backend::SessionSettings after_reset_all(const backend::SessionSettings& settings,
                                         const backend::SessionSettings& startup) {
  backend::SessionSettings after = startup;
  for (const char* name : {"role", "session_authorization"}) {
    const std::string* statement = settings.find(name);
    after.erase(name);
    if (statement != nullptr) after.set(name, *statement);
  }
  return after;
}

// SET takes the place of an earlier SET LOCAL: shards that join later must hear them in this order.
void repeat_behind_locals(const plan::SetPlan& set, txn::Transaction& transaction) {
  std::vector<std::string> names;
  for (const auto& joining : transaction.joining_statements()) {
    const bool same = set.kind == SetKind::kResetAll || joining.setting == set.name;
    const bool known = std::find(names.begin(), names.end(), joining.setting) != names.end();
    if (same && !known && !joining.setting.empty()) names.push_back(joining.setting);
  }
  for (const std::string& name : names) {
    const std::string* now = transaction.settings.find(name);
    transaction.add_joining_statement(now != nullptr ? *now : "RESET " + name, name);
  }
}

}  // namespace

// COMMIT and ROLLBACK. Outside a block they end what the pipeline has done so far.
Task<Status> Session::end_block(const plan::TransactionPlan& statement) {
  const bool in_block = transaction_->in_block();
  if (!in_block) {
    wire::put_notice(client_.out(), "25P01", "WARNING", "there is no transaction in progress");
    auto held = co_await hold_pipeline();
    if (!held) co_return held;
  }
  std::string tag = "ROLLBACK";
  if (statement.kind == Kind::kCommit) {
    auto committed = co_await transaction_->commit();
    if (!committed) co_return committed.error();
    tag = *committed;
  } else {
    co_await transaction_->rollback();
    undo_settings();
  }
  if (statement.chain && in_block) transaction_->begin(statement.modes);
  wire::put_command_complete(client_.out(), tag);
  auto over = co_await after_block();
  co_return over;
}

Task<Status> Session::after_block() {
  pipeline_settings_.reset();
  drop_portals();
  block_.reset();
  block_stale_ = false;
  if (!schema_changed_) co_return Status{};
  auto refreshed = co_await after_ddl();
  co_return refreshed;
}

// Errors: the statement's own.
Task<Status> Session::run_transaction(PlannedStatement& planned) {
  const plan::TransactionPlan& statement = *planned.plan().transaction;
  txn::Participant* only = transaction_->only_participant();
  // After an error of ours the server does not know that its block has failed: it would commit.
  const bool failed = transaction_->state() == txn::State::kFailed;
  const bool agreed = only != nullptr && statement.kind < Kind::kPrepare &&
                      failed == (only->conn().status() == wire::TxnStatus::kFailed);
  if (agreed && transaction_->in_block()) {
    auto relayed = co_await relay_transaction(planned, *only);
    co_return relayed;
  }
  std::string& out = client_.out();
  const std::string name = parser::quote_identifier(statement.name);
  const bool in_block = transaction_->in_block();
  switch (statement.kind) {
    case Kind::kBegin: {
      if (in_block)
        wire::put_notice(out, "25001", "WARNING", "there is already a transaction in progress");
      // What the pipeline has set before it belongs to the block.
      if (!in_block)
        transaction_->begin(statement.modes, pipeline_settings_ ? &*pipeline_settings_ : nullptr);
      auto begun = co_await transaction_->begin_everywhere();
      if (!begun) co_return begun;
      wire::put_command_complete(out, statement.start ? "START TRANSACTION" : "BEGIN");
      co_return Status{};
    }
    case Kind::kCommit:
    case Kind::kRollback: {
      auto ended = co_await end_block(statement);
      co_return ended;
    }
    case Kind::kSavepoint: {
      if (!in_block) co_return errors::not_in_a_block("SAVEPOINT");
      auto saved = co_await transaction_->savepoint(name, portals_made_);
      if (!saved) co_return saved;
      wire::put_command_complete(out, "SAVEPOINT");
      co_return Status{};
    }
    case Kind::kRelease: {
      if (!in_block) co_return errors::not_in_a_block("RELEASE SAVEPOINT");
      auto released = co_await transaction_->release_savepoint(name);
      if (!released) co_return released;
      wire::put_command_complete(out, "RELEASE");
      co_return Status{};
    }
    case Kind::kRollbackTo: {
      if (!in_block) co_return errors::not_in_a_block("ROLLBACK TO SAVEPOINT");
      const std::uint64_t portals_before = transaction_->mark_of(name);
      auto rolled = co_await transaction_->rollback_to(name);
      if (!rolled) co_return rolled;
      std::erase_if(portals_, [portals_before](const auto& entry) {
        return entry.second->number > portals_before;
      });
      // DDL behind the savepoint is gone.
      block_stale_ = schema_changed_ && !plain_;
      wire::put_command_complete(out, "ROLLBACK");
      co_return Status{};
    }
    default: {
      // PREPARE TRANSACTION that fails ends its block.
      if (!in_block || statement.kind != Kind::kPrepare) co_return errors::two_phase_refused();
      co_await transaction_->rollback();
      auto over = co_await after_block();
      co_return over ? errors::two_phase_refused() : over;
    }
  }
}

// One server judges the statement and its answer goes to the client; the others that take part in
// the transaction get it too. Errors: the statement's own.
Task<Status> Session::run_set(PlannedStatement& statement) {
  const plan::SetPlan& set = *statement.plan().set;
  std::string sql = statement.text;
  const std::string value = value_of_set(statement.text);
  const bool encoding =
      set.name == "client_encoding" && set.kind == parser::SetStatement::Kind::kSet;
  if (encoding && !is_safe_encoding(value)) co_return errors::encoding_refused(value);
  const std::string* at_startup = startup_settings_.find(set.name);
  if (set.kind == parser::SetStatement::Kind::kReset && at_startup != nullptr) sql = *at_startup;

  auto held = co_await hold_pipeline();
  if (!held) co_return held;
  const auto& participants = transaction_->participants();
  const rules::ShardIndex shard =
      participants.empty() ? database_->catalog->rules->default_shard : participants.front()->shard;
  const backend::Side side =
      participants.empty() ? backend::Side::kPrimary : participants.front()->side;
  auto joined = co_await transaction_->join(shard, side, wait_deadline());
  if (!joined) co_return joined.error();
  backend::ServerConn& conn = (*joined)->conn();
  conn.put_query(sql);
  Reply reply;
  auto relayed = co_await relay(conn, false, reply);
  if (!relayed) co_return relayed;
  settle_reply(conn, reply);
  if (reply.lost) co_return *reply.lost;
  if (reply.failed) {
    pipeline_failed_ = true;
    transaction_->fail();
    co_return Status{};
  }
  // The server's defaults are not the session's, if startup parameters have changed them.
  std::string again;
  if (set.kind == SetKind::kResetAll)
    again = after_reset_all({}, startup_settings_).difference_from({});
  for (const auto& participant : transaction_->participants()) {
    if (participant.get() == *joined && again.empty()) continue;
    // A connection that the session keeps may not be in the block yet.
    auto there =
        co_await transaction_->join(participant->shard, participant->side, wait_deadline());
    if (!there) co_return there.error();
    if (participant.get() != *joined) participant->conn().put_own_query(sql);
    if (!again.empty()) participant->conn().put_own_query(again);
    auto sent = co_await participant->conn().flush();
    if (sent) sent = co_await participant->conn().settle();
    if (!sent) co_return sent;
  }
  remember_setting(set, statement);
  co_return Status{};
}

// The settings by which statements are planned and parsed, after SET [LOCAL], ROLLBACK [TO] or
// RESET.
void Session::follow_settings() {
  if (parse_settings_ && followed_settings_ == transaction_->settings.fingerprint() &&
      followed_joining_ == transaction_->joining_version() &&
      followed_catalog_ == catalog()->version)
    return;
  followed_settings_ = transaction_->settings.fingerprint();
  followed_joining_ = transaction_->joining_version();
  followed_catalog_ = catalog()->version;
  parse_settings_ = parse_settings(*transaction_);
  follow_search_path();
}

// The text of a setting, by SET [LOCAL]; nothing: the server's.
std::optional<std::string> Session::setting_text(std::string_view name) const {
  std::optional<std::string> text;
  if (const std::string* set = transaction_->settings.find(name)) text = value_of_set(*set);
  for (const auto& statement : transaction_->joining_statements()) {
    if (statement.setting == name) text = value_of_set(statement.sql);
  }
  return text;
}

// current_user, for `$user` in the search path.
std::string Session::current_role() const {
  for (const char* name : {"role", "session_authorization"}) {
    const auto text = setting_text(name);
    if (!text) continue;
    const auto words = split_search_path(*text);
    const bool given = words.size() == 1 && words[0] != "none" && words[0] != "default";
    if (given) return words[0];
  }
  const rules::RuleSet& rules = *catalog()->rules;
  const std::string& own = rules.shards[rules.default_shard].primary.username;
  return own.empty() ? user_ : own;
}

// A role in whose schema nothing stands plans as everybody does, and shares their plans.
void Session::follow_search_path() {
  const auto set = setting_text("search_path");
  search_path_text_ = set.value_or("");
  search_path_ = split_search_path(search_path_text_);
  const bool is_default = !set || search_path_ == std::vector<std::string>{"default"};
  if (is_default) search_path_ = {"$user", "public"};
  const auto own = std::ranges::find(search_path_, "$user");
  if (own == search_path_.end()) return;
  std::string role = current_role();
  if (!catalog()->schema->has_tables_in(role)) {
    search_path_.erase(own);
    return;
  }
  search_path_text_ += "\n" + role;
  *own = std::move(role);
}

// SET datestyle = 'ISO' keeps the order of day and month that was set before: what a server reports
// says all of it.
std::string Session::effective_text(const std::string& name, const std::string& text) const {
  if (name != "datestyle" || transaction_->participants().empty()) return text;
  const auto& reported = transaction_->participants().front()->conn().parameters();
  const auto found = reported.find("DateStyle");
  return found == reported.end() ? text : set_statement(name, found->second);
}

void Session::remember_setting(const plan::SetPlan& set, const PlannedStatement& statement) {
  backend::SessionSettings& settings = transaction_->settings;
  if (transaction_->state() == txn::State::kIdle && !pipeline_settings_)
    pipeline_settings_ = settings;
  const bool joins_later =
      set.local || set.kind == SetKind::kSetTransaction || set.kind == SetKind::kSetConstraints;
  if (joins_later) {
    if (transaction_->in_block())
      transaction_->add_joining_statement(statement.text, set.local ? std::string(set.name) : "");
    return;
  }
  if (set.kind == SetKind::kResetAll) {
    settings = after_reset_all(settings, startup_settings_);
  } else if (set.kind == SetKind::kSetCharacteristics) {
    settings.set("session characteristics", statement.text);
  } else if (set.kind == SetKind::kReset) {
    const std::string* at_startup = startup_settings_.find(set.name);
    settings.erase(set.name);
    if (at_startup != nullptr) settings.set(set.name, *at_startup);
  } else {
    settings.set(set.name, effective_text(set.name, statement.text));
  }
  repeat_behind_locals(set, *transaction_);
  if (transaction_->state() != txn::State::kIdle) return;
  for (const auto& participant : transaction_->participants())
    participant->conn().applied = settings;
}

}  // namespace tessera::session
