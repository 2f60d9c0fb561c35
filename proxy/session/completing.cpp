// Values that are made before a statement can be routed: keys that the rules generate, and
// expressions that a server is asked for. They are put into the text, as constants in the simple
// protocol and as further parameters in the extended one, and what comes of it runs like any other
// statement. The client knows nothing of these parameters: its own statement is what Describe tells
// it of.

#include <fmt/format.h>
#include <xxhash.h>

#include "base/into.h"
#include "proxy/exec/client_view.h"
#include "proxy/plan/errors.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::chrono::milliseconds kNextMillisecond{1};
constexpr std::size_t kParametersMax = 65'535;
constexpr std::string_view kMismatch = "42804";
constexpr std::string_view kCannotCast = "42846";

std::chrono::milliseconds now_since_1970() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

// A position in the question means nothing to the client.
Error without_position(Error error) {
  error.position = 0;
  error.server_fields.clear();
  return error;
}

}  // namespace

// A Bind with parameters behind those of the client, which point into what was made.
struct Session::LongerBind {
  wire::BindMessage bind;
  std::vector<std::uint32_t> types;
  std::vector<std::optional<std::string>> places;  // $n of each value; absent: it is not put
};

Session::LongerBind Session::with_parameters(const wire::BindMessage& bind,
                                             const std::vector<std::uint32_t>& types,
                                             const std::vector<MadeValue>& made) {
  LongerBind out{.bind = bind, .types = types, .places = {}};
  out.types.resize(bind.parameters.size());
  out.bind.parameter_formats.clear();
  for (std::size_t i = 0; i < bind.parameters.size(); ++i) {
    out.bind.parameter_formats.push_back(bind.format_of(i));
  }
  for (const MadeValue& value : made) {
    out.places.emplace_back();
    if (value.left) continue;
    std::optional<std::string_view> text;
    if (value.text) text = *value.text;
    out.bind.parameters.push_back(text);
    out.bind.parameter_formats.push_back(0);
    out.types.push_back(value.type);
    out.places.back() = fmt::format("${}", out.types.size());
  }
  return out;
}

Task<Result<std::string>> Session::next_key(std::string generator) {
  const rules::KeyGenerator& kind = catalog()->rules->key_generators.at(generator);
  const rules::KeyGenerator options = kind;
  while (true) {
    const auto key = worker_.house().keys.next(options, now_since_1970());
    if (!key) co_return key.error();
    if (*key) co_return **key;
    Timer pause(client_.executor(), kNextMillisecond);
    boost::system::error_code woken;
    co_await pause.async_wait(into(woken));
  }
}

Task<Status> Session::make_keys(const plan::Completion& completion, std::vector<MadeValue>& made) {
  for (std::size_t at = 0; at < completion.blanks.size(); ++at) {
    const plan::Blank& blank = completion.blanks[at];
    if (blank.kind != plan::Blank::Kind::kGenerated) continue;
    const std::string generator = blank.generator;
    auto key = co_await next_key(generator);
    if (!key) co_return key.error();
    made[at] = {.text = *key, .number = blank.number};
  }
  co_return Status{};
}

// The types of the question's parameters. What the client has not declared PostgreSQL knows from
// the whole statement.
Task<Result<std::vector<std::uint32_t>>> Session::types_for(PlannedStatement& statement,
                                                            BoundValues client,
                                                            const plan::Question& question) {
  std::vector<std::uint32_t> all =
      client.types != nullptr ? *client.types : std::vector<std::uint32_t>();
  bool declared = true;
  for (const std::uint32_t ordinal : question.parameters) {
    declared = declared && ordinal < all.size() && all[ordinal] != 0;
  }
  if (!declared) {
    auto held = co_await hold_pipeline();
    if (!held) co_return held.error();
    const plan::Values values = plan::values_of(statement.plan(), statement.text, statement.shape);
    const std::vector<plan::Target> targets{describing_target(statement.plan())};
    exec::Request request = request_for(statement, values, targets);
    if (client.types != nullptr) request.declared_types = *client.types;
    auto described = co_await exec::describe(request);
    if (!described) co_return described.error();
    all = (*described)->parameter_types;
  }
  std::vector<std::uint32_t> types;
  for (const std::uint32_t ordinal : question.parameters) {
    types.push_back(ordinal < all.size() ? all[ordinal] : 0);
  }
  co_return types;
}

