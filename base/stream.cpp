#include "base/stream.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <cerrno>
#include <climits>
#include <utility>

namespace tessera {
namespace {

using ErrorCode = boost::system::error_code;

class TlsCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int code) const override {
    const char* text = ERR_reason_error_string(static_cast<unsigned long>(code));
    return text == nullptr ? fmt::format("SSL error code {}", code)
                           : fmt::format("SSL error: {}", text);
  }
};

const TlsCategory kTlsCategory;

ErrorCode system_error() {
  return errno == 0 ? ErrorCode(asio::error::eof)
                    : ErrorCode(errno, boost::system::system_category());
}

ErrorCode tls_error() {
  const unsigned long code = ERR_get_error();
  if (code == 0) return system_error();
  return {static_cast<int>(code), kTlsCategory};
}

int at_most_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

// Why a certificate was not taken, if it is that.
std::string verification_failure(const SSL* tls) {
  const long verified = SSL_get_verify_result(tls);
  if (verified == X509_V_OK || SSL_get_verify_mode(tls) == SSL_VERIFY_NONE) return {};
  return fmt::format(" ({})", X509_verify_cert_error_string(verified));
}

Error failed(std::string why) { return {.sqlstate = "08006", .message = std::move(why)}; }

}  // namespace

void Stream::Free::operator()(ssl_st* tls) const { SSL_free(tls); }

Stream::Stream(Executor executor, int socket) : socket_(socket), executor_(executor) {
  if (watch_.enter(Reactor::of(executor), socket)) close();
}

// Before the descriptor's number can be another's.
Stream::~Stream() {
  watch_.leave();
  if (is_open()) ::close(socket_);
}

// While it lives, close() closes the socket that is being connected.
class Stream::Connecting {
 public:
  Connecting(Stream& stream, Socket& socket) : stream_(stream) { stream_.connecting_ = &socket; }
  ~Connecting() { stream_.connecting_ = nullptr; }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  Stream& stream_;
};

// Asio connects, and lets go of what is connected.
Task<Stream::ErrorCode> Stream::connect(std::vector<asio::ip::tcp::endpoint> endpoints) {
  ErrorCode error = asio::error::operation_aborted;
  if (closed_) co_return error;
  Socket socket(executor_);
  const Connecting connecting(*this, socket);
  co_await asio::async_connect(socket, endpoints, into(error));
  if (error) co_return error;
  socket.native_non_blocking(true, error);
  socket_ = socket.release(error);
  if (!error) error = watch_.enter(Reactor::of(executor_), socket_);
  co_return error;
}

void Stream::set_options() {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

std::string Stream::peer_address() const {
  asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (::getpeername(socket_, endpoint.data(), &size) != 0) return {};
  return endpoint.address().to_string();
}

void Stream::leave_for(Executor executor) {
  watch_.leave();
  executor_ = executor;
}

Stream::ErrorCode Stream::arrive() { return watch_.enter(Reactor::of(executor_), socket_); }

// OpenSSL keeps errors by thread: those of another connection must not be taken for this one's.
template <class Call>
Stream::Step Stream::step(Call call) {
  if (!is_open()) return {.error = asio::error::operation_aborted};
  if (broken_) return {.error = broken_};
  ERR_clear_error();
  errno = 0;
  const int bytes = call(tls_.get());
  if (bytes > 0) return {.bytes = bytes};
  switch (SSL_get_error(tls_.get(), bytes)) {
    case SSL_ERROR_WANT_READ:
      return {.wants_read = true};
    case SSL_ERROR_WANT_WRITE:
      return {.wants_write = true};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = asio::error::eof};
    case SSL_ERROR_SYSCALL:
      broken_ = system_error();
      break;
    default:
      broken_ = tls_error();
  }
  ERR_clear_error();
  return {.error = broken_};
}

// Until the socket is ready for the same call again, which has found it empty or full.
Task<ErrorCode> Stream::await(Step step) {
  if (step.error) co_return step.error;
  Wait wait;
  if (step.wants_read) wait.until_readable(watch_);
  if (step.wants_write) wait.until_writable(watch_);
  co_await wait;
  if (wait.left()) co_return ErrorCode(asio::error::operation_aborted);
  co_return ErrorCode{};
}

Task<Status> Stream::shake_hands() {
  if (SSL_set_fd(tls_.get(), socket_) != 1) co_return failed(tls_error_text());
  while (true) {
    watch_.receiving();
    watch_.send_batch();  // it takes long
    const Step shaken = step([](SSL* tls) { return SSL_do_handshake(tls); });
    if (shaken.bytes > 0) co_return Status{};
    const ErrorCode error = co_await await(shaken);
    if (!error) continue;
    if (error == asio::error::eof) co_return failed("EOF detected");
    std::string why = error.message() + verification_failure(tls_.get());
    co_return failed(std::move(why));
  }
}

Task<Status> Stream::accept_tls(const TlsContext& context) {
  accepted_ = true;
  tls_.reset(context.accepted());
  auto shaken = co_await shake_hands();
  co_return shaken;
}

