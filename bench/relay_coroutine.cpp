// The bare relay again, as coroutines that wait by Asio: what that costs when nothing is done with
// the bytes. Tessera's wait by a reactor of their own (base/reactor.h).
//
//   bench_relay_coroutine PORT SERVER_PORT     both on 127.0.0.1; SIGTERM ends it
//
// For each client one connection to the server, and one coroutine for each direction that reads a
// batch and sends it. What it leaves out, on purpose, is what bench_relay_epoll leaves out.

#include <array>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "base/socket.h"
#include "base/spawn.h"

namespace tessera {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

struct Pair {
  Socket client;
  Socket server;
};

tcp::endpoint endpoint_of(const char* port) {
  return {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(port))};
}

// `pair` keeps both sockets while either direction runs.
Task<> forward(std::shared_ptr<Pair> /*pair*/, Socket& from, Socket& to) {
  std::array<char, 16 * 1024> batch;
  while (true) {
    ErrorCode error;
    const auto buffer = asio::buffer(batch);
    const std::size_t got = co_await from.async_read_some(buffer, into(error));
    if (error) break;
    const std::string_view bytes(batch.data(), got);
    const std::size_t sent = send_now(to.native_handle(), bytes, error).value_or(0);
    const auto rest = asio::buffer(bytes.data() + sent, got - sent);
    if (sent < got) co_await asio::async_write(to, rest, into(error));
    if (error) break;
  }
  ErrorCode ignored;
  from.shutdown(asio::socket_base::shutdown_both, ignored);
  to.shutdown(asio::socket_base::shutdown_both, ignored);
}

void begin(const std::shared_ptr<Pair>& pair, Socket& from, Socket& to) {
  spawn(
      from.get_executor(), [pair, &from, &to] { return forward(pair, from, to); },
      [](const std::exception_ptr&) {});
}

Task<> accept(tcp::acceptor& acceptor, tcp::endpoint server) {
  const Executor executor = co_await this_executor;
  while (true) {
    auto pair = std::make_shared<Pair>(Pair{Socket(executor), Socket(executor)});
    ErrorCode error;
    co_await acceptor.async_accept(pair->client, into(error));
    if (!error) pair->server.connect(server, error);
    if (error) continue;
    pair->client.set_option(tcp::no_delay(true));
    pair->server.set_option(tcp::no_delay(true));
    begin(pair, pair->client, pair->server);
    begin(pair, pair->server, pair->client);
  }
}

void run(const char* port, const char* server_port) {
  asio::io_context context(1);
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&context](ErrorCode, int) { context.stop(); });
  tcp::acceptor acceptor(context, endpoint_of(port));
  const tcp::endpoint server = endpoint_of(server_port);
  spawn(
      context.get_executor(), [&acceptor, server] { return accept(acceptor, server); },
      [](const std::exception_ptr&) {});
  context.run();
}

}  // namespace
}  // namespace tessera

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_relay_coroutine PORT SERVER_PORT\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  tessera::run(argv[1], argv[2]);
}
