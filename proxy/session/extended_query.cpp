// The extended query protocol (documentation chapter 55.2.3).

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

#include "proxy/exec/client_view.h"
#include "proxy/session/errors.h"
#include "proxy/session/parse_settings.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::size_t kLargeMessage = 64 * 1024;
constexpr std::size_t kOwedMax = 4096;
constexpr std::string_view kTypes = "PBDECH";

// Clients share the statements of a connection, so none may be able to make two texts with one key:
// it differs from process to process.
std::uint64_t key_of(std::string_view text, const std::vector<std::uint32_t>& types) {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }();
  const std::uint64_t of_text = XXH3_64bits_withSeed(text.data(), text.size(), seed);
  return XXH3_64bits_withSeed(types.data(), types.size() * sizeof(std::uint32_t), of_text);
}

// Text that is no number for LIMIT or OFFSET is an error of Bind; a number that cannot be one is an
// error of Execute.
Status check_window(const plan::Plan& plan, const plan::Values& values) {
  const auto* gather = std::get_if<plan::Gather>(&plan.scatter);
  if (gather == nullptr) return {};
  for (const bool offset : {false, true}) {
    const auto& source = offset ? gather->window.offset : gather->window.limit;
    if (!source) continue;
    const auto count = plan::row_count_of(*source, values, offset);
    if (!count && count.error().sqlstate == "22P02") return count.error();
  }
  return {};
}

// Parse takes one statement; `first` is the one that `text` begins with.
Status check_single(const std::string& text, const parser::Shape& first,
                    const parser::ScanOptions& options) {
  if (first.next == text.size()) return {};
  parser::Shape rest;
  auto scanned = parser::scan(text, first.next, options, rest);
  if (!scanned) return scanned;
  if (rest.begin != rest.end || rest.next < text.size()) return errors::several_commands();
  return {};
}

// lo_open(), loread() and so on, by pg_proc.oid: what they open ends with the transaction. Of
// others nobody knows what they leave behind.
bool is_large_object_function(std::int32_t oid) {
  constexpr std::array<std::int32_t, 16> kFunctions{715, 764, 765, 767, 952,  953,  954,  955,
                                                    956, 957, 958, 964, 1004, 3170, 3171, 3172};
  return std::find(kFunctions.begin(), kFunctions.end(), oid) != kFunctions.end();
}

}  // namespace

Task<Status> Session::extended(wire::Frame frame) {
  if (frame.type == 'S') {
    Status whole{};
    if (!frame.body.empty()) whole = co_await fail_message(errors::malformed());
    if (!whole) co_return whole;
    auto done = co_await on_sync();
    co_return done;
  }
  // The rest of a COPY that has failed already (chapter 55.2.6).
  if (frame.type == 'd' || frame.type == 'c' || frame.type == 'f') co_return Status{};
  if (kTypes.find(frame.type) == kTypes.npos) co_return errors::unknown_message(frame.type);
  // What comes before a repetition is obeyed in it.
  if (frame.type != 'H') remember(frame);
  if (skip_until_sync_ && !(remembered_.wanted && frame.type == 'H')) co_return Status{};
  auto done = co_await obey_extended(frame);
  if (done) co_return done;
  auto failed = co_await fail_message(done.error());
  co_return failed;
}

Task<Status> Session::obey_extended(const wire::Frame& frame) {
  // Neither side may fill the other's buffers while it waits: what the server owes is taken before
  // it is given something large, and what we owe does not grow without end.
  const bool large = frame.bytes.size() > kLargeMessage && !owed_.empty();
  Status done{};
  if (large || owed_.size() > kOwedMax) done = co_await relieve_pipeline();
  if (!done || skip_until_sync_) co_return done;
  switch (frame.type) {
    case 'P':
      done = co_await on_parse(frame.body);
      break;
    case 'B':
      done = co_await on_bind(frame.body);
      break;
    case 'D':
      done = co_await on_describe(frame.body);
      break;
    case 'E':
      done = co_await on_execute(frame.body);
      break;
    case 'C':
      done = co_await on_close(frame.body);
      break;
    case 'H':
      if (frame.body.empty()) done = co_await on_flush();
      if (!frame.body.empty()) done = errors::malformed();
      break;
    default:
      break;
  }
  co_return done;
}

