#include "proxy/txn/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/log.h"

namespace tessera::txn {
namespace {

// What `sql` says of the isolation level: has the transaction one snapshot? Absent: nothing.
std::optional<bool> one_snapshot(std::string_view sql) {
  std::string lower(sql);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto says = [&lower](const char* word) { return lower.find(word) != std::string::npos; };
  if (says("repeatable") || says("serializable")) return true;
  if (says("committed")) return false;  // READ UNCOMMITTED too
  return std::nullopt;
}

Error second_shard_of_snapshot() {
  return Error{
      .sqlstate = "0A000",
      .message =
          "REPEATABLE READ and SERIALIZABLE transactions over several shards are not supported",
      .hint = "Use READ COMMITTED, or touch one shard only.",
  };
}

Error half_committed(const std::vector<std::string>& committed, const Error& cause) {
  std::string names;
  for (const auto& name : committed) names += (names.empty() ? "" : ", ") + name;
  return Error{
      .sqlstate = "08007",
      .message = "the transaction was committed on some shards only",
      .detail = fmt::format("Committed on: {}. The next shard answered: {}", names, cause.message),
      .hint = "Check the rows of the other shards before you repeat the transaction.",
  };
}

Error no_such_savepoint(const std::string& name) {
  return Error{.sqlstate = "3B001",
               .message = fmt::format("savepoint \"{}\" does not exist", name)};
}

bool nothing_keeps(const Participant& participant) {
  return !participant.pinned && !participant.kept;
}

}  // namespace

Transaction::Transaction(backend::Backends& backends)
    : backends_(backends), writes_(backends.rules().shards.size()) {}

wire::TxnStatus Transaction::client_status() const {
  if (state_ == State::kInBlock) return wire::TxnStatus::kInBlock;
  return state_ == State::kFailed ? wire::TxnStatus::kFailed : wire::TxnStatus::kIdle;
}

void Transaction::begin(std::string modes, const backend::SessionSettings* before) {
  // What ran before BEGIN in the same message belongs to the block, as in PostgreSQL.
  if (state_ == State::kIdle) settings_at_begin_ = before != nullptr ? *before : settings;
  state_ = State::kInBlock;
  modes_ = std::move(modes);
}

void Transaction::begin_implicit() {
  if (state_ != State::kIdle) return;
  settings_at_begin_ = settings;
  state_ = State::kImplicit;
}

void Transaction::fail() {
  if (state_ == State::kInBlock) state_ = State::kFailed;
}

void Transaction::add_joining_statement(std::string sql, std::string setting) {
  joining_.push_back({std::move(sql), std::move(setting)});
  ++joining_version_;
}

Participant* Transaction::find(rules::ShardIndex shard) {
  for (auto& participant : participants_) {
    if (participant->shard == shard) return participant.get();
  }
  return nullptr;
}

bool Transaction::needs_one_snapshot() const {
  if (state_ == State::kIdle) return false;
  bool needed = false;
  for (const char* name : {"default_transaction_isolation", "session characteristics"}) {
    const std::string* statement = settings.find(name);
    needed = needed || (statement != nullptr && one_snapshot(*statement).value_or(false));
  }
  needed = one_snapshot(modes_).value_or(needed);
  for (const auto& statement : joining_) needed = one_snapshot(statement.sql).value_or(needed);
  return needed;
}

// A participant that may go on: its own queries put it where the session is.
Participant* Transaction::find_joined(rules::ShardIndex shard, backend::Side side) {
  for (auto& participant : participants_) {
    if (participant->shard != shard) continue;
    if (participant->side != side && !participant->pinned && state_ == State::kIdle) continue;
    if (state_ != State::kIdle && !participant->begun) put_begin(*participant);
    if (participant->conn().applied.fingerprint() != settings.fingerprint() &&
        state_ == State::kIdle) {
      prepare_joined(*participant);
    }
    return participant.get();
  }
  return nullptr;
}

bool Transaction::has_snapshot_elsewhere() const {
  const auto begun = [](const auto& participant) { return participant->begun; };
  return needs_one_snapshot() && std::any_of(participants_.begin(), participants_.end(), begun);
}

Participant& Transaction::add(rules::ShardIndex shard, backend::Side side, backend::Lease lease) {
  auto participant = spare_ ? std::move(spare_) : std::make_unique<Participant>();
  participant->shard = shard;
  participant->side = side;
  participant->lease = std::move(lease);
  participant->kept = keeps_ && side == backend::Side::kPrimary;
  prepare_joined(*participant);
  if (state_ != State::kIdle) put_begin(*participant);
  participants_.push_back(std::move(participant));
  return *participants_.back();
}

Participant* Transaction::try_join(rules::ShardIndex shard, backend::Side side) {
  Participant* joined = find_joined(shard, side);
  if (joined != nullptr || has_snapshot_elsewhere()) return joined;
  const bool home = returns_home_ && side == backend::Side::kPrimary;
  auto lease = home ? try_lease_home(shard) : backends_.try_lease(shard, side);
  return lease ? &add(shard, side, std::move(lease)) : nullptr;
}

void Transaction::set_home(backend::HomePtr home, bool returns) {
  home_ = std::move(home);
  returns_home_ = returns;
}

void Transaction::join_home(rules::ShardIndex shard) {
  if (!home_ || find(shard) != nullptr || has_snapshot_elsewhere()) return;
  auto lease = backends_.try_lease(shard, *home_);
  if (lease) add(shard, backend::Side::kPrimary, std::move(lease));
}

// While another session has it, any will do. When it is gone, or another session's for good, there
// has to be a new one: nobody's else, or where there is no room for that the least crowded.
backend::Lease Transaction::try_lease_home(rules::ShardIndex shard) {
  auto lease = home_ ? backends_.try_lease(shard, *home_) : backend::Lease();
  if (lease) return lease;
  const bool there = home_ && home_->conn != nullptr && !home_->conn->tainted();
  if (there) return backends_.try_lease(shard, backend::Side::kPrimary);
  home_ = backends_.find_home(shard);
  const bool crowded = home_ && backend::tenants(home_) > 1;
  if (crowded && backends_.has_room(shard)) home_ = nullptr;
  return home_ ? backends_.try_lease(shard, *home_) : backend::Lease();
}

bool Transaction::keeps_one() const {
  return std::any_of(participants_.begin(), participants_.end(),
                     [](const auto& participant) { return participant->pinned; });
}

std::shared_ptr<backend::ServerConn> Transaction::pinned() const {
  for (const auto& participant : participants_) {
    if (participant->pinned) return participant->lease.conn();
  }
  return nullptr;
}

Task<Result<Participant*>> Transaction::join(rules::ShardIndex shard, backend::Side side,
                                             Deadline deadline) {
  Participant* joined = try_join(shard, side);
  if (joined != nullptr) co_return joined;
  if (has_snapshot_elsewhere()) co_return second_shard_of_snapshot();
  if (returns_home_ && !home_ && side == backend::Side::kPrimary) {
    auto own = co_await backends_.lease_own(shard, deadline, &waiting_);
    if (!own) co_return own.error();
    home_ = (*own)->home();
    co_return &add(shard, side, std::move(*own));
  }
  auto lease = co_await backends_.lease(shard, side, deadline, &waiting_);
  if (!lease) co_return lease.error();
  co_return &add(shard, side, std::move(*lease));
}

void Transaction::prepare_joined(Participant& participant) {
  backend::ServerConn& conn = participant.conn();
  // What a block has set belongs into it: its ROLLBACK and ROLLBACK TO must undo it here too.
  const auto& wanted = state_ == State::kIdle ? settings : settings_at_begin_;
  if (conn.prepared.wants_trim()) conn.trim_prepared();
  if (conn.applied.fingerprint() == wanted.fingerprint()) return;
  const std::string encoding = wanted.encoding_from(conn.applied);
  if (!encoding.empty()) conn.put_own_query(encoding);
  conn.put_own_query(wanted.difference_from(conn.applied));
  conn.applied = wanted;
}

// What a shard that joins now has missed of the block, each statement behind a semicolon.
std::string Transaction::block_so_far() const {
  std::string sql;
  const backend::SessionSettings* before = &settings_at_begin_;
  std::size_t next = 0;
  const auto catch_up = [&](const backend::SessionSettings& now, std::size_t joining) {
    std::string changes = now.difference_from(*before);
    if (!changes.empty()) changes.pop_back();
    if (!changes.empty()) sql += ";" + changes;
    for (; next < joining; ++next) sql += ";" + joining_[next].sql;
    before = &now;
  };
  for (const Savepoint& savepoint : savepoints_) {
    catch_up(savepoint.settings, savepoint.joining);
    sql += ";SAVEPOINT " + savepoint.name;
  }
  catch_up(settings, joining_.size());
  return sql;
}

void Transaction::put_begin(Participant& participant) {
  std::string sql = "BEGIN";
  if (!modes_.empty()) sql += " " + modes_;
  participant.conn().put_own_query(sql + block_so_far());
  participant.begun = true;
}

Task<Status> Transaction::begin_everywhere() {
  for (auto& participant : participants_) {
    if (participant->begun) continue;
    put_begin(*participant);
    auto sent = co_await participant->conn().flush();
    if (!sent) co_return sent.error();
    auto settled = co_await participant->conn().settle();
    if (!settled) co_return settled.error();
  }
  co_return Status{};
}

Task<Result<std::string>> Transaction::commit_one(Participant& participant) {
  backend::ServerConn& conn = participant.conn();
  conn.put_query("COMMIT");
  auto sent = co_await conn.flush();
  if (!sent) co_return sent.error();
  auto settled = co_await conn.settle();
  if (!settled) co_return settled.error();
  std::optional<Error> failure;
  std::string tag;
  while (conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E') failure = wire::decode_error(frame->body);
    if (frame->type == 'N') conn.unasked.append(frame->bytes);
    if (frame->type == 'C') tag = std::string(frame->body.substr(0, frame->body.size() - 1));
  }
  if (failure) co_return *failure;
  participant.begun = false;
  // Another shard may still fail, and the session go back to what was set before the block: this
  // connection does not.
  if (tag == "COMMIT") conn.applied = settings;
  co_return tag;
}

Task<Result<std::string>> Transaction::commit() {
  if (state_ == State::kFailed) {
    co_await rollback();
    co_return std::string("ROLLBACK");
  }
  std::vector<Participant*> order;
  for (auto& participant : participants_) {
    if (participant->begun) order.push_back(participant.get());
  }
  std::stable_partition(order.begin(), order.end(), [](const Participant* p) { return !p->wrote; });
  std::string tag = "COMMIT";
  std::vector<std::string> committed;
  for (Participant* participant : order) {
    auto one = co_await commit_one(*participant);
    if (!one || *one != "COMMIT") {
      Error cause =
          one ? Error{.sqlstate = "40000", .message = "the shard rolled back"} : one.error();
      const bool lost = cause.sqlstate == "08006" && participant->wrote;
      if (lost) cause.sqlstate = "08007";
      co_await rollback();
      if (!committed.empty()) co_return half_committed(committed, cause);
      if (one) co_return std::string("ROLLBACK");
      co_return cause;
    }
    if (participant->wrote) committed.push_back(backends_.rules().shards[participant->shard].name);
  }
  if (committed.size() > 1)
    log::debug("a transaction was committed on {} shards, one after the other", committed.size());
  end(true);
  co_return tag;
}

Task<> Transaction::rollback() {
  for (auto& participant : participants_) {
    if (!participant->begun || participant->conn().broken()) continue;
    backend::ServerConn& conn = participant->conn();
    auto drained = co_await conn.drain();
    if (!drained) continue;
    conn.put_own_query("ROLLBACK");
    auto sent = co_await conn.flush();
    if (!sent) continue;
    auto settled = co_await conn.settle();
    if (!settled) conn.taint();
  }
  end(false);
}

void Transaction::end(bool committed) {
  const Deadline now = Clock::now();
  for (auto& participant : participants_) {
    if (participant->wrote) writes_[participant->shard] = now;
    participant->wrote = false;
    participant->begun = false;
    if (committed && state_ != State::kIdle) participant->conn().applied = settings;
  }
  if (!committed && state_ != State::kIdle) settings = settings_at_begin_;
  state_ = State::kIdle;
  modes_.clear();
  joining_.clear();
  ++joining_version_;
  savepoints_.clear();
}

Participant* Transaction::only_participant() {
  const bool alone = participants_.size() == 1 && participants_.front()->begun;
  return alone ? participants_.front().get() : nullptr;
}

void Transaction::ended(bool committed) {
  end(committed);
  for (auto& participant : participants_) {
    if (participant->conn().status() == wire::TxnStatus::kIdle) continue;
    begin({});
    participant->begun = true;
  }
}

void Transaction::saved(const std::string& name, std::uint64_t mark) {
  savepoints_.push_back({name, settings, joining_.size(), mark});
}

std::vector<Transaction::Savepoint>::iterator Transaction::find_savepoint(const std::string& name) {
  const auto found =
      std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                   [&name](const Savepoint& savepoint) { return savepoint.name == name; });
  return found == savepoints_.rend() ? savepoints_.end() : std::prev(found.base());
}

