// Describe, of statements and portals.

#include "proxy/exec/streams.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {

Task<Status> Session::on_describe(std::string_view body) {
  const auto message = wire::decode_named(body);
  if (!message) co_return message.error();
  const std::string name(message->name);
  if (message->kind == 'S') {
    const std::shared_ptr<PreparedStatement> statement = named(name);
    if (!statement) co_return errors::unknown_statement(name);
    auto described = co_await describe_statement(statement);
    co_return described;
  }
  const auto found = portals_.find(name);
  if (found != portals_.end()) {
    auto described = co_await describe_portal(name, *found->second);
    co_return described;
  }
  txn::Participant* owner = cursor_owner(name);
  if (owner == nullptr) co_return errors::unknown_portal(name);
  auto used = co_await use_channel(*owner);
  if (!used || skip_until_sync_) co_return used;
  wire::put_describe(channel_->conn().out(), 'P', name);
  owe({.kind = Owed::Kind::kDescribe});
  co_return Status{};
}

// Of a statement that the proxy obeys itself. What was not declared is text.
void Session::put_parameter_types(const PreparedStatement& statement) {
  constexpr std::uint32_t kText = 25;
  std::vector<std::uint32_t> types = statement.types;
  for (std::uint32_t& type : types) type = type == 0 ? kText : type;
  types.resize(parameters_of(statement), kText);
  const std::size_t mark = wire::begin_frame(client_.out(), 't');
  wire::put_i16(client_.out(), static_cast<std::int16_t>(types.size()));
  for (const std::uint32_t type : types)
    wire::put_i32(client_.out(), static_cast<std::int32_t>(type));
  wire::end_frame(client_.out(), mark);
}

// The rows of such a statement.
Task<Status> Session::describe_own(const PreparedStatement& statement) {
  const bool rows = statement.cached && statement.plan().show && !statement.plan().show->reloads;
  if (!rows) {
    wire::put_empty(client_.out(), 'n');
    co_return Status{};
  }
  if (!statement.plan().show->previews) {
    auto shown = co_await run_show(*statement.plan().show, true);
    co_return shown;
  }
  describe_preview();
  co_return Status{};
}

Task<Status> Session::describe_statement(const std::shared_ptr<PreparedStatement>& statement) {
  const bool rows = statement->cached && statement->plan().returns_rows && !kept_;
  if (rows && transaction_->state() == txn::State::kFailed) co_return errors::aborted_block();
  if (!statement->cached || own_statement(*statement)) {
    auto drained = co_await drain_all();
    if (!drained || skip_until_sync_) co_return drained;
    put_parameter_types(*statement);
    auto described = co_await describe_own(*statement);
    co_return described;
  }
  if (outdated(*statement)) {
    auto fresh = co_await revalidate(*statement);
    if (!fresh) co_return fresh;
  }
  if (open_parse_ && open_parse_ != statement) {
    auto settled = co_await settle_open_parse();
    if (!settled || skip_until_sync_) co_return settled;
  }
  const plan::Target target = describing_target(statement->plan());
  auto joined = co_await join_pipeline(statement->plan(), target.shard);
  if (!joined) co_return joined.error();
  auto used = co_await use_channel(**joined);
  if (!used || skip_until_sync_) co_return used;
  std::string server_name;
  put_statement(statement, target, server_name);
  wire::put_describe(channel_->conn().out(), 'S', server_name);
  owe({.kind = Owed::Kind::kDescribe});
  co_return Status{};
}

Task<Status> Session::describe_portal(const std::string& name, Portal& portal) {
  if (portal.participant != nullptr) {
    if (!take_channel(*portal.participant)) {
      auto used = co_await use_channel(*portal.participant);
      if (!used || skip_until_sync_) co_return used;
    }
    wire::put_describe(channel_->conn().out(), 'P', name);
    owe({.kind = Owed::Kind::kDescribe});
    co_return Status{};
  }
  auto drained = co_await drain_all();
  if (!drained || skip_until_sync_) co_return drained;
  PreparedStatement& statement = *portal.statement;
  if (!statement.cached || own_statement(statement)) {
    auto described = co_await describe_own(statement);
    co_return described;
  }
  auto held = co_await hold_pipeline();
  if (!held) co_return held;
  plan::Values values = statement.values();
  values.parameters = &portal.parameters;
  exec::Request request = request_for(statement, values, portal.targets);
  request.declared_types = statement.types;
  auto described = co_await exec::describe(request);
  if (!described) co_return described.error();
  if (!(*described)->returns_rows) {
    wire::put_empty(client_.out(), 'n');
    co_return Status{};
  }
  std::vector<wire::Field> fields = (*described)->fields;
  const auto& formats = portal.bind.result_formats;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::int16_t all = formats.size() == 1 ? formats[0] : std::int16_t{0};
    fields[i].format = formats.size() > 1 && i < formats.size() ? formats[i] : all;
  }
  wire::put_row_description(client_.out(), fields);
  co_return Status{};
}

}  // namespace tessera::session
