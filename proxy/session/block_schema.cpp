#include "proxy/session/block_schema.h"

#include <boost/asio/post.hpp>
#include <future>

#include "base/log.h"
#include "base/spawn.h"
#include "proxy/catalog/schema_loader.h"
#include "proxy/session/publisher.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

using catalog::Rows;

// Together less than Publisher::do_job() waits.
constexpr std::chrono::milliseconds kReadTimeout{10'000};
constexpr std::chrono::milliseconds kCancelTimeout{5'000};
constexpr const char* kSavepoint = "tessera_schema";

// A PGresult is what catalog code reads; here it is filled by hand.
class ResultBuilder {
 public:
  ResultBuilder() : result_(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK)), rows_(result_) {}

  Status add(std::string_view data_row) {
    auto decoded = wire::decode_data_row(data_row, values_);
    if (!decoded) return decoded;
    if (row_ == 0) {
      char name[] = "";
      std::vector<PGresAttDesc> columns(values_.size(), PGresAttDesc{name, 0, 0, 0, 25, -1, -1});
      PQsetResultAttrs(result_, static_cast<int>(columns.size()), columns.data());
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      std::string text(values_[i].value_or(""));
      const int length = values_[i] ? static_cast<int>(text.size()) : -1;
      PQsetvalue(result_, row_, static_cast<int>(i), text.data(), length);
    }
    ++row_;
    return {};
  }
  Rows take() && { return std::move(rows_); }

 private:
  PGresult* result_;
  Rows rows_;  // owns result_
  int row_ = 0;
  std::vector<std::optional<std::string_view>> values_;
};

void put_question(backend::ServerConn& conn, const std::string& sql,
                  const std::vector<std::string>& parameters) {
  wire::put_parse(conn.out(), "", sql, {});
  conn.unnamed_key = 0;
  wire::BindMessage bind;
  for (const std::string& parameter : parameters) bind.parameters.emplace_back(parameter);
  wire::put_bind(conn.out(), bind);
  wire::put_execute(conn.out(), "", 0);
  conn.put_sync();
}

Task<Result<Rows>> ask(std::shared_ptr<backend::ServerConn> conn, std::string sql,
                       std::vector<std::string> parameters) {
  put_question(*conn, sql, parameters);
  auto sent = co_await conn->flush();
  if (!sent) co_return sent.error();
  ResultBuilder rows;
  Status outcome{};
  while (conn->owed() > 0) {
    auto frame = co_await conn->read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E') outcome = wire::decode_error(frame->body);
    if (frame->type == 'D' && outcome) outcome = rows.add(frame->body);
  }
  if (!outcome) co_return outcome.error();
  co_return std::move(rows).take();
}

// Asks on the session's thread, answers on the one that reads the catalog.
class BlockQuerier final : public catalog::Querier {
 public:
  BlockQuerier(std::shared_ptr<backend::ServerConn> conn, Executor executor)
      : conn_(std::move(conn)), executor_(executor) {}

  Result<Rows> query(const char* sql, const std::vector<std::string>& parameters,
                     catalog::Deadline deadline) override {
    if (Clock::now() >= deadline) return late();
    auto answer = std::make_shared<std::promise<Result<Rows>>>();
    auto future = answer->get_future();
    const auto run = [conn = conn_, text = std::string(sql), parameters, answer]() -> Task<> {
      auto rows = co_await ask(conn, text, parameters);
      answer->set_value(std::move(rows));
    };
    spawn(executor_, run, [](const std::exception_ptr&) {});
    if (future.wait_until(deadline) == std::future_status::ready) return future.get();
    // The connection is the session's again only when it owes nothing.
    asio::post(executor_, [conn = conn_] { backend::ServerConn::abandon(conn); });
    if (future.wait_for(kCancelTimeout) == std::future_status::ready) return future.get();
    return late();
  }
  [[nodiscard]] bool in_block() const override { return true; }

 private:
  static Error late() {
    return Error{.sqlstate = "57014", .message = "a shard did not answer a catalog query in time"};
  }

  std::shared_ptr<backend::ServerConn> conn_;
  Executor executor_;
};

}  // namespace

