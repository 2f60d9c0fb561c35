// The short way, which nearly every statement takes: SELECT or DML for one shard whose connection
// is free now, as a simple query or as a pipeline of its own ([Parse] Bind [Describe] Execute Sync
// with the unnamed portal). It leaves at once, in the client's own bytes, and its reply comes back
// as it is. Whatever is less simple is told by a null participant before anything has been done,
// and goes the long way.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::size_t kBodyMax = 0x3fffffff;
constexpr std::string_view kSync("S\0\0\0\4", 5);
constexpr std::string_view kDescribeUnnamed("D\0\0\0\6P\0", 7);
constexpr std::size_t kExecuteUnnamedBytes = 10;

std::string_view take_frame(std::string_view& from, char type) {
  const std::string_view frame = from.substr(0, wire::whole_frame(from, type));
  from.remove_prefix(frame.size());
  return frame;
}

}  // namespace

bool PreparedStatement::is(const wire::ParseMessage& message) const {
  const std::string_view query = message.query;
  return query.size() == leading.size() + text.size() + trailing.size() &&
         query.starts_with(leading) && query.substr(leading.size()).starts_with(text) &&
         query.ends_with(trailing) && message.parameter_types == types;
}

Session::OnePipeline Session::one_statement(std::string_view buffered) {
  OnePipeline pipeline;
  std::string_view ahead = buffered;
  pipeline.parse = take_frame(ahead, 'P');
  const std::string_view bind = take_frame(ahead, 'B');
  if (bind.empty()) return {};
  const std::string_view rest = ahead;
  if (ahead.starts_with(kDescribeUnnamed)) ahead.remove_prefix(kDescribeUnnamed.size());
  const std::string_view execute = take_frame(ahead, 'E');
  if (execute.size() != kExecuteUnnamedBytes || !ahead.starts_with(kSync)) return {};
  pipeline.bind = bind;
  pipeline.rest = rest.substr(0, rest.size() - ahead.size() + kSync.size());
  return pipeline;
}

Session::Exchange Session::send_at_once() {
  Exchange exchange;
  const std::string_view buffered = client_.buffered();
  // Nothing of an earlier message is left to be done.
  if (buffered.empty() || channel_ != nullptr || !owed_.empty() || skip_until_sync_ ||
      open_parse_ || force_primary_ || !remembered_.messages.empty() || needs_block_schema() ||
      !put_at_once(exchange, buffered))
    return exchange;
  begin_message();
  backend::ServerConn& conn = exchange.participant->conn();
  exchange.reply.repeatable = exchange.describe && transaction_->state() == txn::State::kIdle;
  exchange.sent = conn.flush_now() && conn.settled();
  exchange.reads = exchange.sent;
  return exchange;
}

bool Session::put_at_once(Exchange& exchange, std::string_view buffered) {
  using txn::State;
  const State state = transaction_->state();
  if (state != State::kIdle && state != State::kInBlock) return false;
  if (buffered[0] == 'Q') return put_query_at_once(exchange, buffered);
  if (buffered[0] == 'B' || buffered[0] == 'P') return put_pipeline_at_once(exchange, buffered);
  return false;
}

bool Session::put_query_at_once(Exchange& exchange, std::string_view buffered) {
  const std::string_view frame = buffered.substr(0, wire::whole_frame(buffered, 'Q'));
  if (frame.empty()) return false;
  const auto query = wire::decode_query(frame.substr(wire::kFrameHead));
  if (!query) return false;
  parser::Shape& shape = simple_.shape;
  if (!database_->shapes.scan(*query, scan_options_, shape)) return false;
  if (shape.begin == shape.end || shape.next < query->size()) return false;
  if (shape.begin > 0 && parser::read_hints(query->substr(0, shape.begin))) return false;
  const std::shared_ptr<CachedPlan>* cached = known_plan(*query, shape);
  if (cached == nullptr) {
    const auto made = plan_for(*query, shape);
    cached = made ? known_plan(*query, shape) : nullptr;
  }
  if (cached == nullptr) return false;
  const plan::Values values = plan::values_of(*(*cached)->plan, *query, shape);
  txn::Participant* participant = join_at_once(**cached, values);
  if (participant == nullptr) return false;
  // It takes the place of the unnamed statement and portal.
  if (!statements_.empty()) statements_.erase(std::string());
  if (!portals_.empty()) portals_.erase(std::string());
  if ((*cached)->plan->rename.empty()) {
    participant->conn().put_query_frame(frame);
  } else {
    put_renamed_query(participant->conn(), *query, *cached);
  }
  exchange.participant = participant;
  exchange.bytes = frame.size();
  return true;
}

