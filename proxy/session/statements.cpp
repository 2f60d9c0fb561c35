// What both protocols share: planning, routing, joining a shard, the statements that the session
// itself obeys, and scattered execution.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/utf8.h"
#include "proxy/exec/client_view.h"
#include "proxy/session/errors.h"
#include "proxy/session/publisher.h"
#include "proxy/session/session.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {

const std::vector<parser::Token>& PlannedStatement::all_tokens() {
  if (tokens.empty()) {
    parser::tokenize(text, 0, static_cast<std::uint32_t>(text.size()), options, tokens);
    if (cached && plan().folded) parser::fold_tokens(shape, tokens, items);
  }
  return tokens;
}

plan::Values PlannedStatement::values() const {
  plan::Values values = plan::values_of(plan(), text, shape);
  values.hints = hints.get();
  return values;
}

PlanRequest Session::request_plan(std::string_view text, const parser::Shape& shape,
                                  const std::vector<std::uint32_t>* types) {
  follow_settings();
  return {.text = text,
          .shape = &shape,
          .options = scan_options_,
          .search_path = &search_path_,
          .search_path_text = &search_path_text_,
          .parameter_types = types};
}

Result<std::shared_ptr<CachedPlan>> Session::plan_for(std::string_view text,
                                                      const parser::Shape& shape,
                                                      const std::vector<std::uint32_t>* types) {
  const PlanRequest request = request_plan(text, shape, types);
  PlanCache& plans = block_ ? block_->plans : database_->plans;
  client_.let_others_send();  // one that is not known is parsed
  return plans.find_or_make(request, catalog());
}

// The plan if there is one. Valid until another is asked for.
const std::shared_ptr<CachedPlan>* Session::known_plan(std::string_view text,
                                                       const parser::Shape& shape) {
  const PlanRequest request = request_plan(text, shape);
  PlanCache& plans = block_ ? block_->plans : database_->plans;
  return plans.find(request, *catalog());
}

Status Session::may_run(const plan::Plan& plan) const {
  if (transaction_->state() != txn::State::kFailed || kept_) return {};
  using Kind = parser::TransactionStatement::Kind;
  const bool leaves = plan.transaction && (plan.transaction->kind == Kind::kCommit ||
                                           plan.transaction->kind == Kind::kRollback ||
                                           plan.transaction->kind == Kind::kRollbackTo);
  if (leaves) return {};
  return errors::aborted_block();
}

Status Session::find_targets(const plan::Plan& plan, const plan::Values& values,
                             std::vector<plan::Target>& targets,
                             std::vector<std::uint32_t>& target_of_row) {
  target_of_row.clear();
  hinted_primary_ = values.hints != nullptr && values.hints->write_route_only;
  if (plan.route.kind == plan::RouteSpec::Kind::kNone) {
    targets.assign(1, plan::Target{.shard = plan.route.shard, .nodes = {}});
    return {};
  }
  if (std::holds_alternative<plan::InsertSplit>(plan.scatter))
    return plan::split_rows(plan, values, targets, target_of_row);
  return plan::route(plan, values, targets);
}

Deadline Session::wait_deadline() const { return Clock::now() + waits_at_most(); }

backend::Side Session::side_for(const plan::Plan& plan, rules::ShardIndex shard) const {
  using backend::Side;
  if (plan.access != plan::Access::kReplica || force_primary_ || hinted_primary_ ||
      transaction_->state() != txn::State::kIdle)
    return Side::kPrimary;
  if (!backends_->has_replicas(shard)) return Side::kPrimary;
  for (const auto& participant : transaction_->participants()) {
    if (participant->shard == shard && (participant->pinned || participant->wrote))
      return Side::kPrimary;
  }
  const auto wrote = transaction_->last_write(shard);
  if (wrote && *wrote >= backends_->endpoints().fresh_through(shard)) return Side::kPrimary;
  return Side::kReplica;
}

