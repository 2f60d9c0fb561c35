// A simple message of several statements: PostgreSQL parses all of them before it runs the first
// (exec_simple_query), so that a syntax error in the last one runs none.

#include "base/utf8.h"
#include "proxy/exec/client_view.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::chrono::milliseconds kWaitHolding{100};

// Does PostgreSQL have to say whether this is SQL at all?
bool is_doubtful(const parser::ParsedStatement& parsed) {
  const auto* other = std::get_if<parser::OtherStatement*>(&parsed.statement().node);
  return other != nullptr && !(*other)->understood;
}

}  // namespace

// Puts a server's error about what is under way into the client's terms.
void Session::translate(Error& error) {
  for (const Underway& sent : underway_) {
    PlannedStatement& statement = *sent.statement;
    // Which of several it is about is not known here: then the position stays.
    if (underway_.size() > 1) {
      exec::translate_names(error, statement.plan(), {sent.target});
      continue;
    }
    exec::translate(error, {statement.plan(), sent.target, statement.plan().rename, statement.text,
                            statement.all_tokens()});
    in_clients_text(error, statement, sent.target);
    exec::move_position(error, characters(statement.before));
  }
}

// An error about a statement with values in its blanks becomes one about what the client wrote.
void Session::in_clients_text(Error& error, const PlannedStatement& statement,
                              const plan::Target& target) {
  if (!statement.origin) return;
  const Origin& origin = *statement.origin;
  exec::translate(error, {statement.plan(), target, origin.edits, origin.text, origin.tokens});
}

void Session::in_clients_terms(Error& error, const Portal& portal) {
  exec::translate_names(error, portal.statement->plan(), portal.targets);
  in_clients_text(error, *portal.statement, portal.targets.front());
  exec::move_position(error, characters(portal.statement->before));
}

// Errors: what is wrong with the syntax of a statement in `text`, and where.
Task<Status> Session::check_syntax(const std::string& text) {
  const parser::ScanOptions options = scan_options_;
  parser::Shape shape;
  std::uint32_t from = 0;
  while (from < text.size()) {
    auto scanned = parser::scan(text, from, options, shape);
    if (!scanned) co_return scanned;
    from = is_preview(shape) ? previewed_from(shape) : shape.next;
    const bool checked = shape.begin == shape.end || database_->plans.knows(shape);
    if (checked || is_preview(shape) || is_reload(shape)) continue;
    auto parsed = parser::parse(text, shape, options);
    if (!parsed) co_return parsed.error();
    if (!is_doubtful(*parsed)) continue;
    // With its semicolon, which the error may name.
    const std::string_view statement =
        std::string_view(text).substr(shape.begin, shape.next - shape.begin);
    auto asked = co_await ask_syntax(statement);
    if (asked) continue;
    Error error = asked.error();
    const std::string_view before = std::string_view(text).substr(0, shape.begin);
    exec::move_position(error, characters(before));
    co_return error;
  }
  co_return Status{};
}

// Has a server parse `sql`, on a connection that has no part in the transaction. Errors: 42601 of
// the server's; whatever else it says is for the time when the statement runs.
Task<Status> Session::ask_syntax(std::string_view sql) {
  backend::Side side = backend::Side::kPrimary;
  const rules::ShardIndex shard = database_->catalog->rules->default_shard;
  // One who waits long for a connection while holding others could wait for himself.
  const bool holds = !transaction_->participants().empty();
  const Deadline deadline = holds ? Clock::now() + kWaitHolding : wait_deadline();
  auto lease = co_await backends_->lease(shard, side, deadline);
  if (!lease) co_return Status{};
  backend::ServerConn& conn = *lease->conn();
  wire::put_parse(conn.out(), "", sql, {});
  conn.unnamed_key = 0;
  conn.put_sync();
  auto sent = co_await conn.flush();
  Status outcome{};
  while (sent && conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) break;
    if (frame->type == 'E') outcome = wire::decode_error(frame->body);
  }
  const bool syntax = !outcome && outcome.error().sqlstate == "42601";
  co_return syntax ? outcome : Status{};
}

}  // namespace tessera::session
