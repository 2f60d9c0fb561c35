// The simple query protocol (documentation chapter 55.2.2): one message, any number of statements.

#include <limits>

#include "base/utf8.h"
#include "proxy/exec/client_view.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {

// Before a message that brings a ReadyForQuery of its own. True: the pipeline before it has failed,
// and it is one of those that are ignored up to Sync.
Task<Result<bool>> Session::leave_pipeline() {
  if (!skip_until_sync_) {
    auto drained = co_await drain_all();
    if (!drained) co_return drained.error();
  }
  if (skip_until_sync_ && !remembered_.wanted) co_return true;
  auto ended = co_await end_pipeline();
  if (!ended) co_return ended.error();
  skip_until_sync_ = false;
  co_return false;
}

Task<Status> Session::simple_query(wire::Frame frame) {
  if (in_pipeline()) {
    auto skipped = co_await leave_pipeline();
    if (!skipped) co_return skipped.error();
    if (*skipped) co_return Status{};
  }
  remembered_ = {};
  pipeline_settings_.reset();
  // It takes the place of the unnamed statement and portal.
  statements_.erase(std::string());
  portals_.erase(std::string());
  const auto query = wire::decode_query(frame.body);
  if (!query) {
    auto failed = co_await fail_statement(query.error());
    if (!failed) co_return failed;
    auto ready = co_await give_ready();
    co_return ready;
  }
  // The frame's bytes stay where they are until the next read of the client; feeding a COPY reads,
  // so the text is kept.
  query_text_.assign(*query);
  pipeline_failed_ = false;
  several_statements_ = false;
  ready_given_ = false;
  bool any = false;
  Status obeyed{};
  if (plain_) obeyed = co_await obey_plain(frame.bytes, any);
  if (!plain_) obeyed = co_await obey_each(frame.bytes, any);
  if (!obeyed) {
    if (obeyed.error().fatal) co_return obeyed;
    pipeline_failed_ = true;
    auto failed = co_await fail_statement(obeyed.error());
    if (!failed) co_return failed;
  }
  if (transaction_->state() == txn::State::kImplicit) {
    auto ended = co_await end_implicit();
    if (!ended) co_return ended;
  }
  const auto kept = kept_ && pipeline_failed_ ? transaction_->pinned() : nullptr;
  if (kept) {
    auto failed = co_await fail_block(*kept);
    if (!failed) co_return failed;
  }
  finish_statement();
  if (!any && !pipeline_failed_) wire::put_empty(client_.out(), 'I');
  pipeline_failed_ = false;
  pipeline_settings_.reset();
  if (ready_given_) co_return Status{};
  auto ready = co_await give_ready();
  co_return ready;
}

// Runs the statements of query_text_ up to the first that fails. Errors: of a statement that was
// not begun, not yet given to the client; the client's.
Task<Status> Session::obey_each(std::string_view whole_frame, bool& any) {
  const std::string& text = query_text_;
  std::uint32_t from = 0;
  while (from < text.size() && !pipeline_failed_) {
    parser::Shape& shape = simple_.shape;
    const std::uint32_t began = from;
    auto scanned = parser::scan(text, from, scan_options_, shape);
    if (!scanned) co_return scanned;
    from = shape.next;
    if (shape.begin == shape.end) continue;
    const bool alone = !any && from >= text.size();
    if (!any && !alone) {
      auto checked = co_await check_syntax(text);
      if (!checked) co_return checked;
    }
    any = true;
    several_statements_ = several_statements_ || !alone;
    if (needs_block_schema()) co_await read_block_schema();
    simple_.hints = hints_before(std::string_view(text).substr(began, shape.begin - began));
    if (is_preview(shape)) {
      auto shown = run_preview(text, shape);
      if (!shown) co_return shown;
      continue;
    }
    if (is_reload(shape)) {
      auto reloaded = co_await run_reload();
      if (!reloaded) co_return reloaded;
      continue;
    }
    auto cached = plan_with_hints(text, shape, simple_.hints.get());
    if (!cached) {
      const bool anew = co_await refused_in_error(cached.error());
      if (anew) cached = plan_with_hints(text, shape, simple_.hints.get());
    }
    if (!cached) co_return cached.error();
    simple_.cached = *cached;
    simple_.deallocates = deallocated_by(**cached);
    simple_.options = scan_options_;
    simple_.tokens.clear();
    simple_.origin.reset();
    simple_.before = std::string_view(text).substr(0, shape.begin);
    simple_.text.assign(text, shape.begin, shape.end - shape.begin);
    for (parser::Constant& constant : shape.constants) constant.offset -= shape.begin;
    if (several_statements_) transaction_->begin_implicit();
    ready_given_ = false;
    auto done = co_await run_simple(simple_, alone ? whole_frame : std::string_view());
    underway_.clear();
    if (!done) co_return done;
  }
  co_return Status{};
}