// One shard that must be read on its primary is enough: the others are then read there too.
backend::Side Session::side_for_all(const plan::Plan& plan,
                                    const std::vector<plan::Target>& targets) const {
  for (const plan::Target& target : targets) {
    if (side_for(plan, target.shard) == backend::Side::kPrimary) return backend::Side::kPrimary;
  }
  return backend::Side::kReplica;
}

// Opens a scattered statement; a replica that is lost before any row was given is made up for by
// the primaries.
Task<Result<exec::Opened>> Session::open_scattered(exec::Request& request) {
  auto opened = co_await exec::open_scatter(request);
  const bool replica = request.side == backend::Side::kReplica;
  const bool alone = channel_ == nullptr;  // nothing else of a pipeline is under way
  if (opened || !replica || !alone || !errors::another_may_serve(opened.error())) co_return opened;
  transaction_->release();
  request.side = backend::Side::kPrimary;
  auto again = co_await exec::open_scatter(request);
  co_return again;
}

// The connection for a statement if none has to be waited for; else null, and join() waits.
txn::Participant* Session::try_join(const plan::Plan& plan, rules::ShardIndex shard) {
  if (plan.pins) transaction_->join_home(database_->catalog->rules->default_shard);
  txn::Participant* joined = transaction_->try_join(shard, side_for(plan, shard));
  if (joined != nullptr) note_route(*joined, plan);
  return joined;
}

Task<Result<txn::Participant*>> Session::join(const plan::Plan& plan, rules::ShardIndex shard) {
  auto joined = co_await transaction_->join(shard, side_for(plan, shard), wait_deadline());
  if (joined) note_route(**joined, plan);
  co_return joined;
}

void Session::note_route(txn::Participant& participant, const plan::Plan& plan) {
  last_route_.push_back({participant.shard, participant.side});
  // A volatile function may write, so whatever was not fit for a replica counts.
  if (plan.access == plan::Access::kPrimary) participant.wrote = true;
  if (plan.pins) keep_connection(participant, plan.pins_unseen);
  // What no catalog shows of the settings.
  if (kept_ && plan.set &&
      (plan.set->kind == parser::SetStatement::Kind::kResetAll ||
       plan.set->name.find('.') != std::string::npos))
    hides_state_ = true;
  if (plan.lets_go && participant.pinned) may_let_go_ = true;
}

exec::Request Session::request_for(PlannedStatement& statement, const plan::Values& values,
                                   const std::vector<plan::Target>& targets) {
  hinted_primary_ = statement.hints && statement.hints->write_route_only;
  return exec::Request{.transaction = *transaction_,
                       .plan = statement.plan(),
                       .text = statement.text,
                       .tokens = statement.all_tokens(),
                       .items = statement.items,
                       .values = values,
                       .targets = targets,
                       .side = side_for_all(statement.plan(), targets),
                       .deadline = wait_deadline(),
                       .memory_bytes_max = worker_.house().settings.proxy.statement_memory_bytes,
                       .described = statement.cached->described};
}

// Our grammar does not know the statement, and it may touch a sharded table. If PostgreSQL does not
// know it either, its syntax error is the answer, else the refusal. Nothing is executed.
Task<Status> Session::refuse_after_asking(PlannedStatement& statement) {
  auto drained = co_await drain_pipeline();
  if (!drained || skip_until_sync_) co_return drained;
  const Error refusal = std::get<Error>(statement.plan().scatter);
  auto refused = co_await as_postgresql_says(statement, refusal);
  co_return refused;
}

// The error that PostgreSQL has for the statement when it parses it, else `own`. Nothing is
// executed.
Task<Error> Session::as_postgresql_says(PlannedStatement& statement, const Error& own) {
  auto held = co_await hold_pipeline();
  if (!held) co_return held.error();
  const plan::Values values = statement.values();
  const std::vector<plan::Target> targets{describing_target(statement.plan())};
  exec::Request request = request_for(statement, values, targets);
  auto described = co_await exec::describe(request);
  Error error = described ? own : described.error();
  exec::move_position(error, characters(statement.before));
  co_return error;
}