Task<Result<std::vector<exec::Answer>>> Session::answers_to(PlannedStatement& statement,
                                                            BoundValues client,
                                                            const plan::Question& question) {
  // A statement that is being prepared is judged by its own Parse.
  const bool within = transaction_->state() != txn::State::kIdle ||
                      !transaction_->participants().empty() || !question.parameters.empty();
  if (within) {
    auto drained = co_await drain_all();
    if (!drained) co_return drained.error();
    if (skip_until_sync_) co_return errors::aborted_block();
  }
  auto types = co_await types_for(statement, client, question);
  if (!types) co_return types.error();
  exec::StreamSpec spec;
  spec.sql = question.sql;
  spec.types = std::move(*types);
  for (const std::uint32_t ordinal : question.parameters) {
    if (client.bind == nullptr || ordinal >= client.bind->parameters.size()) continue;
    spec.parameters.push_back(client.bind->parameters[ordinal]);
    spec.parameter_formats.push_back(client.bind->format_of(ordinal));
  }
  spec.target.shard = database_->catalog->rules->default_shard;
  const auto& joined = transaction_->participants();
  // The clock of a block is that of the server which joined it first.
  if (!question.of_sequence && !joined.empty()) spec.target.shard = joined.front()->shard;
  if (transaction_->state() == txn::State::kIdle && joined.empty()) {
    // Of its own, so that the statement's shard need not share a transaction with this one.
    txn::Transaction beside(*backends_);
    beside.settings = transaction_->settings;
    asking_ = &beside;
    auto answers = co_await ask_by(beside, statement, std::move(spec));
    asking_ = nullptr;
    beside.release();
    co_return answers;
  }
  auto held = co_await hold_pipeline();
  if (!held) co_return held.error();
  auto answers = co_await ask_by(*transaction_, statement, std::move(spec));
  release_after_asking();
  co_return answers;
}

Task<Result<std::vector<exec::Answer>>> Session::ask_by(txn::Transaction& transaction,
                                                        PlannedStatement& statement,
                                                        exec::StreamSpec spec) {
  const plan::Values values = plan::values_of(statement.plan(), statement.text, statement.shape);
  const std::vector<plan::Target> targets{spec.target};
  std::shared_ptr<const exec::Described> nothing;
  exec::Request request{.transaction = transaction,
                        .plan = statement.plan(),
                        .text = statement.text,
                        .tokens = statement.all_tokens(),
                        .items = statement.items,
                        .values = values,
                        .targets = targets,
                        .deadline = wait_deadline(),
                        .described = nothing};
  auto answers = co_await exec::ask(request, std::move(spec));
  co_return answers;
}

// The statement that follows may write on another shard: then these connections would have to take
// part in its transaction, for nothing.
void Session::release_after_asking() {
  if (transaction_->state() != txn::State::kIdle || !owed_.empty()) return;
  for (const auto& [name, portal] : portals_) {
    if (portal->participant != nullptr) return;
  }
  for (const auto& participant : transaction_->participants()) {
    if (!participant->conn().clean()) return;
  }
  channel_ = nullptr;
  transaction_->release();
}

// Errors: what the server says of an expression; that of a value which is none of its column's.
Task<Status> Session::take_answers(PlannedStatement& statement, BoundValues client,
                                   std::vector<MadeValue>& made) {
  const std::shared_ptr<const plan::Completion> completion = statement.plan().completion;
  const plan::Question question =
      plan::make_question(*completion, statement.text, statement.all_tokens());
  if (question.answers == 0) co_return Status{};
  if (question.answers > plan::kAskedMax) co_return plan::too_many_asked(plan::kAskedMax);
  auto asked = co_await answers_to(statement, client, question);
  if (!asked) {
    // The cast to the column's type is ours.
    const Error& error = asked.error();
    const bool ours = error.position > 0 && error.position <= question.expressions_at;
    if (error.sqlstate == kCannotCast && ours) co_return errors::not_assignable();
    co_return error;
  }
  for (std::size_t at = 0; at < made.size(); ++at) {
    const auto& number = question.answer_of_blank[at];
    if (!number) continue;
    const plan::Blank& blank = completion->blanks[at];
    const exec::Answer& value = (*asked)[2 * *number];
    exec::Answer& text = (*asked)[2 * *number + 1];
    if (blank.stored && !plan::is_assignable(value.type, blank.type)) {
      co_return errors::not_assignable();
    }
    made[at].type = blank.stored ? blank.type : value.type;
    if (text.text) made[at].text = plan::readable_answer(blank, *text.text);
    made[at].left = plan::cast_name(*catalog()->schema, made[at].type).empty();
  }
  co_return Status{};
}

Task<Result<std::vector<Session::MadeValue>>> Session::make_values(PlannedStatement& statement,
                                                                   BoundValues client) {
  const std::shared_ptr<const plan::Completion> completion = statement.plan().completion;
  std::vector<MadeValue> made(completion->blanks.size());
  auto taken = co_await take_answers(statement, client, made);
  if (!taken) co_return taken.error();
  auto keys = co_await make_keys(*completion, made);
  if (!keys) co_return keys.error();
  co_return made;
}

