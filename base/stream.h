#pragma once
// A Stream is a connection's bytes: a plain socket, or TLS over it.
//
// OpenSSL works on the non-blocking socket itself (SSL_set_fd), not on memory BIOs: what a batch
// costs is then one send, and one recv for all its records (read-ahead), bytes are not copied once
// more, and no buffer of ours stands between. An idle connection holds no buffer of OpenSSL's
// either (SSL_MODE_RELEASE_BUFFERS). Handshakes run on the thread of the connection: about a
// millisecond of the processor each.
//
// Whoever wants to know whether there is something to read asks receive() first and waits for the
// socket only after: OpenSSL may have taken off the socket more than it has given.

#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/certificate.h"
#include "base/reactor.h"
#include "base/result.h"
#include "base/socket.h"
#include "base/task.h"
#include "base/tls.h"

namespace tessera {

class Stream {
 public:
  using ErrorCode = boost::system::error_code;

  // Of no connection yet; on the executor's thread from then on, as all that follows.
  explicit Stream(Executor executor) : executor_(executor) {}
  // Of a connected socket that does not block; it is closed with it.
  Stream(Executor executor, int socket);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // The first of `endpoints` that takes the connection. Errors: the operating system's of the last;
  // operation_aborted after close(), which makes it end.
  Task<ErrorCode> connect(std::vector<asio::ip::tcp::endpoint> endpoints);
  [[nodiscard]] bool is_open() const { return socket_ >= 0; }
  [[nodiscard]] Executor executor() const { return executor_; }
  // To wait for it beside others, where silent().
  [[nodiscard]] Watch& watch() { return watch_; }
  // Messages leave at once, and a peer that is gone is noticed one day.
  void set_options();
  // The peer's address in numbers; empty: not known.
  [[nodiscard]] std::string peer_address() const;
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }

  // Makes it TLS, as the side that was connected to, or that has connected to `host`. What was
  // exchanged before has been read. Errors: 08006 with PostgreSQL's words; the stream can only be
  // closed then.
  Task<Status> accept_tls(const TlsContext& context);
  Task<Status> open_tls(const TlsContext& context, const std::string& host);

  // How much of `bytes` could be sent at once. What is wrong shows when the rest is sent.
  [[nodiscard]] std::size_t send_now(std::string_view bytes) {
    if (watch_.has_unsent()) return 0;
    if (tls_ != nullptr) return tls_send_now(bytes);
    ErrorCode ignored;
    return tessera::send_now(socket_, bytes, ignored).value_or(0);
  }
  // The same for few bytes on the way of every statement: they may leave at the end of this turn,
  // together with what others send. Before close() comes drained().
  [[nodiscard]] std::size_t send_soon(std::string_view bytes) {
    return tls_ == nullptr && watch_.send_soon(bytes) ? bytes.size() : send_now(bytes);
  }
  // Until all that was to leave soon has left, or cannot.
  Task<> drained();
  // Sends `bytes`, which stay where they are meanwhile, as there is room.
  Task<ErrorCode> send_rest(std::string_view bytes);
  // Receives what is there; absent: nothing yet. `error`: why nothing will come any more.
  [[nodiscard]] std::optional<std::size_t> receive_now(std::span<char> room, ErrorCode& error) {
    watch_.receiving();
    if (tls_ != nullptr) return tls_receive_now(room, error);
    const auto got = tessera::receive_now(socket_, room, error);
    watch_.received(got, room.size());
    return got;
  }
  // What comes next, until there is something.
  Task<ErrorCode> receive(std::span<char> room, std::size_t& bytes);
  // Would receive_now() find nothing? Of a plain socket that is known without asking.
  [[nodiscard]] bool known_empty() const { return tls_ == nullptr && watch_.known_empty(); }
  // Has nothing come, and no end, since all bytes were received? Without a system call: by what
  // epoll_wait() has reported. False: something may have.
  [[nodiscard]] bool quiet() const { return watch_.known_empty(); }
  // To another thread, which calls arrive() before anything else. Nobody waits for it.
  void leave_for(Executor executor);
  [[nodiscard]] ErrorCode arrive();
  // Has the peer closed, or said something, while nothing was expected? One system call.
  [[nodiscard]] bool stale();
  // Is there nothing to receive? Then it can be waited for. One system call, where it is not known.
  [[nodiscard]] bool silent() { return !has_pending() && (known_empty() || !stale()); }
  // Until there is something to receive, or it is closed: then false.
  Task<bool> readable();
  // Has TLS taken bytes off the socket that it has not given yet?
  [[nodiscard]] bool has_pending() const;
  // Is a TLS handshake what comes? Waits for the first byte and leaves it where it is.
  Task<bool> begins_with_tls();
  // Was the protocol agreed on in the handshake (ALPN)?
  [[nodiscard]] bool has_protocol() const;

  // The owner of the certificate that the peer has shown and that was verified.
  [[nodiscard]] std::optional<CertificateOwner> peer() const;
  // RFC 5929's tls-server-end-point of this connection. Empty: not TLS, or not known.
  [[nodiscard]] std::string channel_binding() const;

  // Nothing more is received; what is sent goes on.
  void stop_receiving();
  // Nothing works after it.
  void close();

 private:
  struct Free {
    void operator()(ssl_st* tls) const;
  };
  // One call of OpenSSL: what it gave, or what to wait for, or what failed.
  struct Step {
    int bytes = 0;
    bool wants_read = false;
    bool wants_write = false;
    ErrorCode error;
  };
  class Connecting;
  template <class Call>
  Step step(Call call);
  Step write(std::string_view bytes);
  Task<ErrorCode> await(Step step);
  Task<Status> shake_hands();
  [[nodiscard]] std::size_t tls_send_now(std::string_view bytes);
  [[nodiscard]] std::optional<std::size_t> tls_receive_now(std::span<char> room, ErrorCode& error);

  std::unique_ptr<ssl_st, Free> tls_;
  Watch watch_;
  int socket_ = -1;
  bool closed_ = false;
  bool accepted_ = false;
  Executor executor_;
  Socket* connecting_ = nullptr;
  ErrorCode broken_;  // what TLS has failed by
};

}  // namespace tessera