// A function call (chapter 55.2.4) has a ReadyForQuery of its own, as a Query. It names the
// function by its number, and functions have theirs on the default shard: large objects are there
// too.
Task<Status> Session::call_function(std::string_view whole_frame) {
  constexpr std::size_t kHead = 5;
  if (in_pipeline()) {
    auto skipped = co_await leave_pipeline();
    if (!skipped) co_return skipped.error();
    if (*skipped) co_return Status{};
  }
  pipeline_failed_ = false;
  ready_given_ = false;
  // The frame's bytes are gone when the client is read again.
  const std::string frame(whole_frame);
  wire::Reader reader(whole_frame.substr(std::min(kHead, whole_frame.size())));
  const bool large_object = is_large_object_function(reader.i32());
  auto called = co_await relay_call(frame, large_object);
  if (!called) {
    if (errors::client_is_gone(called.error())) co_return called;
    auto failed = co_await fail_statement(called.error());
    if (!failed) co_return failed;
  }
  finish_statement();
  if (ready_given_) co_return Status{};
  auto ready = co_await give_ready();
  co_return ready;
}

Task<Status> Session::relay_call(const std::string& frame, bool large_object) {
  if (transaction_->state() == txn::State::kFailed && !kept_) co_return errors::aborted_block();
  const rules::ShardIndex shard = database_->catalog->rules->default_shard;
  auto joined = co_await transaction_->join(shard, backend::Side::kPrimary, wait_deadline());
  if (!joined) co_return joined.error();
  (*joined)->wrote = true;
  if (!large_object) keep_connection(**joined, true);
  backend::ServerConn& conn = (*joined)->conn();
  conn.put_query_frame(frame);
  Reply reply;
  auto relayed = co_await relay(conn, true, reply);
  if (!relayed) co_return relayed;
  settle_reply(conn, reply);
  if (kept_) follow_server(conn);
  if (reply.lost) co_return *reply.lost;
  ready_given_ = true;
  co_return Status{};
}

Task<Status> Session::relieve_pipeline() {
  auto drained = co_await drain_pipeline();
  if (drained) drained = co_await client_.flush_if_large();
  co_return drained;
}

// A Parse before the message that failed is judged first.
Task<Status> Session::fail_message(const Error& error) {
  if (open_parse_ && !errors::client_is_gone(error)) {
    auto settled = co_await drain_all();
    if (!settled || skip_until_sync_) co_return settled;
  }
  auto failed = co_await fail_pipeline(error);
  co_return failed;
}

// The statement of a Parse, with its plan. Errors: what is wrong with it.
Result<std::shared_ptr<PreparedStatement>> Session::analyse(const wire::ParseMessage& message) {
  auto statement = std::make_shared<PreparedStatement>();
  statement->name = message.name;
  statement->text = std::string(message.query);
  statement->types = message.parameter_types;
  statement->options = scan_options_;
  statement->key = key_of(message.query, message.parameter_types);
  auto scanned = parser::scan(statement->text, 0, scan_options_, statement->shape);
  if (!scanned) return scanned.error();
  const parser::Shape& shape = statement->shape;
  auto single = check_single(statement->text, shape, scan_options_);
  if (!single) return single.error();
  if (shape.begin == shape.end) return statement;
  statement->hints = hints_before(std::string_view(statement->text).substr(0, shape.begin));
  if (is_preview(shape)) {
    statement->cached = own_plan({.previews = true});
  } else if (is_reload(shape)) {
    statement->cached = own_plan({.reloads = true});
  } else {
    auto cached =
        plan_with_hints(statement->text, shape, statement->hints.get(), &statement->types);
    if (!cached) return cached.error();
    statement->cached = *cached;
  }
  statement->catalog_version = catalog()->version;
  statement->settings = parse_settings_;
  statement->search_path = search_path_text_;
  // The plan speaks of the statement's own text.
  for (parser::Constant& constant : statement->shape.constants) constant.offset -= shape.begin;
  statement->leading = statement->text.substr(0, shape.begin);
  statement->before = statement->leading;
  statement->trailing = statement->text.substr(shape.end);
  statement->text = statement->text.substr(shape.begin, shape.end - shape.begin);
  statement->deallocates = deallocated_by(*statement->cached);
  return statement;
}

