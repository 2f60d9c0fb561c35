// The one-shard path: a server's reply goes to the client frame by frame, undecoded.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

// Frames that the relay must look at: errors, changed parameters, the beginnings of COPY.
constexpr wire::FrameTypes kSpecial("ESGW");
// And descriptions with numbers that are not the client's.
constexpr wire::FrameTypes kRenumbered("ESGWTt");
constexpr std::size_t kReadyBytes = 6;
constexpr std::size_t kBodyMax = 0x3fffffff;
// Of a frame that lacks more than this the parts are passed on as they come: no value is so large
// that it would need as much memory here.
constexpr std::size_t kMissingMax = 16 * 1024;

}  // namespace

// Copies the reply of what was put on `conn`, up to its ReadyForQuery, which is copied too when
// `forward_ready`.
//
// We look only at frame heads. One read and one write per batch that the server sent, however many
// rows are in it. Nothing more is read while the client has not taken what came before, so a slow
// client slows its server and costs us one buffer. Errors: the client's.
Task<Status> Session::relay(backend::ServerConn& conn, bool forward_ready, Reply& reply) {
  auto sent = co_await conn.flush();
  if (sent && !conn.settled()) sent = co_await conn.settle();
  if (!sent) {
    reply.lose(sent.error());
    co_return Status{};
  }
  give_unasked();
  auto relayed = co_await relay_rest(conn, forward_ready, reply);
  co_return relayed;
}

// The same when nothing but the reply is to come.
Task<Status> Session::relay_rest(backend::ServerConn& conn, bool forward_ready, Reply& reply) {
  while (true) {
    const Step step = forward(conn, forward_ready, reply);
    const bool more_to_put = step == Step::kEnd && !forward_ready;
    if (reply.gave_bytes && !client_.out().empty() && !more_to_put) {
      auto flushed = co_await client_.flush();
      if (!flushed) co_return flushed;
    }
    if (step == Step::kEnd) co_return Status{};
    if (step == Step::kSpecial) {
      auto special = co_await relay_special(conn, reply);
      if (!special) co_return special.error();
      if (*special) continue;
      auto ended = co_await end_copy(conn);
      co_return ended;
    }
    if (copy_.active && reply.passing == 0) {
      auto fed = co_await feed_copy(conn);
      if (!fed) co_return fed.error();
      continue;
    }
    auto more = co_await conn.fill();
    if (!more) {
      if (!reply.lost) reply.lose(more.error());
      auto ended = co_await end_copy(conn);
      co_return ended ? whole(reply) : ended;
    }
  }
}

// A client that has got half a frame understands no message that follows. Errors: 08006.
Status Session::whole(const Reply& reply) {
  if (reply.lost && reply.passing > 0) return errors::reply_cut();
  return {};
}

// Gives the client what has arrived of a reply, as far as that needs no waiting; the rest of it is
// in client_.out() then.
Session::Step Session::forward(backend::ServerConn& conn, bool forward_ready, Reply& reply) {
  if (reply.passing > 0) {
    const std::string_view part = conn.buffered().substr(0, reply.passing);
    client_.write_now(part);
    conn.consume(part.size());
    reply.passing -= part.size();
    if (reply.passing > 0) return Step::kRead;
  }
  const bool renumbered = numbers_of(conn) != nullptr;
  const auto scan = wire::scan_reply(conn.buffered(), renumbered ? kRenumbered : kSpecial);
  if (!scan) {
    conn.taint();
    reply.lose(scan.error());
    reply.lost->fatal = false;
    return Step::kEnd;
  }
  const bool keeps_ready = !forward_ready || reply.withheld;
  const std::size_t withheld = scan->ended && keeps_ready ? kReadyBytes : 0;
  const bool in_parts = scan->missing > kMissingMax;
  if (in_parts) reply.passing = scan->missing;
  const std::size_t taken = in_parts ? conn.buffered().size() : scan->complete_bytes;
  if (taken > withheld) {
    reply.gave_bytes = true;
    client_.write_now(conn.buffered().substr(0, taken - withheld));
  }
  conn.consume(taken);
  if (scan->ended) {
    conn.seen_ready(scan->status);
    return Step::kEnd;
  }
  return scan->first_special != 0 ? Step::kSpecial : Step::kRead;
}

// One frame that is not only forwarded. False: the reply has ended without ReadyForQuery, because
// the connection did.
Task<Result<bool>> Session::relay_special(backend::ServerConn& conn, Reply& reply) {
  auto frame = co_await conn.read();
  if (!frame) {
    if (!reply.lost) reply.lose(frame.error());
    co_return false;
  }
  if (frame->type == 'E') {
    const wire::Frame error = *frame;
    auto told = co_await relay_error(conn, error, reply);
    if (!told) co_return told.error();
    co_return true;
  }
  if (frame->type == 'S') {
    const auto parameter = wire::decode_parameter_status(frame->body);
    if (parameter && parameter->name == "standard_conforming_strings") {
      scan_options_.standard_conforming_strings = parameter->value == "on";
    }
  }
  reply.gave_bytes = true;
  const std::size_t before = client_.out().size();
  client_.out().append(frame->bytes);
  if (const auto* numbers = numbers_of(conn); numbers != nullptr)
    exec::show_numbers(*numbers, client_.out(), before);
  if (frame->type != 'G') co_return true;
  auto flushed = co_await client_.flush();
  if (!flushed) co_return flushed.error();
  begin_copy(false);
  co_return true;
}

// Errors: the client's; 08006 the session ends with a connection that it keeps.
Task<Status> Session::relay_error(backend::ServerConn& conn, const wire::Frame& frame,
                                  Reply& reply) {
  Error error = wire::decode_error(frame.body);
  if (error.fatal && keeps(conn)) {
    auto over = co_await end_with(conn, frame);
    co_return over;
  }
  if (error.fatal) {
    // The server ends this connection, not the client's: the client is told when that has happened.
    error.server_fields.clear();
    error.fatal = false;
    reply.lose(error);
    co_return Status{};
  }
  note_error(error);
  reply.failed = true;
  reply.stale = errors::plan_is_stale(error);
  reply.withheld = reply.stale && reply.repeatable && !reply.gave_bytes;
  if (reply.withheld) co_return Status{};
  const auto late = timeout_for(error);
  if (late) error = *late;
  reply.gave_bytes = true;
  if (late || !underway_.empty()) {
    translate(error);
    wire::put_error(client_.out(), error);
  } else {
    client_.out().append(frame.bytes);
  }
  auto ended = co_await end_copy(conn);
  co_return ended;
}

// Nothing but a replica is lost: the read can be repeated.
bool Session::primary_may_serve(const txn::Participant& participant, const Reply& reply) {
  return reply.lost && participant.side == backend::Side::kReplica && !reply.gave_bytes &&
         errors::another_may_serve(*reply.lost);
}

// What the reply means for the transaction.
void Session::settle_reply(backend::ServerConn& conn, const Reply& reply) {
  if (reply.failed || reply.lost) transaction_->fail();
  if (reply.lost) conn.taint();
  // A server may leave its block by itself only if we did not open it: then the block is over for
  // the client too.
  if (!transaction_->in_block() && !conn.broken() && conn.status() != wire::TxnStatus::kIdle &&
      transaction_->state() == txn::State::kIdle) {
    conn.taint();
  }
}

}  // namespace tessera::session
