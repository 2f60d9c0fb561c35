#include "etcd_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "topology/http_get.h"

namespace tessera::topology {
namespace {

constexpr const char* kProgram = "/usr/bin/etcd";

bool is_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return bound;
}

}  // namespace

std::uint16_t free_port() {
  std::random_device random;
  std::uniform_int_distribution<unsigned> ports(20'000, 32'000);
  for (int tries = 0; tries < 1000; ++tries) {
    const auto port = static_cast<std::uint16_t>(ports(random));
    if (is_free(port)) return port;
  }
  throw std::runtime_error("no free port");
}

std::string EtcdServer::program() { return std::filesystem::exists(kProgram) ? kProgram : ""; }

EtcdServer::EtcdServer() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tessera-etcd-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  client_port_ = free_port();
  do {
    peer_port_ = free_port();
  } while (peer_port_ == client_port_);
  start();
}

void EtcdServer::start() {
  const std::string client = "http://127.0.0.1:" + std::to_string(client_port_);
  const std::string peer = "http://127.0.0.1:" + std::to_string(peer_port_);
  std::vector<std::string> words{kProgram,
                                 "--name=test",
                                 "--data-dir=" + (directory_ / "data").string(),
                                 "--listen-client-urls=" + client,
                                 "--advertise-client-urls=" + client,
                                 "--listen-peer-urls=" + peer,
                                 "--initial-advertise-peer-urls=" + peer,
                                 "--initial-cluster=test=" + peer};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = directory_ / "log";
  server_ = fork();
  if (server_ == 0) {
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!answers()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("etcd did not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

bool EtcdServer::answers() const {
  const auto health = http_get("127.0.0.1", client_port_, "/health", std::chrono::seconds(1));
  return health && health->find("true") != std::string::npos;
}

void EtcdServer::crash() {
  if (server_ <= 0) return;
  kill(server_, SIGKILL);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

void EtcdServer::compact() const {
  const std::string command =
      "revision=$(ETCDCTL_API=3 etcdctl --endpoints=127.0.0.1:" + std::to_string(client_port_) +
      " get / -w json | sed 's/.*\"revision\":\\([0-9]*\\).*/\\1/') && ETCDCTL_API=3 etcdctl"
      " --endpoints=127.0.0.1:" +
      std::to_string(client_port_) + " compact \"$revision\" >/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("etcdctl compact failed");
}

EtcdServer::~EtcdServer() {
  crash();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace tessera::topology