// Errors here and below: the statement's own; fail_pipeline() tells the client.
Task<Status> Session::on_parse(std::string_view body) {
  wire::ParseMessage message;
  auto decoded = wire::decode_parse(body, message);
  if (!decoded) co_return decoded;
  if (open_parse_) {
    auto settled = co_await settle_open_parse();
    if (!settled || skip_until_sync_) co_return settled;
  }
  const std::string name(message.name);
  if (needs_block_schema()) co_await read_block_schema();
  auto analysed = analyse(message);
  if (!analysed) {
    const bool anew = co_await refused_in_error(analysed.error());
    if (anew) analysed = analyse(message);
  }
  if (!analysed) co_return analysed.error();
  const std::shared_ptr<PreparedStatement> statement = *analysed;
  if (statement->cached) {
    auto allowed = may_run(statement->plan());
    if (!allowed) {
      // A syntax error goes before 25P02.
      auto drained = co_await drain_pipeline();
      if (!drained || skip_until_sync_) co_return drained;
      const Error aborted = allowed.error();
      if (statement->cached->understood) co_return aborted;
      auto said = co_await as_postgresql_says(*statement, aborted);
      co_return said;
    }
    if (statement->plan().ask_first) {
      auto refused = co_await refuse_after_asking(*statement);
      co_return refused;
    }
  }
  const bool ours = !statement->cached || own_statement(*statement);
  const auto taken = name.empty() ? statements_.end() : statements_.find(name);
  // Where the server knows the name it says itself whether that is so still.
  if (taken != statements_.end() && (ours || !taken->second->own_name)) {
    // Whatever is wrong with the statement goes before its name.
    auto drained = co_await drain_pipeline();
    if (!drained || skip_until_sync_) co_return drained;
    const Error known = errors::known_statement(name);
    if (ours) co_return known;
    auto said = co_await as_postgresql_says(*statement, known);
    co_return said;
  }
  statements_.insert_or_assign(name, statement);
  if (ours) {
    owe({.kind = Owed::Kind::kLocal, .local = '1', .asked = statement.get()});
  } else {
    open_parse_ = statement;
  }
  co_return Status{};
}

// A catalog that has changed since Parse may route differently, and another search path may name
// other tables: PostgreSQL too parses the statement anew then, under the settings of now.
bool Session::outdated(const PreparedStatement& statement) {
  if (needs_block_schema()) return true;
  if (!statement.cached) return false;
  // The statement that PREVIEW names is planned when it runs.
  const auto& show = statement.plan().show;
  if (show && (show->previews || show->reloads)) return false;
  follow_settings();
  return statement.search_path != search_path_text_ ||
         statement.catalog_version != catalog()->version;
}

Task<Status> Session::revalidate(PreparedStatement& statement) {
  if (needs_block_schema()) co_await read_block_schema();
  if (!outdated(statement)) co_return Status{};
  const bool same_path = statement.search_path == search_path_text_;
  parser::Shape shape;
  auto scanned = parser::scan(statement.text, 0, statement.options, shape);
  if (!scanned) co_return scanned;
  auto cached = plan_with_hints(statement.text, shape, statement.hints.get(), &statement.types);
  if (!cached) co_return cached.error();
  statement.cached = *cached;
  statement.tokens.clear();
  statement.catalog_version = catalog()->version;
  if (!same_path) statement.settings = analysed_anew(*parse_settings_, *statement.settings);
  statement.search_path = search_path_text_;
  co_return Status{};
}

exec::ParseScope Session::scope_for(const PreparedStatement& statement) {
  follow_settings();
  return parse_scope(*parse_settings_, *statement.settings,
                     transaction_->state() != txn::State::kIdle);
}