// The shape in simple_ speaks of `query`.
void Session::put_renamed_query(backend::ServerConn& conn, std::string_view query,
                                const std::shared_ptr<CachedPlan>& cached) {
  parser::Shape& shape = simple_.shape;
  query_text_.assign(query);
  simple_.cached = cached;
  simple_.hints.reset();
  simple_.options = scan_options_;
  simple_.tokens.clear();
  simple_.origin.reset();
  simple_.before = std::string_view(query_text_).substr(0, shape.begin);
  simple_.text.assign(query, shape.begin, shape.end - shape.begin);
  for (parser::Constant& constant : shape.constants) constant.offset -= shape.begin;
  conn.put_query(rendered(simple_, targets_.front()));
  underway_.push_back({.kept = nullptr, .statement = &simple_, .target = targets_.front()});
}

// The connection of a statement for one shard; null: it is not so simple.
txn::Participant* Session::join_at_once(const CachedPlan& cached, const plan::Values& values) {
  const plan::Plan& plan = *cached.plan;
  if (!cached.short_way || !find_targets(plan, values, targets_, target_of_row_) ||
      targets_.size() != 1)
    return nullptr;
  last_route_.clear();
  return try_join(plan, targets_.front().shard);
}

bool Session::put_pipeline_at_once(Exchange& exchange, std::string_view buffered) {
  const OnePipeline pipeline = one_statement(buffered);
  if (pipeline.bind.empty() || !wire::decode_bind(pipeline.bind.substr(wire::kFrameHead), bind_) ||
      !bind_.portal.empty())
    return false;
  const auto* const found = statement_at_once(pipeline.parse);
  if (found == nullptr || !settles_at_once(**found)) return false;
  const std::shared_ptr<PreparedStatement>& statement = *found;
  parameters_.clear();
  for (std::size_t i = 0; i < bind_.parameters.size(); ++i) {
    const std::uint32_t type = i < statement->types.size() ? statement->types[i] : 0;
    parameters_.push_back({bind_.parameters[i], bind_.format_of(i) == 1, type});
  }
  plan::Values values = plan::values_of(statement->plan(), statement->text, statement->shape);
  values.parameters = &parameters_;
  txn::Participant* participant = join_at_once(*statement->cached, values);
  // A connection that lacks the statement is joined now; the long way finds it so.
  // Numbers that differ are put and looked for there.
  const auto* numbers = participant == nullptr ? nullptr : numbers_of(participant->conn());
  const bool differs =
      numbers != nullptr && (!statement->types.empty() || exec::asks_binary(bind_));
  if (participant == nullptr || differs || !put_on_wire(participant->conn(), statement, pipeline))
    return false;
  if (transaction_->state() == txn::State::kInBlock) keep_unnamed_portal(statement, *participant);
  exchange.participant = participant;
  exchange.bytes = pipeline.parse.size() + pipeline.bind.size() + pipeline.rest.size();
  exchange.parse = !pipeline.parse.empty();
  exchange.describe = pipeline.rest.starts_with(kDescribeUnnamed) && !statement->own_name;
  exchange.pipeline = true;
  return true;
}

// In a block it outlives the Sync.
void Session::keep_unnamed_portal(const std::shared_ptr<PreparedStatement>& statement,
                                  txn::Participant& participant) {
  auto portal = spare_portal_ ? std::move(spare_portal_) : std::make_unique<Portal>();
  portal->name.clear();
  portal->number = ++portals_made_;
  portal->statement = statement;
  portal->targets = targets_;
  portal->participant = &participant;
  std::unique_ptr<Portal>& unnamed = portals_[std::string()];
  std::swap(unnamed, portal);
  if (portal) portal->reuse();
  spare_portal_ = std::move(portal);
}

// The statement that bind_ names. A Parse that gives the unnamed statement once more leaves it as
// it is. Null: there is none, or it takes the long way.
const std::shared_ptr<PreparedStatement>* Session::statement_at_once(std::string_view parse) {
  const auto found = statements_.find(bind_.statement);
  const auto* const known = found == statements_.end() ? nullptr : &found->second;
  if (parse.empty()) return known == nullptr || outdated(**known) ? nullptr : known;
  if (!bind_.statement.empty() || !wire::decode_parse(parse.substr(wire::kFrameHead), parse_) ||
      !parse_.name.empty())
    return nullptr;
  if (known != nullptr && is_the_same(**known)) return known;
  auto analysed = analyse(parse_);
  if (!analysed || !(*analysed)->cached || !(*analysed)->cached->short_way) return nullptr;
  return &statements_.insert_or_assign(std::string(), std::move(*analysed)).first->second;
}

// Would parse_ give it once more?
bool Session::is_the_same(const PreparedStatement& known) {
  return known.cached && known.is(parse_) && !outdated(known) &&
         known.settings == parse_settings_ &&
         known.options.standard_conforming_strings == scan_options_.standard_conforming_strings;
}