// Several statements of one message succeed or fail together (unless they say COMMIT between).
Task<Status> Session::end_implicit() {
  if (pipeline_failed_) {
    co_await transaction_->rollback();
    co_return Status{};
  }
  auto committed = co_await transaction_->commit();
  if (!committed) {
    auto failed = co_await fail_statement(committed.error());
    if (!failed) co_return failed;
  }
  if (!schema_changed_) co_return Status{};
  auto refreshed = co_await after_ddl();
  co_return refreshed;
}

Task<Status> Session::run_simple(PlannedStatement& statement, std::string_view whole_frame) {
  const plan::Plan& plan = statement.plan();
  auto allowed = may_run(plan);
  if (!allowed) {
    pipeline_failed_ = true;
    Error error = allowed.error();
    // A syntax error goes before 25P02.
    if (!statement.cached->understood) error = co_await as_postgresql_says(statement, error);
    auto failed = co_await fail_statement(error);
    co_return failed;
  }
  if (own_statement(statement)) {
    auto done = co_await run_own(statement);
    co_return done;
  }
  if (plan.ask_first) {
    auto refused = co_await refuse_after_asking(statement);
    pipeline_failed_ = true;
    auto failed = co_await fail_statement(refused.error());
    co_return failed;
  }
  if (plan.completion && !statement.origin) {
    auto completed = co_await complete_simple(statement);
    if (completed) {
      auto done = co_await run_simple(statement, {});
      co_return done;
    }
    if (errors::client_is_gone(completed.error())) co_return completed;
    pipeline_failed_ = true;
    auto failed = co_await fail_statement(completed.error());
    co_return failed;
  }
  last_route_.clear();
  const plan::Values values = statement.values();
  auto routed = find_targets(plan, values, targets_, target_of_row_);
  if (!routed) {
    pipeline_failed_ = true;
    Error error = routed.error();
    // A constant that cannot be a value of its column: PostgreSQL also says where it stands.
    if (errors::postgresql_knows(error)) error = co_await as_postgresql_says(statement, error);
    auto failed = co_await fail_statement(error);
    co_return failed;
  }
  if (Status copied = check_copy(statement, targets_); !copied) {
    pipeline_failed_ = true;
    auto failed = co_await fail_statement(copied.error());
    co_return failed;
  }
  if (targets_.size() == 1) {
    auto done = co_await relay_simple(statement, targets_.front(), whole_frame);
    co_return done;
  }
  auto done = co_await scatter_simple(statement, targets_, target_of_row_);
  co_return done;
}