// How many parameters Bind must give: those that Parse declared, and where $n are values also all
// that the text names.
std::size_t Session::parameters_of(const PreparedStatement& statement) {
  const bool values = statement.cached && statement.cached->values_only;
  const std::size_t named = values ? statement.shape.parameter_max : 0;
  return std::max(named, statement.types.size());
}

// What PostgreSQL's exec_bind_message() checks, in its order.
Status Session::check_bind(const wire::BindMessage& bind,
                           const PreparedStatement& statement) const {
  const std::size_t needed = parameters_of(statement);
  if (bind.parameters.size() != needed && !statement.made_by_sql)
    return errors::parameter_count(bind.parameters.size(), statement.name, needed);
  if (statement.cached) {
    if (Status allowed = may_run(statement.plan()); !allowed) return allowed;
  } else if (transaction_->state() == txn::State::kFailed) {
    return errors::aborted_block();
  }
  if (!bind.portal.empty() && portals_.contains(bind.portal))
    return errors::known_portal(bind.portal);
  return {};
}

Task<Status> Session::on_bind(std::string_view body) {
  wire::BindMessage bind;
  auto decoded = wire::decode_bind(body, bind);
  if (!decoded) co_return decoded;
  const std::string name(bind.statement);
  const std::shared_ptr<PreparedStatement> statement = named(name);
  if (!statement) co_return errors::unknown_statement(name);
  if (open_parse_ && open_parse_ != statement) {
    auto settled = co_await settle_open_parse();
    if (!settled || skip_until_sync_) co_return settled;
  }
  if (outdated(*statement)) {
    auto fresh = co_await revalidate(*statement);
    if (!fresh) co_return fresh;
  }
  if (statement->cached && statement->plan().completion) {
    auto completed = co_await bind_completed(statement, bind);
    co_return completed;
  }
  auto bound = co_await bind_portal(statement, bind, body);
  co_return bound;
}

// `statement` is not outdated; `body` is the message that `bind` points into.
Task<Status> Session::bind_portal(std::shared_ptr<PreparedStatement> statement,
                                  const wire::BindMessage& bind, std::string_view body) {
  auto portal = spare_portal_ ? std::move(spare_portal_) : std::make_unique<Portal>();
  portal->name = bind.portal;
  portal->number = ++portals_made_;
  portal->statement = statement;
  Status ready = check_bind(bind, *statement);
  const bool own = !statement->cached || own_statement(*statement);
  if (ready) portal->take_parameters(bind);
  if (ready && !own) ready = route_portal(*portal);
  if (ready && !own && exec::renumbers(*catalog()->schema, portal->targets)) {
    ready = co_await judge_binary(*portal, bind);
    if (skip_until_sync_) co_return Status{};
  }
  if (!ready) {
    // PostgreSQL judges the statement first.
    auto drained = co_await drain_all();
    if (!drained || skip_until_sync_) co_return drained;
    co_return ready;
  }
  Portal& bound = *portal;
  portals_.insert_or_assign(bound.name, std::move(portal));
  if (!own && bound.targets.size() == 1 && !bound.renumbered) {
    auto relayed = co_await relay_bind(bound, bind);
    if (!relayed) drop_portal(&bound);
    co_return relayed;
  }
  const bool kept = !own || (statement->cached && statement->plan().show);
  if (kept) bound.keep(body);
  auto settled = co_await settle_open_parse();
  if (!settled || skip_until_sync_) co_return settled;
  owe({.kind = Owed::Kind::kLocal, .local = '2'});
  co_return Status{};
}

// Where the portal's statement runs with its parameters.
Status Session::route_portal(Portal& portal) {
  PreparedStatement& statement = *portal.statement;
  plan::Values values = statement.values();
  values.parameters = &portal.parameters;
  auto found = find_targets(statement.plan(), values, portal.targets, portal.target_of_row);
  if (!found || portal.targets.size() < 2) return found;
  return check_window(statement.plan(), values);
}

