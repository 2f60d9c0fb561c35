#include "proxy/session/client_conn.h"

#include <algorithm>

#include "base/log.h"
#include "proxy/wire/frontend.h"

namespace tessera::session {
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::size_t kLarge = 16 * 1024;

Error gone(std::string_view why) {
  return Error{.sqlstate = "08006",
               .message = "the client is gone",
               .detail = std::string(why),
               .fatal = true};
}

}  // namespace

ClientConn::ClientConn(Executor executor, int socket) : stream_(executor, socket) {
  stream_.set_options();
}

Task<Result<std::string_view>> ClientConn::read_first_packet() {
  while (true) {
    const std::string_view buffered = buffers_.in.view();
    auto size = wire::first_packet_size(buffered);
    if (!size) co_return size.error();
    if (*size && buffered.size() >= **size) {
      buffers_.in.consume(**size);
      co_return buffered.substr(0, **size);
    }
    auto filled = co_await fill();
    if (!filled) co_return filled.error();
  }
}

Result<std::optional<wire::Frame>> ClientConn::buffered_frame(std::size_t body_max) {
  const std::string_view arrived = buffered();
  if (arrived.empty()) return std::optional<wire::Frame>();
  auto frame = wire::first_frame(arrived, std::min(body_max, wire::body_max_of(arrived[0])));
  if (frame && *frame) buffers_.in.consume((*frame)->bytes.size());
  return frame;
}

Task<Result<wire::Frame>> ClientConn::read(std::size_t body_max) {
  while (true) {
    auto frame = buffered_frame(body_max);
    if (!frame) co_return frame.error();
    if (*frame) co_return **frame;
    auto filled = co_await fill();
    if (!filled) co_return filled.error();
  }
}

Receiving<ClientConn> ClientConn::receive() { return {*this, stream_}; }

// Of a client that is waited for long only what it has begun to say is held.
void ClientConn::waits() { buffers_.park(); }

Status ClientConn::received(std::size_t bytes, const ErrorCode& error) {
  buffers_.unpark();
  buffers_.in.received(bytes);
  if (error) return gone(error.message());
  return {};
}

Task<Status> ClientConn::fill() {
  auto filled = co_await receive();
  co_return filled;
}

Task<Status> ClientConn::start_tls(const TlsContext& context) {
  auto accepted = co_await stream_.accept_tls(context);
  if (accepted) co_return Status{};
  log::info("could not accept SSL connection: {}", accepted.error().message);
  co_return gone(accepted.error().message);
}

Result<bool> ClientConn::fill_now() {
  ErrorCode error;
  const auto got = stream_.receive_now(room(), error);
  if (!got) return false;
  auto taken = received(*got, error);
  if (!taken) return taken.error();
  return true;
}

Task<Status> ClientConn::flush() {
  if (buffers_.out.empty()) co_return Status{};
  sent_ += buffers_.out.size();
  ErrorCode error;
  std::string& out = buffers_.out;
  const std::size_t sent = stream_.send_now(out);
  if (sent < out.size()) error = co_await stream_.send_rest(std::string_view(out).substr(sent));
  out.clear();
  if (out.capacity() > 4 * kLarge) out.shrink_to_fit();
  if (error) co_return gone(error.message());
  co_return Status{};
}

Task<Status> ClientConn::write(std::string_view bytes) {
  if (!buffers_.out.empty()) {
    auto flushed = co_await flush();
    if (!flushed) co_return flushed;
  }
  if (bytes.empty()) co_return Status{};
  sent_ += bytes.size();
  ErrorCode error;
  const std::size_t sent = stream_.send_now(bytes);
  if (sent < bytes.size()) error = co_await stream_.send_rest(bytes.substr(sent));
  if (error) co_return gone(error.message());
  co_return Status{};
}

void ClientConn::write_now(std::string_view bytes) {
  if (buffers_.out.empty()) {
    const std::size_t sent = stream_.send_soon(bytes);
    sent_ += sent;
    bytes.remove_prefix(sent);
  }
  buffers_.out.append(bytes);
}

Task<Status> ClientConn::flush_if_large() {
  if (buffers_.out.size() < kLarge) co_return Status{};
  auto flushed = co_await flush();
  co_return flushed;
}

}  // namespace tessera::session