Task<Status> Stream::open_tls(const TlsContext& context, const std::string& host) {
  const bool checks_host = context.checks_host();
  tls_.reset(context.opened(host));
  auto shaken = co_await shake_hands();
  if (!shaken || !checks_host) co_return shaken;
  const auto mismatch = host_mismatch(SSL_get0_peer_certificate(tls_.get()), host);
  if (mismatch) co_return failed(*mismatch);
  co_return Status{};
}

// A record is written whole or not at all; what waits in OpenSSL is written by the next call, which
// brings the same bytes.
std::size_t Stream::tls_send_now(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const std::string_view rest = bytes.substr(sent);
    const Step written = write(rest);
    if (written.bytes <= 0) break;
    sent += static_cast<std::size_t>(written.bytes);
  }
  return sent;
}

Stream::Step Stream::write(std::string_view bytes) {
  if (tls_ != nullptr) {
    return step(
        [bytes](SSL* tls) { return SSL_write(tls, bytes.data(), at_most_int(bytes.size())); });
  }
  if (watch_.has_unsent()) return {.wants_write = true};
  ErrorCode error;
  const auto sent = tessera::send_now(socket_, bytes, error);
  return {.bytes = at_most_int(sent.value_or(0)), .wants_write = !sent, .error = error};
}

Task<ErrorCode> Stream::send_rest(std::string_view bytes) {
  while (!bytes.empty()) {
    const Step written = write(bytes);
    if (written.bytes > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written.bytes));
      continue;
    }
    const ErrorCode error = co_await await(written);
    if (error) co_return error;
  }
  co_return ErrorCode{};
}

Task<> Stream::drained() {
  while (watch_.has_unsent()) {
    Wait wait;
    wait.until_writable(watch_);
    co_await wait;
  }
}

std::optional<std::size_t> Stream::tls_receive_now(std::span<char> room, ErrorCode& error) {
  error.clear();
  std::size_t got = 0;
  while (got < room.size()) {
    const std::span<char> rest = room.subspan(got);
    const Step read =
        step([rest](SSL* tls) { return SSL_read(tls, rest.data(), at_most_int(rest.size())); });
    if (read.bytes > 0) {
      got += static_cast<std::size_t>(read.bytes);
      if (SSL_has_pending(tls_.get()) == 1) continue;
      break;
    }
    // What is wrong shows again at the next read.
    if (got > 0) break;
    if (read.wants_read || read.wants_write) {
      watch_.received(std::nullopt, 1);
      return std::nullopt;
    }
    error = read.error;
    break;
  }
  watch_.received(got, got);  // there may be more
  return got;
}

bool Stream::stale() {
  if (tls_ != nullptr && SSL_has_pending(tls_.get()) == 1) return true;
  char byte = 0;
  const auto got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool silent = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  // What comes after the look has an edge of its own.
  if (silent) watch_.receiving();
  if (silent) watch_.received(std::nullopt, 1);
  return !silent;
}

Task<bool> Stream::readable() {
  if (!silent()) co_return is_open();
  Wait wait;
  wait.until_readable(watch_);
  co_await wait;
  co_return !wait.left();
}

Task<Stream::ErrorCode> Stream::receive(std::span<char> room, std::size_t& bytes) {
  ErrorCode error;
  while (true) {
    const auto got = receive_now(room, error);
    bytes = got.value_or(0);
    if (got) co_return error;
    error = co_await await({.wants_read = true});
    if (error) co_return error;
  }
}

Task<bool> Stream::begins_with_tls() {
  constexpr char kHandshake = 0x16;
  const bool begun = co_await readable();
  char byte = 0;
  if (!begun) co_return false;
  const auto got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  co_return got == 1 && byte == kHandshake;
}

bool Stream::has_pending() const { return tls_ != nullptr && SSL_has_pending(tls_.get()) == 1; }

bool Stream::has_protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (tls_ != nullptr) SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return size > 0;
}

std::optional<CertificateOwner> Stream::peer() const {
  if (tls_ == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return {};
  X509* certificate = SSL_get0_peer_certificate(tls_.get());
  if (certificate == nullptr) return {};
  return owner_of(certificate);
}

std::string Stream::channel_binding() const {
  if (tls_ == nullptr) return {};
  X509* certificate =
      accepted_ ? SSL_get_certificate(tls_.get()) : SSL_get0_peer_certificate(tls_.get());
  return certificate == nullptr ? std::string() : end_point_hash(certificate);
}

void Stream::stop_receiving() { ::shutdown(socket_, SHUT_RD); }

void Stream::close() {
  closed_ = true;
  ErrorCode ignored;
  if (connecting_ != nullptr) connecting_->close(ignored);
  if (!is_open()) return;
  if (tls_ != nullptr && !broken_ && SSL_is_init_finished(tls_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  watch_.leave();
  ::close(std::exchange(socket_, -1));
}

}  // namespace tessera