void Portal::reuse() {
  statement.reset();
  tag.clear();
  bind_body.clear();
  bind = {};
  parameters.clear();
  participant = nullptr;
  opened = {};
  renumbered = started = ended = false;
}

// Their bytes stay the client's until keep().
void Portal::take_parameters(const wire::BindMessage& message) {
  for (std::size_t i = 0; i < message.parameters.size(); ++i) {
    const std::uint32_t type = i < statement->types.size() ? statement->types[i] : 0;
    parameters.push_back({message.parameters[i], message.format_of(i) == 1, type});
  }
}

// The client's bytes are gone when the portal is executed.
void Portal::keep(std::string_view bind_message) {
  bind_body.assign(bind_message);
  (void)wire::decode_bind(bind_body, bind).has_value();
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].bytes = bind.parameters[i];
}

Task<Status> Session::relay_bind(Portal& portal, const wire::BindMessage& bind) {
  PreparedStatement& statement = *portal.statement;
  const plan::Target target = portal.targets.front();
  txn::Participant* joined = try_join_pipeline(statement.plan(), target.shard);
  if (joined == nullptr) {
    auto waited = co_await join_pipeline(statement.plan(), target.shard);
    if (!waited) co_return waited.error();
    joined = *waited;
  }
  if (!take_channel(*joined)) {
    auto used = co_await use_channel(*joined);
    if (!used || skip_until_sync_) co_return used;
  }
  portal.participant = joined;
  std::string server_name;
  put_statement(portal.statement, target, server_name);
  wire::BindMessage relayed = bind;
  relayed.statement = server_name;
  wire::put_bind(channel_->conn().out(), relayed);
  const bool stays = !portal.name.empty() && transaction_->in_block();
  owe({.kind = Owed::Kind::kBind, .bound = stays ? &portal : nullptr});
  co_return Status{};
}

// A portal that we have not bound may be a cursor that DECLARE made on the default shard.
txn::Participant* Session::cursor_owner(const std::string& name) {
  if (name.empty()) return nullptr;
  return transaction_->find(database_->catalog->rules->default_shard);
}

Task<Status> Session::on_execute(std::string_view body) {
  const auto message = wire::decode_execute(body);
  if (!message) co_return message.error();
  const std::string name(message->portal);
  const auto found = portals_.find(name);
  txn::Participant* relayed =
      found == portals_.end() ? cursor_owner(name) : found->second->participant;
  if (relayed == nullptr && found == portals_.end()) co_return errors::unknown_portal(name);
  if (relayed != nullptr) {
    if (!take_channel(*relayed)) {
      auto used = co_await use_channel(*relayed);
      if (!used || skip_until_sync_) co_return used;
    }
    last_route_.clear();
    wire::put_execute(channel_->conn().out(), name, message->rows_max);
    owe({.kind = Owed::Kind::kExecute});
    last_route_.push_back({relayed->shard, relayed->side});
    if (found == portals_.end()) co_return Status{};
    const auto& cached = found->second->statement->cached;
    if (cached->plan->ddl && plain_) touch_schema();
    pipeline_ddl_ = pipeline_ddl_ || (cached->plan->ddl && !plain_);
    const bool one_of_kept = kept_ && !pipeline_discards_ && !cached->deallocates.empty();
    if (cached->discards || one_of_kept) pipeline_discards_ = cached;
    if (!cached->copies) co_return Status{};
    // The client may send its data at once: then they must not be taken for the rest of a COPY that
    // has failed.
    auto copied = co_await drain_pipeline();
    co_return copied;
  }
  Portal& portal = *found->second;
  auto drained = co_await drain_all();
  if (!drained || skip_until_sync_) co_return drained;
  const std::shared_ptr<PreparedStatement> statement = portal.statement;
  if (!statement->cached) {
    wire::put_empty(client_.out(), 'I');
    co_return Status{};
  }
  if (!own_statement(*statement)) {
    auto executed = co_await execute_scattered(portal, message->rows_max);
    co_return executed;
  }
  auto allowed = may_run(statement->plan());
  if (!allowed) co_return allowed;
  if (portal.ended && statement->plan().show) {
    const plan::ShowPlan& show = *statement->plan().show;
    wire::put_command_complete(client_.out(), show.previews  ? "PREVIEW"
                                              : show.reloads ? "RELOAD"
                                                             : "SHOW");
    co_return Status{};
  }
  if (statement->plan().show && statement->plan().show->previews) {
    portal.ended = true;
    co_return run_preview(*statement, portal);
  }
  if (portal.ended) co_return errors::portal_has_run(name);
  // COMMIT and ROLLBACK drop their own portal with the others.
  portal.ended = true;
  const std::size_t before = client_.out().size();
  auto done = co_await run_own(*statement);
  skip_until_sync_ = pipeline_failed_;
  // In this protocol the rows' description was given by Describe.
  if (statement->plan().show && done && !pipeline_failed_) drop_row_description(before);
  co_return done;
}