// The value as SQL; absent: what the client wrote stays.
std::optional<std::string> Session::constant_of(const MadeValue& value) const {
  if (value.left) return std::nullopt;
  if (value.number) return value.text;
  const std::string text = value.text ? plan::quoted_literal(*value.text) : "NULL";
  if (value.type == 0) return text;
  return fmt::format("CAST({} AS {})", text, plan::cast_name(*catalog()->schema, value.type));
}

// Errors: the statement's own; the client is not told.
Task<Status> Session::complete_simple(PlannedStatement& statement) {
  auto made = co_await make_values(statement, {});
  if (!made) {
    const Error error = made.error();
    if (error.position == 0 && error.sqlstate != kMismatch) co_return error;
    const Error bare = without_position(error);
    // A block has been aborted by it: nothing more is said there.
    if (transaction_->state() != txn::State::kIdle) co_return bare;
    auto said = co_await as_postgresql_says(statement, bare);
    co_return said;
  }
  std::vector<std::optional<std::string>> values;
  for (const MadeValue& value : *made) values.push_back(constant_of(value));
  auto origin = std::make_shared<Origin>(
      Origin{.text = statement.text,
             .tokens = statement.all_tokens(),
             .edits = plan::completing_edits(*statement.plan().completion, values)});
  statement.text = plan::render({.text = origin->text, .tokens = &origin->tokens}, origin->edits);
  statement.tokens.clear();
  statement.origin = std::move(origin);
  auto scanned = parser::scan(statement.text, 0, statement.options, statement.shape);
  if (!scanned) co_return scanned;
  auto cached = plan_with_hints(statement.text, statement.shape, statement.hints.get());
  if (!cached) co_return cached.error();
  statement.cached = *cached;
  co_return Status{};
}

// The statement with parameters of ours behind the client's: the one that ran last in the place of
// `statement`, if it fits.
Result<std::shared_ptr<PreparedStatement>> Session::completed_by(
    PreparedStatement& statement, const std::vector<std::optional<std::string>>& values,
    const std::vector<std::uint32_t>& types) {
  Origin origin{.text = statement.text,
                .tokens = statement.all_tokens(),
                .edits = plan::completing_edits(*statement.plan().completion, values)};
  std::string text = plan::render({.text = origin.text, .tokens = &origin.tokens}, origin.edits);
  const std::shared_ptr<PreparedStatement>& last = statement.completed;
  if (last && last->text == text && last->types == types && !outdated(*last)) return last;
  auto made = std::make_shared<PreparedStatement>(statement);
  made->completed.reset();
  made->text = std::move(text);
  made->types = types;
  made->tokens.clear();
  made->before = made->leading;
  made->origin = std::make_shared<const Origin>(std::move(origin));
  made->key = XXH3_64bits_withSeed(made->text.data(), made->text.size(), statement.key);
  made->key = XXH3_64bits_withSeed(types.data(), types.size() * sizeof(std::uint32_t), made->key);
  auto scanned = parser::scan(made->text, 0, made->options, made->shape);
  if (!scanned) return scanned.error();
  auto cached = plan_with_hints(made->text, made->shape, made->hints.get(), &made->types);
  if (!cached) return cached.error();
  made->cached = *cached;
  made->catalog_version = catalog()->version;
  statement.completed = made;
  return made;
}

// Errors: the statement's own; fail_pipeline() tells the client.
Task<Status> Session::bind_completed(std::shared_ptr<PreparedStatement> statement,
                                     const wire::BindMessage& bind) {
  Status ready = check_bind(bind, *statement);
  std::vector<MadeValue> made;
  if (ready) {
    const BoundValues client{.types = &statement->types, .bind = &bind};
    auto values = co_await make_values(*statement, client);
    if (skip_until_sync_) co_return Status{};
    if (values) made = std::move(*values);
    if (!values) ready = without_position(values.error());
  }
  LongerBind longer = with_parameters(bind, statement->types, made);
  if (ready && longer.types.size() > kParametersMax) ready = errors::too_many_parameters();
  std::shared_ptr<PreparedStatement> completed;
  if (ready) {
    auto found = completed_by(*statement, longer.places, longer.types);
    if (found) completed = *found;
    if (!found) ready = found.error();
  }
  if (!ready) {
    // PostgreSQL judges the statement first.
    auto drained = co_await drain_all();
    if (!drained || skip_until_sync_) co_return drained;
    co_return ready;
  }
  if (open_parse_ == statement) open_parse_ = completed;
  std::string frame;
  wire::put_bind(frame, longer.bind);
  const std::string_view body = std::string_view(frame).substr(wire::kFrameHead);
  auto done = co_await bind_portal(completed, longer.bind, body);
  co_return done;
}

}  // namespace tessera::session