void Transaction::released(const std::string& name) {
  savepoints_.erase(find_savepoint(name), savepoints_.end());
}

void Transaction::rolled_back_to(const std::string& name) {
  if (state_ == State::kFailed) state_ = State::kInBlock;
  const auto found = find_savepoint(name);
  if (found == savepoints_.end()) return;
  joining_.resize(found->joining);
  ++joining_version_;
  settings = found->settings;
  savepoints_.erase(std::next(found), savepoints_.end());
}

void Transaction::follow(wire::TxnStatus status) {
  const bool idle = status == wire::TxnStatus::kIdle;
  if (idle && state_ != State::kIdle) end(true);
  if (!idle) {
    if (state_ == State::kIdle) begin({});
    state_ = status == wire::TxnStatus::kFailed ? State::kFailed : State::kInBlock;
  }
  for (auto& participant : participants_) {
    participant->begun = !idle;
    participant->conn().applied = settings;
  }
}

Task<Status> Transaction::run_everywhere(const std::string& sql) {
  for (auto& participant : participants_) {
    if (!participant->begun) continue;
    backend::ServerConn& conn = participant->conn();
    conn.put_own_query(sql);
    auto sent = co_await conn.flush();
    if (!sent) co_return sent.error();
    auto settled = co_await conn.settle();
    if (!settled) co_return settled.error();
  }
  co_return Status{};
}

