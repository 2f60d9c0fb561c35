#pragma once
// A real etcd for one test program: free loopback ports, a temporary directory, stopped at the end.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "topology/http_client.h"

namespace tessera::topology {

// A loopback port that nothing listens on now, below those that outgoing connections take.
[[nodiscard]] std::uint16_t free_port();

class EtcdServer {
 public:
  // The etcd program; empty: not installed.
  [[nodiscard]] static std::string program();

  EtcdServer();
  ~EtcdServer();
  EtcdServer(const EtcdServer&) = delete;
  EtcdServer& operator=(const EtcdServer&) = delete;

  [[nodiscard]] HttpUrl url() const {
    return {.host = "127.0.0.1", .port = client_port_, .target = "/"};
  }
  // kill -9 and start again with the same data and ports.
  void crash();
  void start();
  // Throws away the history before the current revision.
  void compact() const;

 private:
  [[nodiscard]] bool answers() const;

  std::filesystem::path directory_;
  std::uint16_t client_port_ = 0;
  std::uint16_t peer_port_ = 0;
  pid_t server_ = -1;
};

}  // namespace tessera::topology
