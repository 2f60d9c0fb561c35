#pragma once
// A Transaction: which server connections a session holds, and what state each is in.
//
// A shard joins when the first statement touches it: its connection gets the session's settings,
// and inside a transaction block BEGIN with the client's modes, then what the block has set and the
// savepoints that are open.
// All of that is sent in front of the first statement, without a round trip of its own. COMMITs are
// sent only after every shard succeeded, one after the other (two-phase commit has its own issue),
// readers first.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/txn/participant.h"

namespace tessera::txn {

enum class State : std::uint8_t {
  kIdle,      // each statement is its own transaction
  kImplicit,  // several statements or shards that must succeed together, without the client's BEGIN
  kInBlock,   // the client's transaction block
  kFailed,    // the same, after an error: only ROLLBACK and ROLLBACK TO are obeyed
};

class Transaction {
 public:
  // `backends` outlives this.
  explicit Transaction(backend::Backends& backends);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool in_block() const {
    return state_ == State::kInBlock || state_ == State::kFailed;
  }
  [[nodiscard]] wire::TxnStatus client_status() const;

  // The settings to give to every connection. SET inside a block is undone with it.
  backend::SessionSettings settings;

  // `before`: the settings to go back to by ROLLBACK; null: those of now.
  void begin(std::string modes, const backend::SessionSettings* before = nullptr);
  void begin_implicit();
  void fail();
  // SET TRANSACTION, SET CONSTRAINTS and SET LOCAL, of `setting`: repeated for shards that join
  // later.
  void add_joining_statement(std::string sql, std::string setting = {});
  [[nodiscard]] const std::vector<JoiningStatement>& joining_statements() const { return joining_; }
  // Another one whenever they change.
  [[nodiscard]] std::uint64_t joining_version() const { return joining_version_; }

  // The connection to `shard`, joined if need be; its own queries may still have to be settled.
  // Errors: those of Pool::lease; 0A000 a second shard in a REPEATABLE READ or SERIALIZABLE
  // transaction.
  Task<Result<Participant*>> join(rules::ShardIndex shard, backend::Side side, Deadline deadline);
  // The same without waiting; null: join() has to.
  [[nodiscard]] Participant* try_join(rules::ShardIndex shard, backend::Side side);
  // Whose process number the client was told; null: none could be had. `returns`: every statement
  // goes there while it is idle, and to another for good when it is gone. Of a database of one
  // shard.
  void set_home(backend::HomePtr home, bool returns);
  // Joins `shard` by home, a connection to its primary, if none has joined it and that is idle.
  void join_home(rules::ShardIndex shard);
  [[nodiscard]] Participant* find(rules::ShardIndex shard);
  [[nodiscard]] const std::vector<std::unique_ptr<Participant>>& participants() const {
    return participants_;
  }

  // Puts every participant into a transaction block (it has answered everything that was sent to
  // it).
  Task<Status> begin_everywhere();

  // Ends the block or the implicit transaction. commit() gives the command tag, ROLLBACK where
  // PostgreSQL rolled back. Errors: the first server's; then nothing is committed. 08007 when some
  // shards had committed already.
  Task<Result<std::string>> commit();
  Task<> rollback();
  // `name` is written as SQL needs it. Errors: 3B001 no such savepoint; the servers' own.
  // `mark` is the caller's: mark_of() the savepoint gives it back; 0 where there is none.
  Task<Status> savepoint(const std::string& name, std::uint64_t mark = 0);
  [[nodiscard]] std::uint64_t mark_of(const std::string& name) const;
  Task<Status> release_savepoint(const std::string& name);
  Task<Status> rollback_to(const std::string& name);

  // The connection that alone is in the block; null: none has joined yet, or several have.
  [[nodiscard]] Participant* only_participant();
  // The client's own COMMIT, ROLLBACK, SAVEPOINT ... ran on the only participant: what it means for
  // the session. ended() looks at where the server is now (AND CHAIN).
  void ended(bool committed);
  void saved(const std::string& name, std::uint64_t mark);
  void released(const std::string& name);
  void rolled_back_to(const std::string& name);
  // The server alone keeps the session's transactions: this is where it is.
  void follow(wire::TxnStatus status);

  // Gives back every connection that is not pinned. Only between transactions.
  void release();
  // Session pooling: from now on connections to primaries stay until the session ends.
  void keep_connections() { keeps_ = true; }
  // Has a connection broken that the session cannot do without?
  [[nodiscard]] bool lost_pinned() const { return lost_pinned_; }
  [[nodiscard]] bool keeps_one() const;
  // A connection that the session keeps; null: none.
  [[nodiscard]] std::shared_ptr<backend::ServerConn> pinned() const;
  // Every statement that is running is asked to stop, and the one that waits for a connection gives
  // up. `until_delivered` is held until the servers
  // have taken the requests.
  void cancel(const std::shared_ptr<void>& until_delivered = {});
  // The moment of the last write to `shard`; absent: none.
  [[nodiscard]] std::optional<Deadline> last_write(rules::ShardIndex shard) const {
    return writes_[shard];
  }

 private:
  struct Savepoint {
    std::string name;
    backend::SessionSettings settings;
    std::size_t joining = 0;  // how many joining statements came before it
    std::uint64_t mark = 0;
  };

  [[nodiscard]] Participant* find_joined(rules::ShardIndex shard, backend::Side side);
  [[nodiscard]] bool has_snapshot_elsewhere() const;
  [[nodiscard]] backend::Lease try_lease_home(rules::ShardIndex shard);
  Participant& add(rules::ShardIndex shard, backend::Side side, backend::Lease lease);
  void prepare_joined(Participant& participant);
  void put_begin(Participant& participant);
  [[nodiscard]] std::string block_so_far() const;
  void end(bool committed);
  [[nodiscard]] std::vector<Savepoint>::iterator find_savepoint(const std::string& name);
  Task<Result<std::string>> commit_one(Participant& participant);
  Task<Status> run_everywhere(const std::string& sql);
  [[nodiscard]] bool needs_one_snapshot() const;

  backend::Backends& backends_;
  backend::WaitingPlace waiting_;
  std::unique_ptr<Participant> spare_;  // most statements need one: it is used again and again
  bool keeps_ = false, lost_pinned_ = false, returns_home_ = false;
  backend::HomePtr home_;
  State state_ = State::kIdle;
  std::string modes_;
  std::vector<JoiningStatement> joining_;
  std::uint64_t joining_version_ = 0;
  std::vector<Savepoint> savepoints_;
  backend::SessionSettings settings_at_begin_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::vector<std::optional<Deadline>> writes_;
};

}  // namespace tessera::txn
