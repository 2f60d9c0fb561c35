// PREVIEW statement: which data sources it would be sent to, and as what. Nothing is sent.

#include "base/utf8.h"
#include "proxy/exec/client_view.h"
#include "proxy/plan/physical.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::string_view kWord = "preview";

}  // namespace

bool Session::is_preview(const parser::Shape& shape) {
  return shape.canonical.starts_with(kWord) && shape.canonical.substr(kWord.size(), 1) == " ";
}

// Where the statement begins that a PREVIEW names.
std::uint32_t Session::previewed_from(const parser::Shape& preview) {
  return preview.begin + static_cast<std::uint32_t>(kWord.size());
}

// Errors: those that the statement itself would meet before it is sent.
Status Session::run_preview(std::string_view text, const parser::Shape& preview) {
  if (transaction_->state() == txn::State::kFailed) return errors::aborted_block();
  const std::uint32_t begin = previewed_from(preview);
  const std::string_view statement = text.substr(begin, preview.end - begin);
  auto sent = previewed(statement);
  if (!sent) {
    Error error = sent.error();
    exec::move_position(error, characters(text.substr(0, begin)));
    return error;
  }
  wire::put_row_description(client_.out(),
                            {wire::Field{.name = "data_source_name", .type = 25, .type_size = -1},
                             wire::Field{.name = "actual_sql", .type = 25, .type_size = -1}});
  for (const plan::PhysicalStatement& one : *sent) {
    const std::string& source = database_->catalog->rules->shards[one.shard].name;
    wire::put_data_row(client_.out(), {std::string_view(source), std::string_view(one.sql)});
  }
  wire::put_command_complete(client_.out(), "PREVIEW");
  return {};
}

// Hints stand before PREVIEW (those are simple_.hints), or before the statement itself.
Result<std::vector<plan::PhysicalStatement>> Session::previewed(std::string_view statement) {
  parser::Shape shape;
  auto scanned = parser::scan(statement, 0, scan_options_, shape);
  if (!scanned) return scanned.error();
  auto hints = hints_before(statement.substr(0, shape.begin));
  if (!hints) hints = simple_.hints;
  const auto cached = plan_with_hints(statement, shape, hints.get());
  if (!cached) return cached.error();
  const std::string_view own = statement.substr(shape.begin, shape.end - shape.begin);
  for (parser::Constant& constant : shape.constants) constant.offset -= shape.begin;
  std::vector<parser::Token> tokens;
  parser::tokenize(own, 0, static_cast<std::uint32_t>(own.size()), scan_options_, tokens);
  return plan::physical_statements(
      *(*cached)->plan,
      {.text = own,
       .tokens = &tokens,
       .values = {.text = own, .constants = &shape.constants, .hints = hints.get()}});
}

}  // namespace tessera::session
