// Shards whose types and tables have other numbers than those of the default shard, which clients
// know.

#include <algorithm>
#include <cctype>

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {

// The numbers of the shard that `conn` is of; null: they are the client's.
const catalog::TypeNumbers* Session::numbers_of(const backend::ServerConn& conn) const {
  const catalog::Schema& schema = *catalog()->schema;
  if (schema.type_numbers.empty()) return nullptr;
  for (const auto& participant : transaction_->participants()) {
    if (&participant->conn() == &conn) return exec::numbers_of(schema, participant->shard);
  }
  return nullptr;
}

// Arrays, rows and records carry numbers of types in binary format: those of one shard mean nothing
// on another, so that such rows are not relayed as they come. Errors: 0A000 such a one is given as
// a parameter; those of exec::describe().
Task<Status> Session::judge_binary(Portal& portal, const wire::BindMessage& bind) {
  PreparedStatement& statement = *portal.statement;
  if (Status copied = check_copy(statement, portal.targets); !copied) co_return copied;
  if (!exec::asks_binary(bind)) co_return Status{};
  if (!statement.cached->described) {
    auto drained = co_await drain_all();
    if (!drained || skip_until_sync_) co_return drained;
    auto held = co_await hold_pipeline();
    if (!held) co_return held;
  }
  plan::Values values = statement.values();
  values.parameters = &portal.parameters;
  exec::Request request = request_for(statement, values, portal.targets);
  request.declared_types = statement.types;
  auto described = co_await exec::describe(request);
  if (!described) co_return described.error();
  const catalog::Schema& schema = *catalog()->schema;
  portal.renumbered = exec::gives_numbers(schema, portal.targets, bind, **described);
  co_return exec::check_parameters(schema, portal.targets, bind, **described);
}

// What columns a COPY in binary format has is not looked for. Errors: 0A000.
Status Session::check_copy(PlannedStatement& statement, const std::vector<plan::Target>& targets) {
  if (!statement.cached->copies || !exec::renumbers(*catalog()->schema, targets)) return {};
  for (const parser::Token& token : statement.all_tokens()) {
    std::string word = statement.text.substr(token.offset, token.length);
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word == "binary" || word == "'binary'") return errors::binary_copy();
  }
  return {};
}

}  // namespace tessera::session