void Session::drop_row_description(std::size_t from) {
  const auto frame = wire::first_frame(std::string_view(client_.out()).substr(from),
                                       std::numeric_limits<std::int32_t>::max());
  if (frame && *frame && (*frame)->type == 'T') client_.out().erase(from, (*frame)->bytes.size());
}

Task<Status> Session::execute_scattered(Portal& portal, std::int32_t rows_max) {
  last_route_.clear();
  PreparedStatement& statement = *portal.statement;
  const plan::Plan& plan = statement.plan();
  if (plan.writes || plan.ddl) transaction_->begin_implicit();
  auto held = co_await hold_pipeline();
  if (!held) co_return held;
  plan::Values values = statement.values();
  values.parameters = &portal.parameters;
  exec::Request request = request_for(statement, values, portal.targets);
  request.declared_types = statement.types;
  request.bind = &portal.bind;
  request.target_of_row = &portal.target_of_row;
  request.suspendable = rows_max > 0;
  request.scope = scope_for(statement);
  if (portal.ended) {
    const bool once = (plan.writes || plan.ddl) && !plan.returns_rows;
    if (once) co_return errors::portal_has_run(portal.name);
    wire::put_command_complete(client_.out(), portal.tag.empty() ? "SELECT 0" : portal.tag);
    co_return Status{};
  }
  if (!portal.started) {
    portal.started = true;
    auto opened = co_await open_scattered(request);
    note_scattered(plan);
    if (!opened) {
      Error error = opened.error();
      in_clients_terms(error, portal);
      co_return error;
    }
    portal.opened = std::move(*opened);
  }
  const std::uint64_t limit = rows_max > 0 ? static_cast<std::uint64_t>(rows_max)
                                           : std::numeric_limits<std::uint64_t>::max();
  auto done = co_await run_scatter(request, portal.opened, limit, portal.ended);
  if (!done) {
    portal.ended = true;
    Error error = done.error();
    in_clients_terms(error, portal);
    co_return error;
  }
  if (!portal.ended) wire::put_empty(client_.out(), 's');
  if (portal.ended && (plan.writes || plan.ddl)) portal.tag = portal.opened.cursor->tag();
  pipeline_ddl_ = pipeline_ddl_ || plan.ddl;
  co_return Status{};
}

Task<Status> Session::on_close(std::string_view body) {
  const auto message = wire::decode_named(body, 'C');
  if (!message) co_return message.error();
  const std::string name(message->name);
  auto settled = co_await settle_open_parse();
  if (!settled || skip_until_sync_) co_return settled;
  if (message->kind == 'S' && kept_) {
    auto closed = co_await close_own_name(name);
    if (!closed) co_return closed.error();
    if (*closed) co_return Status{};
  }
  if (message->kind == 'S' && statements_.contains(name)) {
    // It stays if something before this message fails.
    auto drained = co_await drain_pipeline();
    if (!drained || skip_until_sync_) co_return drained;
    statements_.erase(name);
  }
  const auto found = message->kind == 'P' ? portals_.find(name) : portals_.end();
  if (found == portals_.end()) {
    owe({.kind = Owed::Kind::kLocal, .local = '3'});
    co_return Status{};
  }
  const std::unique_ptr<Portal> portal = std::move(found->second);
  portals_.erase(found);
  if (portal->participant != nullptr) {
    auto used = co_await use_channel(*portal->participant);
    if (!used || skip_until_sync_) co_return used;
    wire::put_close(channel_->conn().out(), 'P', name);
    owe({.kind = Owed::Kind::kClose});
    co_return Status{};
  }
  if (portal->opened.cursor && !portal->ended) co_await portal->opened.cursor->close(false);
  owe({.kind = Owed::Kind::kLocal, .local = '3'});
  co_return Status{};
}