Task<Status> Session::relay_simple(PlannedStatement& statement, const plan::Target& target,
                                   std::string_view whole_frame) {
  const std::shared_ptr<CachedPlan> cached = statement.cached;
  const plan::Plan& plan = *cached->plan;
  txn::Participant* joined = try_join(plan, target.shard);
  if (joined == nullptr) {
    auto waited = co_await join(plan, target.shard);
    if (!waited) {
      pipeline_failed_ = true;
      auto failed = co_await fail_statement(waited.error());
      co_return failed;
    }
    joined = *waited;
  }
  txn::Participant& participant = *joined;
  backend::ServerConn& conn = participant.conn();
  if (kept_ && !cached->names_prepared.empty()) {
    auto told = co_await tell_own_name(conn, *cached);
    if (!told && told.error().fatal) co_return told;
    if (!told) {
      pipeline_failed_ = true;
      auto failed = co_await fail_statement(told.error());
      co_return failed;
    }
  }
  if (!plan.rename.empty()) {
    conn.put_query(rendered(statement, target));
  } else if (!whole_frame.empty()) {
    conn.put_query_frame(whole_frame);
  } else {
    conn.put_query(statement.text);
  }
  if (!plan.rename.empty() || whole_frame.empty())
    underway_.push_back({.kept = nullptr, .statement = &statement, .target = target});
  const bool reads_schema = plan.ddl && !plain_;
  const bool forward_ready =
      !several_statements_ && !reads_schema && transaction_->state() != txn::State::kImplicit;
  Reply reply;
  auto relayed = co_await relay(conn, forward_ready, reply);
  if (!relayed) co_return relayed;
  settle_reply(conn, reply);
  if (kept_) follow_server(conn);
  if (primary_may_serve(participant, reply)) {
    transaction_->release();
    last_route_.clear();
    force_primary_ = true;
    auto again = co_await relay_simple(statement, target, {});
    force_primary_ = false;
    co_return again;
  }
  if (reply.lost) {
    pipeline_failed_ = true;
    auto failed = co_await fail_statement(*reply.lost);
    co_return failed;
  }
  pipeline_failed_ = reply.failed;
  ready_given_ = forward_ready;
  if (reply.failed) co_return Status{};
  if (cached->discards) forget_session_state(conn, *cached);
  if (!plan.ddl) co_return Status{};
  if (transaction_->state() == txn::State::kImplicit) {
    note_ddl();
    co_return Status{};
  }
  auto refreshed = co_await after_ddl();
  co_return refreshed;
}

Task<Status> Session::scatter_simple(PlannedStatement& statement,
                                     const std::vector<plan::Target>& targets,
                                     const std::vector<std::uint32_t>& target_of_row) {
  const std::shared_ptr<CachedPlan> cached = statement.cached;
  const plan::Plan& plan = *cached->plan;
  if (plan.writes || plan.ddl) transaction_->begin_implicit();
  const plan::Values values = statement.values();
  exec::Request request = request_for(statement, values, targets);
  request.target_of_row = &target_of_row;
  auto opened = co_await open_scattered(request);
  Status done{};
  if (opened) {
    if (opened->returns_rows) give_row_description(*opened);
    bool ended = false;
    done = co_await run_scatter(request, *opened, std::numeric_limits<std::uint64_t>::max(), ended);
  } else {
    done = opened.error();
  }
  note_scattered(plan);
  if (!done) {
    pipeline_failed_ = true;
    if (errors::client_is_gone(done.error())) co_return done;
    Error error = done.error();
    exec::translate_names(error, plan, targets);
    if (errors::postgresql_knows(error) && transaction_->state() != txn::State::kFailed) {
      error = co_await as_postgresql_says(statement, error);
    } else {
      in_clients_text(error, statement, targets.front());
      exec::move_position(error, characters(statement.before));
    }
    auto failed = co_await fail_statement(error);
    co_return failed;
  }
  if (plan.ddl) note_ddl();
  if (plan.ddl && transaction_->state() == txn::State::kIdle) {
    auto refreshed = co_await after_ddl();
    co_return refreshed;
  }
  co_return Status{};
}

void Session::note_scattered(const plan::Plan& plan) {
  for (const auto& participant : transaction_->participants()) note_route(*participant, plan);
}

void Session::forget_session_state(backend::ServerConn& conn, const CachedPlan& cached) {
  if (!cached.discards) statements_.erase(cached.deallocates);
  if (!cached.discards) return;
  std::erase_if(statements_, [](const auto& entry) { return !entry.first.empty(); });
  conn.forget_prepared();
  if (!cached.discards_settings) return;
  hides_state_ = false;
  transaction_->settings = startup_settings_;
  conn.applied.clear();
}

}  // namespace tessera::session