// The next statement must see the new schema, on whatever thread it runs.
Task<Status> Session::after_ddl() {
  if (plain_) {
    schema_changed_ = false;
    touch_schema();
    co_return Status{};
  }
  if (transaction_->in_block()) {
    note_ddl();
    co_return Status{};
  }
  schema_changed_ = false;
  co_await worker_.house().publisher->refresh(database_->catalog->rules->database,
                                              client_.executor());
  co_return Status{};
}

// A server's error may show that its schema is not the one that we route by.
void Session::note_error(const Error& error) {
  if (!plain_ && errors::schema_may_be_stale(error)) touch_schema();
}

// Was a statement refused because of a schema that is out of date? It is planned anew then.
Task<bool> Session::refused_in_error(const Error& refusal) {
  if (plain_ || block_ != nullptr || !errors::schema_may_be_stale(refusal)) co_return false;
  const std::shared_ptr<const catalog::Catalog> used = database_->catalog;
  const bool newer = co_await worker_.house().publisher->has_newer(
      used->rules->database, used->version, client_.executor());
  co_return newer;
}

// Tells the client and undoes what must not stay.
Task<Status> Session::fail_statement(Error error) {
  if (transaction_->state() == txn::State::kImplicit) co_await transaction_->rollback();
  transaction_->fail();
  if (!error.server_fields.empty()) note_error(error);
  if (error.fatal) {
    // A server ended its own connection, not the client's.
    error.fatal = false;
    error.server_fields.clear();
  }
  const auto late = timeout_for(error);
  give_error(late ? *late : error);
  co_return Status{};
}

bool Session::own_statement(const PlannedStatement& statement) const {
  if (!statement.deallocates.empty() && !kept_) return true;
  const plan::Plan& plan = statement.plan();
  if (kept_) return plan.show.has_value();
  using Kind = parser::TransactionStatement::Kind;
  if (plain_ && plan.transaction && plan.transaction->kind >= Kind::kPrepare) return false;
  return plan.transaction.has_value() || plan.set.has_value() || plan.show.has_value();
}

// Errors of the client's connection only; the statement's own are given to the client.
Task<Status> Session::run_own(PlannedStatement& statement) {
  const plan::Plan& plan = statement.plan();
  Status done{};
  if (plan.transaction) done = co_await run_transaction(statement);
  if (plan.set) done = co_await run_set(statement);
  if (plan.show && plan.show->reloads) {
    done = co_await run_reload();
  } else if (plan.show) {
    done = co_await run_show(*plan.show, false);
  }
  if (!statement.deallocates.empty() && !kept_) done = run_deallocate(statement.deallocates);
  if (done) co_return done;
  if (errors::client_is_gone(done.error())) co_return done;
  pipeline_failed_ = true;
  auto failed = co_await fail_statement(done.error());
  co_return failed;
}

// The name of a statement of the protocol that DEALLOCATE names: its servers know it by others.
std::string Session::deallocated_by(const CachedPlan& cached) const {
  const bool ours = !cached.deallocates.empty() && statements_.contains(cached.deallocates);
  return ours ? cached.deallocates : std::string();
}

Status Session::run_deallocate(const std::string& name) {
  if (statements_.erase(name) == 0) return errors::unknown_statement(name);
  wire::put_command_complete(client_.out(), "DEALLOCATE");
  return {};
}

