// The bare relay: what it costs the kernel to pass bytes on, and nothing else. The yardstick of
// what any proxy with one connection on each side can reach on one thread.
//
//   bench_relay_epoll PORT SERVER_PORT     both on 127.0.0.1; SIGTERM ends it
//
// For each client one connection to the server; level-triggered epoll; one read and one write for
// each batch of bytes that arrived. What it leaves out, on purpose: it knows no protocol, so it
// pools nothing, checks nothing and routes nothing; it has no time-outs, no limits and no log, and
// it connects to the server while everybody else waits.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr int kEvents = 64;

struct Pair;

// One socket. Two of them, each the other's peer, are one client's relay.
struct Side {
  int socket = -1;
  Side* peer = nullptr;
  Pair* pair = nullptr;
  std::string unsent;  // what this socket's buffer had no room for; its peer is not read meanwhile
};

struct Pair {
  Side client;
  Side server;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in address_of(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on(const char* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = address_of(port);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(listener, 4096) != 0) die("listen");
  return listener;
}

void watch(int epoll, Side& side, int how, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &side}};
  if (epoll_ctl(epoll, how, side.socket, &event) != 0) die("epoll_ctl");
}

class Relay {
 public:
  Relay(int listener, sockaddr_in server)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), server_(server), batch_(kBatchBytes) {
    listener_.socket = listener;
    watch(epoll_, listener_, EPOLL_CTL_ADD, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kEvents> events;
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), kEvents, -1);
      for (int i = 0; i < count; ++i) turn(events[i]);
      ended_.clear();
    }
  }

 private:
  void turn(const epoll_event& event) {
    Side& side = *static_cast<Side*>(event.data.ptr);
    if (&side == &listener_) return accept_client();
    if (side.socket < 0) return;  // closed by an earlier event of this turn
    if ((event.events & EPOLLOUT) != 0) return send_rest(side);
    forward(side);
  }

  void accept_client() {
    const int client = accept4(listener_.socket, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || server < 0) die("accept");
    if (connect(server, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) != 0)
      die("connect");
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto* pair = new Pair;
    pair->client = {.socket = client, .peer = &pair->server, .pair = pair};
    pair->server = {.socket = server, .peer = &pair->client, .pair = pair};
    watch(epoll_, pair->client, EPOLL_CTL_ADD, EPOLLIN);
    watch(epoll_, pair->server, EPOLL_CTL_ADD, EPOLLIN);
  }

  void forward(Side& from) {
    Side& to = *from.peer;
    const auto got = recv(from.socket, batch_.data(), batch_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(from);
    const auto sent = send(to.socket, batch_.data(), got, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == got) return;
    if (sent < 0 && errno != EAGAIN) return end(from);
    to.unsent.assign(batch_.data() + (sent < 0 ? 0 : sent), batch_.data() + got);
    watch(epoll_, from, EPOLL_CTL_MOD, 0);
    watch(epoll_, to, EPOLL_CTL_MOD, EPOLLOUT);
  }

  void send_rest(Side& to) {
    const auto sent =
        send(to.socket, to.unsent.data(), to.unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return end(to);
    if (sent > 0) to.unsent.erase(0, static_cast<std::size_t>(sent));
    if (!to.unsent.empty()) return;
    watch(epoll_, to, EPOLL_CTL_MOD, EPOLLIN);
    watch(epoll_, *to.peer, EPOLL_CTL_MOD, EPOLLIN);
  }

  // The pair is freed behind this turn's last event: one of its other side may be still to come.
  void end(Side& side) {
    close(std::exchange(side.socket, -1));
    close(std::exchange(side.peer->socket, -1));
    ended_.emplace_back(side.pair);
  }

  const int epoll_;
  const sockaddr_in server_;
  std::vector<char> batch_;
  Side listener_;
  std::vector<std::unique_ptr<Pair>> ended_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_relay_epoll PORT SERVER_PORT\n", stderr);
    return 2;
  }
  Relay(listen_on(argv[1]), address_of(argv[2])).run();
}
