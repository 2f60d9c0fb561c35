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

#include "base/certificate.h"
#include "base/readable.h"
#include "base/result.h"
#include "base/send.h"
#include "base/task.h"
#include "base/tls.h"

namespace tessera {

class Stream {
 public:
  using ErrorCode = boost::system::error_code;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // For what is not bytes: options, addresses, connecting, and reading where it is not TLS.
  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] const Socket& socket() const { return socket_; }
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }

  // Makes it TLS, as the side that was connected to, or that has connected to `host`. What was
  // exchanged before has been read. Errors: 08006 with PostgreSQL's words; the stream can only be
  // closed then.
  Task<Status> accept_tls(const TlsContext& context);
  Task<Status> open_tls(const TlsContext& context, const std::string& host);

  // How much of `bytes` could be sent at once. What is wrong shows when the rest is sent.
  [[nodiscard]] std::size_t send_now(std::string_view bytes) {
    return tls_ == nullptr ? tessera::send_now(socket_, bytes) : tls_send_now(bytes);
  }
  // Sends `bytes`, which stay where they are meanwhile, as there is room.
  Task<ErrorCode> send_rest(std::string_view bytes);
  // Receives what is there; absent: nothing yet. `error`: why nothing will come any more.
  [[nodiscard]] std::optional<std::size_t> receive_now(std::span<char> room, ErrorCode& error) {
    if (tls_ != nullptr) return tls_receive_now(room, error);
    const auto got = tessera::receive_now(socket_, room, error);
    inflow_.received(socket_, got, room.size());
    return got;
  }
  // Would receive_now() find nothing? Of a plain socket that is known without asking.
  [[nodiscard]] bool known_empty() const { return tls_ == nullptr && inflow_.empty(); }
  [[nodiscard]] Inflow& inflow() { return inflow_; }
  // Inflow::quiet(), of a stream whose bytes were all asked for.
  [[nodiscard]] bool quiet() const { return inflow_.quiet(); }
  // The socket is another, or another thread's, from now on.
  void moved() { inflow_ = {}; }
  // Has the peer closed, or said something, while nothing was expected? One system call.
  [[nodiscard]] bool stale();
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
  template <class Call>
  Step step(Call call);
  Task<ErrorCode> await(Step step);
  Task<Status> shake_hands();
  [[nodiscard]] std::size_t tls_send_now(std::string_view bytes);
  [[nodiscard]] std::optional<std::size_t> tls_receive_now(std::span<char> room, ErrorCode& error);

  Socket socket_;
  Inflow inflow_;
  std::unique_ptr<ssl_st, Free> tls_;
  bool accepted_ = false;
  ErrorCode broken_;  // what TLS has failed by
};

}  // namespace tessera
