// Statements of the proxy's own.
// PREVIEW statement: which data sources it would be sent to, and as what. Nothing is sent.
// RELOAD RULES: the configuration is read again.

#include "base/utf8.h"
#include "proxy/exec/client_view.h"
#include "proxy/plan/physical.h"
#include "proxy/session/errors.h"
#include "proxy/session/reload.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::string_view kWord = "preview";
constexpr std::string_view kReload = "reload rules ";  // a space ends each token

Error moved(Error error, std::string_view before) {
  exec::move_position(error, characters(before));
  return error;
}

}  // namespace

bool Session::is_preview(const parser::Shape& shape) {
  return shape.canonical.starts_with(kWord) && shape.canonical.substr(kWord.size(), 1) == " ";
}

// Where the statement begins that a PREVIEW names.
std::uint32_t Session::previewed_from(const parser::Shape& preview) {
  return preview.begin + static_cast<std::uint32_t>(kWord.size());
}

bool Session::is_reload(const parser::Shape& shape) { return shape.canonical == kReload; }

// A statement that PostgreSQL does not know.
std::shared_ptr<CachedPlan> Session::own_plan(plan::ShowPlan show) const {
  auto plan = std::make_shared<plan::Plan>();
  plan->catalog = catalog();
  plan->show = std::move(show);
  auto out = std::make_shared<CachedPlan>();
  out->plan = std::move(plan);
  return out;
}

// Errors: 42501; those of Reload::ask().
Task<Status> Session::run_reload() {
  if (transaction_->state() == txn::State::kFailed) co_return errors::aborted_block();
  if (!admin_) co_return errors::not_an_admin();
  const Executor executor = client_.executor();
  const Status done = co_await worker_.house().reload->ask(executor);
  if (!done) co_return done;
  wire::put_command_complete(client_.out(), "RELOAD");
  co_return Status{};
}

void Session::describe_preview() {
  wire::put_row_description(client_.out(),
                            {wire::Field{.name = "data_source_name", .type = 25, .type_size = -1},
                             wire::Field{.name = "actual_sql", .type = 25, .type_size = -1}});
}

// Errors: those that the statement itself would meet before it is sent.
Status Session::run_preview(std::string_view text, const parser::Shape& preview) {
  if (transaction_->state() == txn::State::kFailed) return errors::aborted_block();
  const std::uint32_t begin = previewed_from(preview);
  const auto sent = previewed(text.substr(begin, preview.end - begin), {.hints = simple_.hints});
  if (!sent) return moved(sent.error(), text.substr(0, begin));
  describe_preview();
  give_preview(*sent);
  return {};
}

// Errors: as above.
Status Session::run_preview(const PreparedStatement& statement, const Portal& portal) {
  const std::string_view text = statement.text;
  const auto sent = previewed(
      text.substr(kWord.size()),
      {.hints = statement.hints, .types = &statement.types, .parameters = &portal.parameters});
  if (!sent) return moved(sent.error(), statement.leading + std::string(kWord));
  give_preview(*sent);
  return {};
}

void Session::give_preview(const std::vector<plan::PhysicalStatement>& sent) {
  for (const plan::PhysicalStatement& one : sent) {
    const std::string& source = database_->catalog->rules->shards[one.shard].name;
    wire::put_data_row(client_.out(), {std::string_view(source), std::string_view(one.sql)});
  }
  wire::put_command_complete(client_.out(), "PREVIEW");
}

// Hints stand before PREVIEW (those are given), or before the statement itself.
Result<std::vector<plan::PhysicalStatement>> Session::previewed(std::string_view statement,
                                                                const Previewed& given) {
  parser::Shape shape;
  auto scanned = parser::scan(statement, 0, scan_options_, shape);
  if (!scanned) return scanned.error();
  auto hints = hints_before(statement.substr(0, shape.begin));
  if (!hints) hints = given.hints;
  const auto cached = plan_with_hints(statement, shape, hints.get(), given.types);
  if (!cached) return cached.error();
  const plan::Plan& plan = *(*cached)->plan;
  const std::string_view own = statement.substr(shape.begin, shape.end - shape.begin);
  for (parser::Constant& constant : shape.constants) constant.offset -= shape.begin;
  std::vector<parser::Token> tokens;
  std::vector<parser::TextSpan> items;
  parser::tokenize(own, 0, static_cast<std::uint32_t>(own.size()), scan_options_, tokens);
  if (plan.folded) parser::fold_tokens(shape, tokens, items);
  plan::Values values = plan::values_of(plan, own, shape);
  values.parameters = given.parameters;
  values.hints = hints.get();
  return plan::physical_statements(
      plan, {.text = own, .tokens = &tokens, .values = values, .items = &items});
}

}  // namespace tessera::session