Task<Status> Transaction::savepoint(const std::string& name, std::uint64_t mark) {
  auto done = co_await run_everywhere("SAVEPOINT " + name);
  if (done) saved(name, mark);
  co_return done;
}

std::uint64_t Transaction::mark_of(const std::string& name) const {
  const auto found =
      std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                   [&name](const Savepoint& savepoint) { return savepoint.name == name; });
  return found == savepoints_.rend() ? 0 : found->mark;
}

Task<Status> Transaction::release_savepoint(const std::string& name) {
  if (find_savepoint(name) == savepoints_.end()) co_return no_such_savepoint(name);
  auto done = co_await run_everywhere("RELEASE SAVEPOINT " + name);
  if (done) released(name);
  co_return done;
}

Task<Status> Transaction::rollback_to(const std::string& name) {
  if (find_savepoint(name) == savepoints_.end()) co_return no_such_savepoint(name);
  auto done = co_await run_everywhere("ROLLBACK TO SAVEPOINT " + name);
  if (done) rolled_back_to(name);
  co_return done;
}

void Transaction::release() {
  if (participants_.size() == 1 && nothing_keeps(*participants_.front())) {
    spare_ = std::move(participants_.front());
    participants_.clear();
    if (spare_->wrote) writes_[spare_->shard] = Clock::now();
    spare_->lease.release();
    spare_->begun = spare_->wrote = false;
    return;
  }
  for (auto& participant : participants_) {
    if (participant->wrote) writes_[participant->shard] = Clock::now();
    participant->wrote = false;
    lost_pinned_ = lost_pinned_ || (participant->pinned && participant->conn().broken());
  }
  const auto stays = [](const auto& participant) {
    const bool kept = participant->pinned || (participant->kept && participant->conn().clean());
    return kept && !participant->conn().broken();
  };
  std::erase_if(participants_, [&](const auto& participant) { return !stays(participant); });
}

void Transaction::cancel(const std::shared_ptr<void>& until_delivered) {
  waiting_.give_up();
  for (auto& participant : participants_)
    backend::ServerConn::cancel(participant->lease.conn(), until_delivered);
}

}  // namespace tessera::txn
