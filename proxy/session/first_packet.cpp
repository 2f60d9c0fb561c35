// What comes before a session: encryption requests, a direct TLS handshake, cancel requests.

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

constexpr std::chrono::seconds kDeliveryPatience{5};

}  // namespace

// PostgreSQL reads on after an answer, but takes nothing that was there before it for its own.
Task<Status> Session::answer_encryption_request(std::string_view kind, bool offered) {
  if (client_.has_unread()) co_return errors::unencrypted_bytes(kind);
  const std::shared_ptr<const TlsContext> tls = offered ? worker_.tls() : nullptr;
  client_.out() += tls ? 'S' : 'N';
  auto flushed = co_await client_.flush();
  if (!flushed || !tls) co_return flushed;
  auto started = co_await client_.start_tls(*tls);
  co_return started;
}

// A client may begin with TLS itself if it names the protocol, as PostgreSQL 17 allows: so nobody
// can be led to take another protocol's bytes for ours.
Task<Status> Session::start_direct_tls() {
  const std::shared_ptr<const TlsContext> tls = worker_.tls();
  if (!tls) co_return Status{};
  const bool begins = co_await client_.begins_with_tls();
  if (!begins) co_return Status{};
  auto started = co_await client_.start_tls(*tls);
  if (!started || client_.has_protocol()) co_return started;
  log::info("received direct SSL connection request without ALPN protocol negotiation extension");
  co_return errors::client_closed();
}

// As PostgreSQL does, the client's connection is closed when its request has been delivered: who
// waits for that knows that it will hit nothing that is sent later.
Task<> Session::obey_cancel_request(wire::CancelRequest key) {
  const auto executor = client_.executor();
  const auto delivered = std::make_shared<Timer>(executor, kDeliveryPatience);
  const auto wake = [executor, waiting = std::weak_ptr(delivered)](void*) {
    asio::post(executor, [waiting] {
      const auto timer = waiting.lock();
      if (timer) timer->cancel();
    });
  };
  worker_.house().registry.cancel(key, std::shared_ptr<void>(nullptr, wake));
  boost::system::error_code woken;
  co_await delivered->async_wait(into(woken));
}

// Answers what may come before the startup message. Absent: a cancel request, which has been
// served.
Task<Result<std::optional<wire::StartupMessage>>> Session::first_packet() {
  auto direct = co_await start_direct_tls();
  if (!direct) co_return direct.error();
  // Each is answered once, and none within TLS.
  bool ssl_done = client_.is_tls();
  bool gss_done = client_.is_tls();
  while (true) {
    auto bytes = co_await client_.read_first_packet();
    if (!bytes) co_return bytes.error();
    auto packet = wire::decode_first_packet(*bytes);
    if (!packet) co_return packet.error();
    if (const auto* startup = std::get_if<wire::StartupMessage>(&*packet)) {
      co_return std::optional<wire::StartupMessage>(*startup);
    }
    if (const auto* cancel = std::get_if<wire::CancelRequest>(&*packet)) {
      const wire::CancelRequest key = *cancel;
      co_await obey_cancel_request(key);
      co_return std::optional<wire::StartupMessage>();
    }
    const bool ssl = std::holds_alternative<wire::SslRequest>(*packet);
    if (ssl ? ssl_done : gss_done) co_return errors::encryption_asked_again(ssl);
    auto answered = co_await answer_encryption_request(ssl ? "SSL" : "GSSAPI encryption", ssl);
    if (!answered) co_return answered.error();
    (ssl ? ssl_done : gss_done) = true;
    gss_done = gss_done || client_.is_tls();
  }
}

}  // namespace tessera::session
