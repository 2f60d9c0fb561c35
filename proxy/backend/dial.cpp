#include "proxy/backend/dial.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace tessera::backend {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds kCancelPatience{5};

// Resolves without a system thread where the host is a number already.
Task<Result<std::vector<tcp::endpoint>>> resolve(Executor executor,
                                                 const rules::DataSource& source) {
  ErrorCode error;
  const auto address = asio::ip::make_address(source.host, error);
  if (!error) co_return std::vector<tcp::endpoint>{{address, source.port}};
  asio::ip::basic_resolver<tcp, Executor> resolver(executor);
  const std::string port = std::to_string(source.port);
  auto found = co_await resolver.async_resolve(source.host, port, into(error));
  if (error) co_return unreachable(source, error.message());
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

std::string_view reason(const ErrorCode& error) {
  const bool timed_out =
      error == asio::error::operation_aborted || error == asio::error::bad_descriptor;
  if (timed_out) return "timeout expired";
  return error == asio::error::eof ? "server closed the connection unexpectedly" : "";
}

Error failed(const rules::DataSource& source, const ErrorCode& error) {
  const std::string_view known = reason(error);
  return known.empty() ? unreachable(source, error.message()) : unreachable(source, known);
}

// What is wrong with a server's answer to an SSLRequest; empty: nothing. An error message at this
// point may be anybody's, so its text is not shown.
std::string fault_of_answer(std::string_view answer, SslMode mode) {
  if (answer[0] == 'E') return "server sent an error response during SSL exchange";
  if (answer[0] != 'S' && answer[0] != 'N')
    return fmt::format("received invalid response to SSL negotiation: {}", answer[0]);
  if (answer.size() > 1) return "received unencrypted data after SSL response";
  if (answer[0] == 'N' && mode >= SslMode::kRequire)
    return "server does not support SSL, but SSL was required";
  return {};
}

}  // namespace

Error unreachable(const rules::DataSource& source, std::string_view why) {
  return Error{
      .sqlstate = "08001",
      .message = fmt::format("could not connect to data source \"{}\"", source.name),
      .detail = fmt::format("{}:{}: {}", source.host, source.port, why),
      .hint = "Check that the server is running and that its address is right.",
      .retry = Retry::kElsewhere,
  };
}

Task<Status> dial(Stream& stream, const rules::DataSource& source) {
  auto endpoints = co_await resolve(stream.executor(), source);
  if (!endpoints) co_return endpoints.error();
  auto found = std::move(*endpoints);
  const ErrorCode error = co_await stream.connect(std::move(found));
  if (error) co_return failed(source, error);
  stream.set_options();
  co_return Status{};
}

Task<Status> encrypt(Stream& stream, const rules::DataSource& source) {
  std::string request;
  wire::put_ssl_request(request);
  ErrorCode error = co_await stream.send_rest(request);
  if (error) co_return failed(source, error);
  std::array<char, 2> answer{};
  std::size_t got = 0;
  error = co_await stream.receive(answer, got);
  if (error) co_return failed(source, error);
  const std::string wrong = fault_of_answer({answer.data(), got}, source.tls.mode);
  if (!wrong.empty()) co_return unreachable(source, wrong);
  if (answer[0] == 'N') co_return Status{};
  // Made anew for each connection, as libpq does: a certificate that was renewed is taken at once.
  const auto context = TlsContext::for_client(source.tls);
  if (!context) co_return unreachable(source, context.error().why);
  auto opened = co_await stream.open_tls(*context, source.host);
  if (!opened) co_return unreachable(source, opened.error().message);
  co_return Status{};
}

bool other_way_may_do(SslMode mode, const Error& error, Attempt attempt) {
  const bool refused = !error.server_fields.empty();
  if (mode == SslMode::kAllow) return refused && !attempt.tls;
  return mode == SslMode::kPrefer && attempt.tls && (refused || attempt.handshake);
}

Error why_not(const rules::DataSource& source, Error error, bool in_time) {
  if (error.sqlstate.starts_with("08") && error.server_fields.empty()) {
    // Lost, or what the server said was no protocol.
    if (!in_time) return unreachable(source, "timeout expired");
    if (error.sqlstate == "08001") return error;
    return unreachable(source, error.detail.empty() ? error.message : error.detail);
  }
  // What ends here is a connection of ours: the client keeps its session, and may hear whose
  // refusal this was.
  error.fatal = false;
  error.server_fields.clear();
  if (error.detail.empty()) {
    error.detail = fmt::format("Data source \"{}\" refused the proxy's connection.", source.name);
  }
  error.retry = Retry::kElsewhere;
  return error;
}

Task<> send_cancel(Cancellation cancellation, Executor executor) {
  const auto stream = std::make_shared<Stream>(executor);
  Timer timer(executor, kCancelPatience);
  timer.async_wait([weak = std::weak_ptr(stream)](ErrorCode error) {
    const auto alive = weak.lock();
    if (!error && alive) alive->close();
  });
  auto opened = co_await dial(*stream, cancellation.source);
  if (opened && cancellation.tls) opened = co_await encrypt(*stream, cancellation.source);
  // A server that has no TLS any more gets nothing in plain text.
  if (!opened || stream->is_tls() != cancellation.tls) co_return;
  std::string packet;
  wire::put_cancel_request(packet, cancellation.request);
  ErrorCode error = co_await stream->send_rest(packet);
  // The server closes this connection when it has delivered the signal.
  if (!error) co_await stream->readable();
  timer.cancel();
}

}  // namespace tessera::backend