Task<Status> Session::on_flush() {
  auto settled = co_await drain_all();
  if (settled && remembered_.wanted) {
    settled = co_await repeat_pipeline();
    if (settled) settled = co_await drain_all();
  }
  if (settled) settled = co_await client_.flush();
  co_return settled;
}

// The common case: one connection has everything, nothing of it is ours, so its whole reply is
// relayed with ReadyForQuery.
bool Session::relays_whole_pipeline() const {
  return channel_ != nullptr && !owed_.empty() && owed_special_ == 0 && !skip_until_sync_ &&
         !pipeline_ddl_ && !pipeline_discards_ && transaction_->state() != txn::State::kImplicit &&
         transaction_->participants().size() == 1;
}

// False: the connection was lost. Errors: the client's.
Task<Result<bool>> Session::relay_whole_pipeline() {
  backend::ServerConn& conn = channel_->conn();
  conn.put_sync();
  Reply reply;
  reply.repeatable = may_heal();
  auto relayed = co_await relay(conn, true, reply);
  if (!relayed) co_return relayed.error();
  if (reply.failed || reply.lost) forget_failed_parses(conn, 0);
  if (reply.stale) conn.expire_prepared();
  if (reply.withheld) {
    want_repetition(false);
    co_return false;
  }
  owed_.clear();
  if (reply.failed) undo_settings();
  settle_reply(conn, reply);
  if (kept_) follow_server(conn);
  if (reply.lost) {
    auto failed = co_await fail_pipeline(*reply.lost);
    if (!failed) co_return failed.error();
    co_return false;
  }
  if (!transaction_->in_block()) drop_portals();
  channel_ = nullptr;
  underway_.clear();
  finish_statement();
  co_return true;
}

// Everything that the client has sent since its last Sync is answered.
Task<Status> Session::answer_pipeline() {
  auto settled = co_await settle_or_fail();
  if (!settled) co_return settled;
  if (skip_until_sync_ || transaction_->state() == txn::State::kImplicit) co_return Status{};
  auto drained = co_await drain_pipeline(true);
  co_return drained;
}

Task<Status> Session::on_sync() {
  auto done = co_await sync();
  pipeline_settings_.reset();
  remembered_.messages.clear();
  remembered_.too_late = false;
  remembered_.wanted = false;
  remembered_.begun = false;
  force_primary_ = false;
  co_return done;
}

Task<Status> Session::settle_or_fail() {
  if (skip_until_sync_) co_return Status{};
  auto settled = co_await settle_open_parse();
  if (settled) co_return settled;
  auto failed = co_await fail_pipeline(settled.error());
  co_return failed;
}

Task<Status> Session::sync() {
  if (open_parse_) {
    auto settled = co_await settle_or_fail();
    if (!settled) co_return settled;
  }
  if (relays_whole_pipeline()) {
    auto relayed = co_await relay_whole_pipeline();
    if (!relayed) co_return relayed.error();
    if (*relayed) co_return Status{};
  }
  auto answered = co_await answer_pipeline();
  if (answered && remembered_.wanted) {
    answered = co_await repeat_pipeline();
    if (answered) answered = co_await answer_pipeline();
  }
  if (!answered) co_return answered;
  auto ended = co_await end_pipeline();
  if (!ended) co_return ended;
  skip_until_sync_ = false;
  pipeline_failed_ = false;
  open_parse_.reset();
  auto ready = co_await give_ready();
  co_return ready;
}

}  // namespace tessera::session
