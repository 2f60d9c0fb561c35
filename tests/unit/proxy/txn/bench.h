#pragma once
// A Transaction over fake shards, and a session's way of running statements in it.

#include <string>
#include <utility>
#include <vector>

#include "proxy/txn/transaction.h"
#include "tests/support/shard_stand.h"

namespace tessera::txn {

// A statement on one shard, as a session relays it. Errors: the shard's; the block has then failed.
inline Task<Status> run_statement(Transaction& transaction, rules::ShardIndex shard,
                                  std::string sql) {
  const Deadline deadline = Clock::now() + std::chrono::seconds(10);
  auto joined = co_await transaction.join(shard, backend::Side::kPrimary, deadline);
  if (!joined) co_return joined.error();
  backend::ServerConn& conn = (*joined)->conn();
  conn.put_query(sql);
  Status outcome = co_await conn.flush();
  if (outcome) outcome = co_await conn.settle();
  while (conn.owed() > 0 && !conn.broken()) {
    auto frame = co_await conn.read();
    if (!frame) outcome = frame.error();
    if (frame && frame->type == 'E' && outcome) outcome = wire::decode_error(frame->body);
  }
  if (!outcome) transaction.fail();
  co_return outcome;
}

struct Bench {
  using Answers = test::Answers;

  // Every shard knows "select" and "insert".
  explicit Bench(std::vector<Answers> answers = {{}, {}})
      : stand(completed(std::move(answers))), transaction(stand.backends) {}

  static std::vector<Answers> completed(std::vector<Answers> answers) {
    for (Answers& each : answers) {
      each.emplace("select", test::tagged("SELECT 0"));
      each.emplace("insert", test::tagged("INSERT 0 1"));
    }
    return answers;
  }

  Status ask(Transaction& which, rules::ShardIndex shard, std::string sql) {
    return test::run(stand.context, run_statement(which, shard, std::move(sql)));
  }
  Status read(rules::ShardIndex shard) { return ask(transaction, shard, "select"); }
  Status write(rules::ShardIndex shard) {
    Status outcome = ask(transaction, shard, "insert");
    if (Participant* participant = transaction.find(shard)) participant->wrote = true;
    return outcome;
  }
  bool join(rules::ShardIndex shard) {
    const Deadline deadline = Clock::now() + std::chrono::seconds(10);
    return test::run(stand.context, transaction.join(shard, backend::Side::kPrimary, deadline))
        .has_value();
  }
  Result<std::string> commit() { return test::run(stand.context, transaction.commit()); }
  void rollback() { test::run(stand.context, finished(transaction)); }
  Status savepoint(const std::string& name) {
    return test::run(stand.context, transaction.savepoint(name));
  }
  Status release_savepoint(const std::string& name) {
    return test::run(stand.context, transaction.release_savepoint(name));
  }
  Status rollback_to(const std::string& name) {
    return test::run(stand.context, transaction.rollback_to(name));
  }
  std::vector<std::string> take() { return stand.journal.take(); }

  test::ShardStand stand;
  Transaction transaction;

 private:
  static Task<bool> finished(Transaction& transaction) {
    co_await transaction.rollback();
    co_return true;
  }
};

}  // namespace tessera::txn
