#include "agent/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include "agent/spawn.h"
#include "base/log.h"

namespace tessera::agent {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr int kConnectionsMax = 128;
constexpr std::uint32_t kHeadMax = 8192;
constexpr std::uint64_t kBodyMax = 0;  // GET has none
constexpr std::chrono::seconds kIdleMax{60};
constexpr std::chrono::seconds kWriteMax{10};
constexpr std::chrono::milliseconds kAcceptPause{100};

http::response<http::string_body> response_to(const http::request<http::string_body>& request,
                                              Reply reply) {
  http::response<http::string_body> out(static_cast<http::status>(reply.status), request.version());
  out.set(http::field::content_type, "application/json");
  out.set(http::field::cache_control, "no-store");
  out.keep_alive(request.keep_alive());
  out.body() = std::move(reply.body);
  out.prepare_payload();
  return out;
}

}  // namespace

Server::Server(const Executor& executor, Answer answer)
    : executor_(executor), answer_(std::move(answer)), acceptor_(executor) {}

Status Server::listen(const std::string& host, std::uint16_t port) {
  ErrorCode error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  const tcp::endpoint endpoint(address, port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kConnectionsMax, error);
  if (!error) return {};
  return Error{
      .sqlstate = "58030",
      .message = "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message()};
}

Task<> Server::run() {
  Timer pause(executor_);
  while (true) {
    auto socket = std::make_shared<Socket>(executor_);
    ErrorCode error;
    co_await acceptor_.async_accept(*socket, into(error));
    if (error) {
      // Out of descriptors, most likely: others end and free some.
      log::warn("accept: {}", error.message());
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(into(error));
    } else if (open_ < kConnectionsMax) {
      spawn(executor_, "connection",
            [self = shared_from_this(), socket] { return self->serve(socket); });
    }
  }
}

Task<Reply> Server::answer(const Message& request) {
  if (request.method() != http::verb::get) {
    co_return Reply{.status = 405, .body = R"({"error":"only GET is answered here"})"};
  }
  std::string target(request.target());
  Reply reply = co_await answer_(std::move(target));
  co_return reply;
}

Task<> Server::serve(std::shared_ptr<Socket> socket) {
  struct Count {
    int& open;
    explicit Count(int& value) : open(value) { ++open; }
    ~Count() { --open; }
  };
  const auto self = shared_from_this();
  const Count count(self->open_);
  beast::basic_stream<tcp, Executor> stream(std::move(*socket));
  beast::flat_buffer buffer(kHeadMax);
  ErrorCode error;
  while (!error) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeadMax);
    parser.body_limit(kBodyMax);
    stream.expires_after(kIdleMax);
    co_await http::async_read(stream, buffer, parser, into(error));
    if (error) break;
    const Message request = parser.release();
    Reply reply = co_await answer(request);
    const auto response = response_to(request, std::move(reply));
    stream.expires_after(kWriteMax);
    co_await http::async_write(stream, response, into(error));
    if (!request.keep_alive()) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace tessera::agent
