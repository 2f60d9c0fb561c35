#include "topology/http_client.h"

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <vector>

namespace tessera::topology {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Stream = beast::basic_stream<tcp, Executor>;
using ErrorCode = boost::system::error_code;

constexpr std::uint64_t kBodyMax = 16U << 20;

Error failed(const std::string& address, const ErrorCode& error) {
  if (error == beast::error::timeout) {
    return Error{.sqlstate = "57014", .message = address + " did not answer in time"};
  }
  return Error{.sqlstate = "08006",
               .message = "no answer from " + address + ": " + error.message()};
}

std::string address_of(const HttpUrl& url) { return url.host + ":" + std::to_string(url.port); }

Task<Status> connect(Stream& stream, const HttpUrl& url) {
  const std::string address = address_of(url);
  ErrorCode error;
  std::vector<tcp::endpoint> endpoints;
  // A literal address needs no resolver, and so no thread.
  const auto literal = asio::ip::make_address(url.host, error);
  if (!error) {
    endpoints.emplace_back(literal, url.port);
  } else {
    asio::ip::basic_resolver<tcp, Executor> resolver(stream.get_executor());
    const std::string port = std::to_string(url.port);
    const auto found = co_await resolver.async_resolve(url.host, port, into(error));
    if (error) co_return failed(address, error);
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  error = asio::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    ErrorCode ignored;
    stream.socket().close(ignored);  // of another family, perhaps
    co_await stream.async_connect(endpoint, into(error));
    if (!error || error == beast::error::timeout) break;
  }
  if (error) co_return failed(address, error);
  stream.socket().set_option(tcp::no_delay(true), error);
  co_return Status();
}

Task<Status> send(Stream& stream, const HttpRequest& request) {
  const bool post = !request.body.empty();
  http::request<http::string_body> message(post ? http::verb::post : http::verb::get,
                                           request.url.target, 11);
  message.set(http::field::host, address_of(request.url));
  message.set(http::field::user_agent, "tessera");
  message.keep_alive(false);
  if (post) {
    message.set(http::field::content_type, "application/json");
    message.body() = request.body;
    message.prepare_payload();
  }
  ErrorCode error;
  co_await http::async_write(stream, message, into(error));
  if (error) co_return failed(address_of(request.url), error);
  co_return Status();
}

}  // namespace

Result<HttpUrl> http_url_from_text(std::string_view text) {
  const auto wrong = [&] {
    return Error{.sqlstate = "22023",
                 .message = "invalid address \"" + std::string(text) + "\"",
                 .hint = "Write it as http://host:port."};
  };
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return wrong();
  std::string_view rest = text.substr(kScheme.size());
  HttpUrl out;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    out.target = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  const auto bracket = rest.find(']');  // an IPv6 address holds colons: [::1]:2379
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size() || out.port == 0) return wrong();
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return wrong();
  out.host = rest;
  return out;
}

Task<Result<HttpReply>> http_request(HttpRequest request) {
  const Executor executor = co_await this_executor;
  Stream stream(executor);
  stream.expires_after(request.timeout);
  const Status connected = co_await connect(stream, request.url);
  if (!connected) co_return connected.error();
  const Status sent = co_await send(stream, request);
  if (!sent) co_return sent.error();

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kBodyMax);
  ErrorCode error;
  co_await http::async_read(stream, buffer, parser, into(error));
  if (error) co_return failed(address_of(request.url), error);
  co_return HttpReply{.status = parser.get().result_int(), .body = std::move(parser.get().body())};
}

HttpStream::HttpStream(const Executor& executor) : stream_(executor) {
  parser_.body_limit(boost::none);
  parser_.eager(true);
}

Task<Status> HttpStream::open(HttpRequest request) {
  address_ = address_of(request.url);
  stream_.expires_after(request.timeout);
  const Status connected = co_await connect(stream_, request.url);
  if (!connected) co_return connected.error();
  ErrorCode error;
  // Nothing is written while the stream is followed, so only keepalive notices a peer that
  // vanished.
  stream_.socket().set_option(asio::socket_base::keep_alive(true), error);
  const Status sent = co_await send(stream_, request);
  if (!sent) co_return sent.error();
  co_await http::async_read_header(stream_, buffer_, parser_, into(error));
  if (error) co_return failed(address_, error);
  if (parser_.get().result_int() != 200) {
    co_return Error{
        .sqlstate = "08006",
        .message = address_ + " answered " + std::to_string(parser_.get().result_int())};
  }
  co_return Status();
}

Task<Result<std::string>> HttpStream::next(Deadline deadline) {
  std::string& body = parser_.get().body();
  stream_.expires_at(deadline);
  while (body.empty()) {
    ErrorCode error;
    if (parser_.is_done()) co_return failed(address_, asio::error::eof);
    co_await http::async_read_some(stream_, buffer_, parser_, into(error));
    if (error) co_return failed(address_, error);
  }
  co_return Result<std::string>(std::exchange(body, {}));
}

}  // namespace tessera::topology