// Can it run as it was prepared? It has been seen that it is not outdated.
bool Session::settles_at_once(const PreparedStatement& statement) {
  return statement.cached && statement.cached->short_way && !statement.hints &&
         statement.settings->fingerprint() == parse_settings_->fingerprint() &&
         check_bind(bind_, statement).has_value();
}

// Puts the pipeline's frames, if the connection needs no others before them.
bool Session::put_on_wire(backend::ServerConn& conn,
                          const std::shared_ptr<PreparedStatement>& prepared,
                          const OnePipeline& pipeline) {
  PreparedStatement& statement = *prepared;
  const plan::Target& target = targets_.front();
  const bool renamed = !statement.plan().rename.empty();
  const std::uint64_t key = server_key(statement, target);
  const bool unnamed = statement.name.empty();
  const std::string* name = unnamed ? nullptr : conn.prepared.find(key);
  if (!unnamed && name == nullptr && statement.own_name) name = &statement.name;
  const bool there = unnamed ? conn.unnamed_key == key : name != nullptr;
  if (!there && pipeline.parse.empty()) return false;
  if (renamed) underway_.push_back({.kept = prepared, .statement = &statement, .target = target});
  if (unnamed) {
    conn.unnamed_key = key;
    const bool parse_is_ours = renamed && !pipeline.parse.empty();
    if (parse_is_ours)
      wire::put_parse(conn.out(), "", rendered(statement, target), statement.types);
    const bool from_bind = parse_is_ours || pipeline.parse.empty();
    const char* begin = from_bind ? pipeline.bind.data() : pipeline.parse.data();
    conn.put_pipeline({begin, pipeline.rest.data() + pipeline.rest.size()});
    return true;
  }
  const std::size_t names = wire::kFrameHead + 1 + statement.name.size() + 1;
  const std::string_view values = pipeline.bind.substr(names);
  wire::put_bind_head(conn.out(), *name, values.size());
  // The values, and what stands behind them.
  conn.put_pipeline({values.data(), pipeline.rest.data() + pipeline.rest.size()});
  return true;
}

// Gives the client what has arrived of the reply; nothing is left to be done when that was all.
void Session::take_part(Exchange& exchange, const Status& arrived) {
  Reply& reply = exchange.reply;
  if (!arrived) reply.lose(arrived.error());
  exchange.step = arrived ? forward(exchange.participant->conn(), true, reply) : Step::kEnd;
  const bool taken = client_.out().empty();
  exchange.reads = exchange.step == Step::kRead && taken;
  if (exchange.step == Step::kEnd && taken && !reply.lost) end_at_once(exchange);
}

void Session::end_at_once(Exchange& exchange) {
  underway_.clear();
  settle_reply(exchange.participant->conn(), exchange.reply);
  pipeline_failed_ = false;
  client_.consume(exchange.bytes);
  // What the pipeline began with may have been ours, and taken the long way.
  if (!transaction_->in_block()) drop_portals();
  finish_statement();
  exchange.done = true;
}

// What is left of the reply, where there is more to do than to pass it on. Errors: the client's.
Task<Status> Session::finish_at_once(Exchange& exchange) {
  backend::ServerConn& conn = exchange.participant->conn();
  Reply& reply = exchange.reply;
  Status relayed = whole(reply);
  const bool ended = exchange.step == Step::kEnd;
  if (!exchange.sent) relayed = co_await relay(conn, true, reply);
  if (exchange.sent && !ended) relayed = co_await relay_rest(conn, true, reply);
  if (relayed && !client_.out().empty()) relayed = co_await client_.flush();
  if (!relayed) co_return relayed;
  if (exchange.parse && (reply.failed || reply.lost)) conn.unnamed_key = 0;
  if (reply.stale) conn.expire_prepared();
  if (!reply.withheld && !reply.lost) {
    end_at_once(exchange);
    co_return Status{};
  }
  underway_.clear();
  settle_reply(conn, reply);
  pipeline_failed_ = false;
  if (reply.lost) {
    auto failed = co_await fail_at_once(exchange);
    co_return failed;
  }
  // Its bytes are there still: it is prepared anew and runs as if this had not been.
  finish_statement();
  co_return Status{};
}

// The connection was lost. A read that a replica has not answered goes the long way, to the
// primary.
Task<Status> Session::fail_at_once(Exchange& exchange) {
  if (primary_may_serve(*exchange.participant, exchange.reply)) {
    transaction_->release();
    force_primary_ = true;
    co_return Status{};
  }
  if (exchange.pipeline) {
    // Its Sync ends it, as it ends others.
    client_.consume(exchange.bytes - kSync.size());
    auto failed = co_await fail_pipeline(*exchange.reply.lost);
    co_return failed;
  }
  client_.consume(exchange.bytes);
  auto failed = co_await fail_statement(*exchange.reply.lost);
  if (!failed) co_return failed;
  finish_statement();
  auto ready = co_await give_ready();
  co_return ready;
}

}  // namespace tessera::session
