// COPY FROM STDIN: the client's data goes to the server as it comes, not message by message.
//
// The server may speak meanwhile, and is heard: it fails without waiting for the end of the data,
// and the notices of triggers would fill the connection if nobody read them.

#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::size_t kBodyMax = 0x3fffffff;

}  // namespace

// After the server's CopyInResponse. `pipelined`: the reply is awaited before a Sync was sent.
void Session::begin_copy(bool pipelined) {
  copy_ = {.open = true, .active = true, .pipelined = pipelined};
}

// Puts what has arrived of the client's data on `conn`, a batch at most.
Status Session::pass_copy(backend::ServerConn& conn) {
  std::string& out = conn.out();
  while (copy_.open && out.size() < kBatchBytes) {
    const std::string_view arrived = client_.buffered();
    if (copy_.left > 0) {
      const std::size_t now = std::min(copy_.left, arrived.size());
      if (now == 0) return {};
      out.append(arrived.substr(0, now));
      client_.consume(now);
      copy_.left -= now;
      continue;
    }
    if (arrived.size() < wire::kFrameHead) return {};
    if (arrived[0] == 'd') {
      const auto size = wire::frame_size(arrived, wire::body_max_of('d'));
      if (!size) return size.error();
      copy_.left = **size;
      continue;
    }
    const auto frame = client_.buffered_frame(kBodyMax);
    if (!frame) return frame.error();
    if (!*frame) return {};
    pass_copy_message(conn, **frame);
  }
  return {};
}

// A message between the data.
void Session::pass_copy_message(backend::ServerConn& conn, const wire::Frame& frame) {
  // Flush and Sync are allowed here and mean nothing yet (documentation, chapter 55.2.6).
  if (frame.type == 'H' || frame.type == 'S') return;
  copy_.open = false;
  conn.out().append(frame.bytes);
  copy_.lost = frame.type != 'c' && frame.type != 'f';
  // The server would keep what it says of the data for a Sync that the client sends only after it.
  if (copy_.pipelined && !copy_.lost) wire::put_flush(conn.out());
}

// Gives the server the client's data until it has said something or has all. What is wrong with the
// server shows when its answer is read. Errors: the client's.
Task<Status> Session::feed_copy(backend::ServerConn& conn) {
  while (copy_.active) {
    const auto heard = wire::first_frame(conn.buffered(), kBodyMax);
    if (!heard || *heard) co_return Status{};
    auto passed = pass_copy(conn);
    if (!passed) co_return passed;
    const bool more = copy_.open && conn.out().size() >= kBatchBytes;
    if (copy_.open && !more) {
      auto filled = client_.fill_now();
      if (!filled) co_return filled.error();
      if (*filled) continue;
    }
    const bool all = conn.flush_now();
    copy_.active = copy_.open || !all;
    if (!copy_.active) break;
    const auto said = conn.fill_now();
    if (!said) co_return Status{};
    if (!*said && !(all && more)) co_await await_copy(conn);
  }
  if (!copy_.lost) co_return Status{};
  auto over = co_await lose_sync(conn);
  co_return over;
}

// Until the server has something to say or room for more, or the client has more.
Task<> Session::await_copy(backend::ServerConn& conn) {
  if (!conn.silent()) co_return;
  Wait wait;
  wait.until_readable(conn.watch());
  if (conn.out().empty()) {
    if (!client_.silent()) co_return;
    wait.until_readable(client_.watch());
  } else {
    wait.until_writable(conn.watch());
  }
  co_await wait;
}

// The server has failed, or is gone. It is given the rest of the message that has begun, and throws
// it away.
Task<Status> Session::end_copy(backend::ServerConn& conn) {
  if (!copy_.active) co_return Status{};
  auto told = co_await client_.flush();
  if (!told) co_return told;
  while (copy_.left > 0) {
    const std::string_view arrived = client_.buffered().substr(0, copy_.left);
    if (!conn.broken()) conn.out().append(arrived);
    client_.consume(arrived.size());
    copy_.left -= arrived.size();
    auto sent = co_await conn.flush();
    (void)sent.has_value();  // the next read tells
    if (copy_.left == 0) break;
    auto more = co_await client_.receive();
    if (!more) co_return more;
  }
  copy_ = {};
  co_return Status{};
}

// The client has said something that has no place in a COPY. The server ends the connection, and so
// do we, with its words.
Task<Status> Session::lose_sync(backend::ServerConn& conn) {
  copy_ = {};
  while (true) {
    auto frame = co_await conn.read();
    if (!frame) break;
    client_.out().append(frame->bytes);
  }
  auto told = co_await client_.flush();
  (void)told.has_value();
  co_return errors::client_closed();
}

}  // namespace tessera::session
