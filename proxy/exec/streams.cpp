#include "proxy/exec/streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/exec/client_view.h"
#include "proxy/exec/numbers.h"

namespace tessera::exec {
namespace {

// Portals of suspended cursors live side by side in a transaction, so each gets a name of its own.
std::string next_portal_name() {
  thread_local std::uint64_t count = 0;
  return fmt::format("tessera_portal_{}", ++count);
}

Flow flow_for(const Request& request, const std::vector<StreamSpec>& specs, const StreamSpec& spec,
              const txn::Participant& participant) {
  const auto same_shard = std::count_if(
      specs.begin(), specs.end(),
      [&spec](const StreamSpec& other) { return other.target.shard == spec.target.shard; });
  if (same_shard == 1 && !request.suspendable) return Flow::kWhole;
  return participant.begun ? Flow::kTurnsSynced : Flow::kTurns;
}

Task<Status> send_all(Request& request, const std::vector<StreamSpec>& specs, Streams& streams) {
  // Joining everything first, in shard order and within one deadline, is what keeps two scatters on
  // small pools from waiting for each other for ever.
  std::vector<txn::Participant*> participants;
  for (const StreamSpec& spec : specs) {
    auto joined =
        co_await request.transaction.join(spec.target.shard, request.side, request.deadline);
    if (!joined) co_return joined.error();
    participants.push_back(*joined);
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Flow flow = flow_for(request, specs, specs[i], *participants[i]);
    std::string portal = flow == Flow::kWhole ? std::string() : next_portal_name();
    streams.emplace_back(participants[i]->lease.conn(), flow, std::move(portal));
    streams.back().put_open(specs[i]);
    auto sent = co_await participants[i]->conn().flush();
    if (!sent) co_return sent.error();
  }
  co_return Status{};
}

Task<Status> read_descriptions(const Request& request, const std::vector<StreamSpec>& specs,
                               Streams& streams) {
  for (std::size_t i = 0; i < streams.size(); ++i) {
    auto settled = co_await streams[i].conn()->settle();
    if (!settled) co_return settled.error();
    auto described = co_await streams[i].read_description();
    const catalog::Schema& schema = *request.plan.catalog->schema;
    const rules::ShardIndex shard = specs[i].target.shard;
    if (described && numbers_of(schema, shard) != nullptr)
      streams[i].show_numbers(schema.type_numbers[shard]);
    if (described) continue;
    Error error = described.error();
    if (specs[i].edits)
      translate(error,
                {request.plan, specs[i].target, *specs[i].edits, request.text, request.tokens});
    co_return error;
  }
  co_return Status{};
}

}  // namespace

void fill_parameters(const Request& request, StreamSpec& spec) {
  // What a part of the statement leaves out must not leave a parameter without a type.
  spec.types = request.described ? request.described->parameter_types : request.declared_types;
  spec.scope = request.scope;
  if (request.bind == nullptr) return;
  spec.parameter_formats = request.bind->parameter_formats;
  spec.parameters = request.bind->parameters;
}

Task<Result<Streams>> open_streams(Request& request, std::vector<StreamSpec> specs) {
  Streams streams;
  streams.reserve(specs.size());
  for (StreamSpec& spec : specs) {
    const auto* numbers = numbers_of(*request.plan.catalog->schema, spec.target.shard);
    spec.types = types_for_shard(numbers, std::move(spec.types));
  }
  auto opened = co_await send_all(request, specs, streams);
  if (opened) opened = co_await read_descriptions(request, specs, streams);
  if (opened) co_return streams;
  const Error error = opened.error();
  co_await close_streams(streams, true);
  co_return error;
}

Task<> close_streams(Streams& streams, bool abandon) {
  for (RowStream& stream : streams) {
    // What nobody will read is not worth computing.
    if (abandon && !stream.ended() && stream.conn()->owed() > 0)
      backend::ServerConn::abandon(stream.conn());
  }
  for (RowStream& stream : streams) {
    // An error here belongs to a statement that has failed or ended already.
    auto closed = co_await stream.close();
    (void)closed.has_value();
  }
  if (!abandon) co_return;
  // In a block the next statement follows on the same connections.
  for (RowStream& stream : streams) {
    const std::shared_ptr<backend::ServerConn> conn = stream.conn();
    co_await backend::ServerConn::calm_down(conn);
  }
}

Task<Result<std::shared_ptr<const Described>>> describe(Request& request) {
  if (request.described) co_return request.described;
  const plan::Target& target = request.targets.front();
  auto joined = co_await request.transaction.join(target.shard, request.side, request.deadline);
  if (!joined) co_return joined.error();
  backend::ServerConn& conn = (*joined)->conn();
  const plan::SlotNames names = plan::slot_names(request.plan, target);
  const plan::RenderInput input{.text = request.text, .tokens = &request.tokens, .tables = &names};
  const auto* numbers = numbers_of(*request.plan.catalog->schema, target.shard);
  wire::put_parse(conn.out(), "", plan::render(input, request.plan.rename),
                  types_for_shard(numbers, request.declared_types));
  conn.unnamed_key = 0;
  wire::put_describe(conn.out(), 'S', "");
  conn.put_sync();
  auto sent = co_await conn.flush();
  if (!sent) co_return sent.error();
  auto settled = co_await conn.settle();
  if (!settled) co_return settled.error();
  auto described = std::make_shared<Described>();
  Status outcome{};
  while (conn.owed() > 0) {
    auto frame = co_await conn.read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E') outcome = wire::decode_error(frame->body);
    if (frame->type == 't')
      outcome = wire::decode_parameter_description(frame->body, described->parameter_types);
    if (frame->type == 'T') {
      described->returns_rows = true;
      described->row_description.assign(frame->body);
      outcome = wire::decode_row_description(described->row_description, described->fields);
    }
  }
  if (!outcome) {
    Error error = outcome.error();
    translate(error, {request.plan, target, request.plan.rename, request.text, request.tokens});
    co_return error;
  }
  if (numbers != nullptr) {
    show_numbers(*numbers, described->fields);
    for (std::uint32_t& type : described->parameter_types) type = numbers->type_for_client(type);
  }
  request.described = described;
  co_return request.described;
}

}  // namespace tessera::exec
