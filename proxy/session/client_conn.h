#pragma once
// A ClientConn is one client's connection, plain or TLS: frames in, bytes out. While it waits for a
// client that owes nothing it holds no buffers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/parked_buffers.h"
#include "base/receive.h"
#include "base/result.h"
#include "base/stream.h"
#include "base/task.h"
#include "proxy/wire/frame.h"

namespace tessera::session {

class ClientConn {
 public:
  // Of a socket as accept4() gives it.
  ClientConn(Executor executor, int socket);

  // Errors of all of these: 08006 the client is gone. 08P01 a length that no message may have.
  // The first packet of a connection, whole.
  Task<Result<std::string_view>> read_first_packet();
  // The next frame; valid until the next read.
  Task<Result<wire::Frame>> read(std::size_t body_max);
  // The next frame if it has arrived already.
  [[nodiscard]] Result<std::optional<wire::Frame>> buffered_frame(std::size_t body_max);
  // Takes what is there without waiting. False: nothing.
  [[nodiscard]] Result<bool> fill_now();
  // To wait for it beside others: where silent(), see Stream.
  [[nodiscard]] Watch& watch() { return stream_.watch(); }
  [[nodiscard]] bool silent() { return stream_.silent(); }
  // Bytes of an attempt to talk TLS or GSS before our answer would be a plaintext injection.
  [[nodiscard]] bool has_unread() const { return !buffers_.in.empty(); }
  // For who takes several frames at once: what has arrived and not been taken.
  [[nodiscard]] std::string_view buffered() const { return buffers_.in.view(); }
  void consume(std::size_t bytes) { buffers_.in.consume(bytes); }
  // Reads what comes next, perhaps nothing. To be awaited at once; no coroutine's frame is needed.
  [[nodiscard]] Receiving<ClientConn> receive();

  // Begins TLS on a client that waits for it. Errors: 08006; nothing more can be said then.
  Task<Status> start_tls(const TlsContext& context);
  // Does the client begin with a TLS handshake, unasked? Before anything was read.
  Task<bool> begins_with_tls() { return stream_.begins_with_tls(); }
  [[nodiscard]] bool is_tls() const { return stream_.is_tls(); }
  // What TLS tells: the protocol was agreed on, the client's verified certificate, the hash that
  // SCRAM-SHA-256-PLUS binds to.
  [[nodiscard]] bool has_protocol() const { return stream_.has_protocol(); }
  [[nodiscard]] std::optional<CertificateOwner> certificate() const { return stream_.peer(); }
  [[nodiscard]] std::string channel_binding() const { return stream_.channel_binding(); }
  // For what may have to be read once more: the bytes from `frame` to what was read last, as long
  // as they are still there.
  void mark(const wire::Frame& frame) { buffers_.in.mark(frame.bytes.data()); }
  [[nodiscard]] std::string_view since_mark() const { return buffers_.in.taken_since_mark(); }

  // What is to be sent. flush() sends it; write() sends it and then `bytes`.
  std::string& out() { return buffers_.out; }
  Task<Status> flush();
  Task<Status> write(std::string_view bytes);
  // Sends what can be sent at once, if only with what others send in this turn; the rest waits in
  // out().
  void write_now(std::string_view bytes);
  // Until what write_now() has taken has left, or cannot: before close().
  Task<> drained() { return stream_.drained(); }
  // Before something that takes long, for the others of this turn.
  void let_others_send() { stream_.watch().send_batch(); }
  // How many bytes have been sent so far.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  // flush() once there is enough to be worth a system call.
  Task<Status> flush_if_large();

  void close() { stream_.close(); }
  // Makes a read that is waiting fail; what is being written goes on.
  void stop_reading() { stream_.stop_receiving(); }
  [[nodiscard]] std::string peer_address() const { return stream_.peer_address(); }
  [[nodiscard]] Executor executor() const { return stream_.executor(); }

 private:
  friend class Receiving<ClientConn>;
  Task<Status> fill();
  std::span<char> room() { return buffers_.in.room(); }
  void waits();
  Status received(std::size_t bytes, const boost::system::error_code& error);

  Stream stream_;
  ParkedBuffers buffers_;
  std::uint64_t sent_ = 0;
};

}  // namespace tessera::session
