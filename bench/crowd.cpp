// Many clients at once, from one thread: they all connect in the same moment, log in by
// SCRAM-SHA-256 as PostgreSQL's own clients do, send QUERY if there is one, and stay.
//
//   bench_crowd PORT CLIENTS [QUERY]     user, password and database are "shop", on 127.0.0.1
//
// When every client is served or has failed it prints one line of JSON and keeps the connections
// until its standard input ends; then a second line says how many it had lost meanwhile, with notes
// on the first that failed. A client's time runs from connect() to the reply's ReadyForQuery. The
// clients know one password, so its salted form is computed once for each salt: here the server's
// work is measured, not theirs.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kPassword = "shop";
constexpr std::string_view kNonce = "fyko+d2lbbFgONRv9qkxdawL";  // no secret is kept here
constexpr std::string_view kClientFirstBare = "n=,r=fyko+d2lbbFgONRv9qkxdawL";
constexpr std::chrono::seconds kPatience{90};
constexpr std::size_t kHeadBytes = 5;
constexpr std::size_t kNotesMax = 10;
// Each source address has its own ports, so connections of an earlier run are not in the way.
constexpr std::uint32_t kSources = 8;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string base64(std::string_view raw) {
  std::string text(4 * ((raw.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(raw.data()),
                                   static_cast<int>(raw.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string from_base64(std::string_view text) {
  std::string raw(3 * text.size() / 4, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  while (text.ends_with('=')) {
    raw.pop_back();
    text.remove_suffix(1);
  }
  return raw;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string made(32, '\0');
  unsigned int size = 32;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(made.data()), &size);
  return made;
}

std::string sha256(std::string_view text) {
  std::string made(32, '\0');
  unsigned int size = 32;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(made.data()), &size,
             EVP_sha256(), nullptr);
  return made;
}

// The value of one attribute ("r=...,s=...,i=...") of a server-first-message.
std::string_view attribute(std::string_view message, char name) {
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find(',', at), message.size());
    if (message[at] == name) return message.substr(at + 2, end - at - 2);
    at = end + 1;
  }
  return {};
}

std::string salted_password(std::string_view salt, int iterations) {
  static std::map<std::string, std::string, std::less<>> known;
  std::string& salted = known[std::string(salt)];
  if (!salted.empty()) return salted;
  const std::string raw = from_base64(salt);
  salted.resize(32);
  PKCS5_PBKDF2_HMAC(kPassword.data(), static_cast<int>(kPassword.size()),
                    reinterpret_cast<const unsigned char*>(raw.data()),
                    static_cast<int>(raw.size()), iterations, EVP_sha256(), 32,
                    reinterpret_cast<unsigned char*>(salted.data()));
  return salted;
}

// RFC 5802's client-final-message.
std::string scram_final(std::string_view server_first) {
  const std::string salted =
      salted_password(attribute(server_first, 's'), std::atoi(attribute(server_first, 'i').data()));
  const std::string key = hmac(salted, "Client Key");
  std::string final = "c=biws,r=" + std::string(attribute(server_first, 'r'));
  const std::string auth =
      std::string(kClientFirstBare) + "," + std::string(server_first) + "," + final;
  const std::string signature = hmac(sha256(key), auth);
  std::string proof = key;
  for (std::size_t i = 0; i < proof.size(); ++i)
    proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  return final + ",p=" + base64(proof);
}

std::string word(std::uint32_t value) {
  const std::uint32_t ordered = htonl(value);
  return {reinterpret_cast<const char*>(&ordered), sizeof ordered};
}

std::uint32_t word_at(std::string_view bytes) {
  std::uint32_t ordered = 0;
  std::memcpy(&ordered, bytes.data(), sizeof ordered);
  return ntohl(ordered);
}

std::string message(char type, std::string_view body) {
  return type + word(static_cast<std::uint32_t>(body.size() + 4)) + std::string(body);
}

std::string startup() {
  using namespace std::string_literals;
  const std::string body = word(3 << 16) + "user\0shop\0database\0shop\0\0"s;
  return word(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

std::string sasl_initial() {
  using namespace std::string_literals;
  const std::string first = "n,," + std::string(kClientFirstBare);
  return message('p', "SCRAM-SHA-256\0"s + word(static_cast<std::uint32_t>(first.size())) + first);
}

enum class State { kConnecting, kLoggingIn, kQuerying, kStaying, kFailed };

struct Client {
  int socket = -1;
  State state = State::kConnecting;
  Clock::time_point began;
  double served_ms = 0;
  std::size_t received = 0;
  std::string in;
};

// How far it had come, for whoever asks why it failed.
std::string note_on(const Client& client, const std::string& why) {
  constexpr std::array kDoing{"connecting", "logging in", "asking", "staying"};
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(client.socket, reinterpret_cast<sockaddr*>(&own), &size);
  const std::chrono::duration<double, std::milli> since = Clock::now() - client.began;
  char text[160];
  std::snprintf(text, sizeof text, "%s:%d, %s, %zu bytes received, %.0f ms after connect(): %s",
                inet_ntoa(own.sin_addr), ntohs(own.sin_port),
                kDoing[static_cast<std::size_t>(client.state)], client.received, since.count(),
                why.c_str());
  return text;
}

class Crowd {
 public:
  Crowd(const char* port, std::size_t count, std::string query)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), clients_(count), query_(std::move(query)) {
    server_.sin_family = AF_INET;
    server_.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    server_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  void arrive() {
    const auto until = Clock::now() + kPatience;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      connect_one(clients_[i], static_cast<std::uint32_t>(i));
      // Those who are there already are not kept waiting by those who are still to come.
      if (i % 64 == 0) turn(0);
    }
    while (settled_ < clients_.size() && Clock::now() < until) turn(1000);
    for (Client& client : clients_) {
      if (client.state != State::kStaying && client.state != State::kFailed)
        fail(client, "not served in time");
    }
    report(Clock::now() - (until - kPatience));
  }

  void stay() {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) die("epoll_ctl");
    while (!input_ended_) turn(-1);
    std::printf("{\"lost\": %zu, \"notes\": [", lost_);
    const char* comma = "";
    for (const std::string& note : notes_) {
      std::printf("%s\"%s\"", comma, note.c_str());
      comma = ", ";
    }
    std::printf("]}\n");
  }

 private:
  void connect_one(Client& client, std::uint32_t number) {
    client.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client.socket < 0) die("socket");
    const int on = 1;
    setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(client.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number % kSources);
    if (bind(client.socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0)
      die("bind");
    client.began = Clock::now();
    const int made =
        connect(client.socket, reinterpret_cast<const sockaddr*>(&server_), sizeof server_);
    if (made != 0 && errno != EINPROGRESS) return fail(client, std::strerror(errno));
    epoll_event event{.events = EPOLLOUT, .data = {.ptr = &client}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event) != 0) die("epoll_ctl");
  }

  void turn(int wait_ms) {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        char ignored[64];
        input_ended_ = read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
      } else {
        advance(*static_cast<Client*>(events[i].data.ptr));
      }
    }
  }

  void advance(Client& client) {
    if (client.state == State::kFailed) return;
    if (client.state != State::kConnecting) return receive(client);
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(client, std::strerror(error));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, client.socket, &event);
    client.state = State::kLoggingIn;
    say(client, startup());
  }

  void receive(Client& client) {
    char bytes[4096];
    const auto got = recv(client.socket, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return fail(client, got == 0 ? "closed" : std::strerror(errno));
    client.received += static_cast<std::size_t>(got);
    client.in.append(bytes, static_cast<std::size_t>(got));
    while (client.in.size() >= kHeadBytes && client.state != State::kFailed) {
      const std::size_t size = 1 + word_at(std::string_view(client.in).substr(1));
      if (client.in.size() < size) return;
      const std::string frame = client.in.substr(0, size);
      client.in.erase(0, size);
      obey(client, frame[0], std::string_view(frame).substr(kHeadBytes));
    }
    if (client.in.empty()) client.in.shrink_to_fit();
  }

  void obey(Client& client, char type, std::string_view body) {
    if (type == 'E') return fail(client, "refused " + sqlstate_of(body));
    if (type == 'R' && body.size() >= 4) return authenticate(client, body);
    if (type != 'Z') return;
    if (client.state == State::kLoggingIn && !query_.empty()) {
      client.state = State::kQuerying;
      return say(client, message('Q', query_ + '\0'));
    }
    const std::chrono::duration<double, std::milli> took = Clock::now() - client.began;
    client.served_ms = took.count();
    client.state = State::kStaying;
    ++settled_;
  }

  void authenticate(Client& client, std::string_view body) {
    enum : std::uint32_t { kSasl = 10, kSaslContinue = 11 };
    if (word_at(body) == kSasl) say(client, sasl_initial());
    if (word_at(body) == kSaslContinue) say(client, message('p', scram_final(body.substr(4))));
  }

  static std::string sqlstate_of(std::string_view fields) {
    for (std::size_t at = 0; at < fields.size() && fields[at] != '\0';) {
      const std::size_t end = std::min(fields.find('\0', at), fields.size());
      if (fields[at] == 'C') return std::string(fields.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    return "without a code";
  }

  // All of this fits a fresh socket's buffer.
  void say(Client& client, const std::string& bytes) {
    const auto sent = send(client.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) fail(client, "send failed");
  }

  void fail(Client& client, const std::string& why) {
    if (notes_.size() < kNotesMax) notes_.push_back(note_on(client, why));
    if (client.state == State::kStaying) {
      ++lost_;
    } else {
      ++settled_;
      ++failures_[why];
    }
    client.state = State::kFailed;
    close(client.socket);
  }

  void report(Clock::duration took) {
    std::vector<double> served;
    for (const Client& client : clients_) {
      if (client.state == State::kStaying) served.push_back(client.served_ms);
    }
    std::sort(served.begin(), served.end());
    const auto quantile = [&served](double share) {
      const auto at = static_cast<std::size_t>(share * static_cast<double>(served.size()));
      return served.empty() ? 0.0 : served[std::min(at, served.size() - 1)];
    };
    const std::chrono::duration<double> seconds = took;
    std::printf("{\"clients\": %zu, \"served\": %zu, \"seconds\": %.3f, ", clients_.size(),
                served.size(), seconds.count());
    std::printf("\"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f, \"failures\": {",
                quantile(0.5), quantile(0.99), quantile(1));
    const char* comma = "";
    for (const auto& [why, count] : failures_) {
      std::printf("%s\"%s\": %zu", comma, why.c_str(), count);
      comma = ", ";
    }
    std::printf("}}\n");
    std::fflush(stdout);
  }

  const int epoll_;
  sockaddr_in server_{};
  std::vector<Client> clients_;
  const std::string query_;
  std::size_t settled_ = 0;
  std::size_t lost_ = 0;
  bool input_ended_ = false;
  std::map<std::string, std::size_t> failures_;
  std::vector<std::string> notes_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fputs("usage: bench_crowd PORT CLIENTS [QUERY]\n", stderr);
    return 2;
  }
  raise_descriptor_limit();
  Crowd crowd(argv[1], static_cast<std::size_t>(std::atoi(argv[2])), argc == 4 ? argv[3] : "");
  crowd.arrive();
  crowd.stay();
}