Task<Status> Session::run_show(const plan::ShowPlan& show, bool describe_only) {
  if (show.name == "tessera.drift") {
    show_drift(describe_only);
    co_return Status{};
  }
  if (show.name != "tessera.last_route") co_return errors::unknown_setting(show.name);
  wire::put_row_description(client_.out(),
                            {wire::Field{.name = "shard", .type = 25, .type_size = -1},
                             wire::Field{.name = "access", .type = 25, .type_size = -1},
                             wire::Field{.name = "endpoint", .type = 25, .type_size = -1}});
  if (describe_only) co_return Status{};
  for (const RouteTaken& taken : last_route_) {
    const rules::Shard& shard = database_->catalog->rules->shards[taken.shard];
    const bool primary = taken.side == backend::Side::kPrimary;
    const rules::DataSource& source = primary ? shard.primary : shard.replicas.front();
    const std::string endpoint = fmt::format("{}:{}", source.host, source.port);
    wire::put_data_row(client_.out(), {std::string_view(shard.name),
                                       std::string_view(primary ? "primary" : "replica"),
                                       std::string_view(endpoint)});
  }
  wire::put_command_complete(client_.out(), "SHOW");
  co_return Status{};
}

// What the shards do not bear out of the rules, as of when they were last read.
void Session::show_drift(bool describe_only) {
  constexpr std::uint32_t kText = 25;
  wire::put_row_description(client_.out(),
                            {wire::Field{.name = "table", .type = kText, .type_size = -1},
                             wire::Field{.name = "shard", .type = kText, .type_size = -1},
                             wire::Field{.name = "difference", .type = kText, .type_size = -1},
                             wire::Field{.name = "rule", .type = kText, .type_size = -1}});
  if (describe_only) return;
  const auto given = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
  };
  for (const catalog::Drift& drift : catalog()->schema->drift) {
    wire::put_data_row(client_.out(), {given(drift.table), given(drift.shard),
                                       std::string_view(drift.what), given(drift.place)});
  }
  wire::put_command_complete(client_.out(), "SHOW");
}

void Session::give_row_description(const exec::Opened& opened) {
  wire::put_row_description(client_.out(), opened.fields);
}

Task<Status> Session::give_rows(const exec::Request& request, exec::Opened& opened,
                                std::uint64_t rows_max, std::uint64_t& rows, bool& ended) {
  ended = false;
  while (!ended && rows < rows_max) {
    auto batch = co_await opened.cursor->next(client_.out(), rows_max - rows);
    if (!batch) co_return batch.error();
    rows += batch->rows;
    client_.out() +=
        exec::translate_notices(opened.cursor->take_notices(), request.plan, request.targets);
    ended = batch->ended;
    auto flushed = co_await client_.flush_if_large();
    if (!flushed) co_return flushed.error();
  }
  co_return Status{};
}

// Gives the rows of a scattered statement, up to `rows_max`, and its command tag when it ended.
// Errors: the statement's own, not yet given to the client, with nothing left running; fatal ones
// are the client's.
Task<Status> Session::run_scatter(exec::Request request, exec::Opened& opened,
                                  std::uint64_t rows_max, bool& ended) {
  const plan::Plan& plan = request.plan;
  std::uint64_t rows = 0;
  auto given = co_await give_rows(request, opened, rows_max, rows, ended);
  // As PostgreSQL: who gets as many rows as he asked for has not seen the end yet.
  if (given && !plan.writes && !plan.ddl && rows == rows_max) ended = false;
  if (given && !ended) co_return Status{};
  if (given && (plan.writes || plan.ddl)) given = co_await opened.cursor->finish();
  client_.out() +=
      exec::translate_notices(opened.cursor->take_notices(), request.plan, request.targets);
  co_await opened.cursor->close(!given);
  if (!given) co_return given;
  if (plan.writes || plan.ddl) {
    wire::put_command_complete(client_.out(), opened.cursor->tag());
    co_return Status{};
  }
  const auto* gather = std::get_if<plan::Gather>(&plan.scatter);
  const bool explain = gather != nullptr && gather->header_per_target;
  wire::put_command_complete(client_.out(),
                             explain ? std::string("EXPLAIN") : fmt::format("SELECT {}", rows));
  co_return Status{};
}

}  // namespace tessera::session