Task<Result<catalog::Schema>> read_in_block(Publisher& publisher,
                                            std::shared_ptr<const rules::RuleSet> rules,
                                            std::vector<std::shared_ptr<backend::ServerConn>> conns,
                                            Executor executor) {
  const Deadline deadline = Clock::now() + kReadTimeout;
  auto outcome = std::make_shared<std::optional<Result<catalog::Schema>>>();
  const catalog::OpenShard open = [conns, executor](rules::ShardIndex shard) {
    return Result<std::unique_ptr<catalog::Querier>>(
        std::make_unique<BlockQuerier>(conns[shard], executor));
  };
  // A name for it: g++ 12 destroys a temporary argument of an awaited coroutine twice.
  const std::function<void()> job = [rules, open, deadline, outcome] {
    outcome->emplace(catalog::load_schema(*rules, open, deadline));
  };
  co_await publisher.do_job(job, executor);
  for (const auto& conn : conns) co_await backend::ServerConn::calm_down(conn);
  if (outcome->has_value()) co_return std::move(**outcome);
  co_return Error{.sqlstate = "57014", .message = "the schema was not read in time"};
}

const std::shared_ptr<const catalog::Catalog>& Session::catalog() const {
  return block_ ? block_->catalog : database_->catalog;
}

// New rules take the place of those of `database`: an open transaction ends by the old ones.
void Session::keep_rules(const Database& database) {
  const bool open = database_ == &database && transaction_ && !plain_ &&
                    transaction_->state() != txn::State::kIdle;
  if (!open || block_) return;
  block_ = std::make_unique<BlockSchema>();
  block_->catalog = database_->catalog;
}

void Session::note_ddl() {
  schema_changed_ = true;
  block_stale_ = !plain_;
}

// Before a statement is planned: a block that has changed the schema plans by its own.
bool Session::must_read_block_schema() {
  using txn::State;
  if (transaction_->state() == State::kIdle) {
    block_.reset();
    block_stale_ = false;
  }
  const bool between = channel_ == nullptr && owed_.empty();  // no connection is busy
  return block_stale_ && between && transaction_->state() != State::kFailed;
}

// When it cannot be read, the schema stays the one that everybody sees: what is new in the block
// is then unknown (42P01) until COMMIT.
Task<> Session::read_block_schema() {
  block_stale_ = false;
  const auto rules = catalog()->rules;
  std::vector<std::shared_ptr<backend::ServerConn>> conns;
  for (rules::ShardIndex shard = 0; shard < rules->shards.size(); ++shard) {
    auto joined = co_await transaction_->join(shard, backend::Side::kPrimary, wait_deadline());
    if (!joined) {
      log::debug("the schema of a transaction block cannot be read: {}", joined.error().message);
      co_return;
    }
    conns.push_back((*joined)->lease.conn());
  }
  const std::string name = kSavepoint;
  auto saved = co_await transaction_->savepoint(name);
  if (!saved) co_return;
  const Executor executor = client_.executor();
  Publisher& publisher = *worker_.house().publisher;
  auto schema = co_await read_in_block(publisher, rules, conns, executor);
  auto undone = co_await transaction_->rollback_to(name);
  if (undone) undone = co_await transaction_->release_savepoint(name);
  if (!schema || !undone) co_return;
  auto seen = std::make_shared<catalog::Catalog>();
  seen->rules = rules;
  seen->schema = std::make_shared<const catalog::Schema>(std::move(*schema));
  seen->version = worker_.house().publisher->next_version();
  block_ = std::make_unique<BlockSchema>();
  block_->catalog = seen;
}

}  // namespace tessera::session
