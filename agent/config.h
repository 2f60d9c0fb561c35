#pragma once
// What an agent is told by its file: which shard it speaks for, where etcd is, where it listens.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/http_client.h"

namespace tessera::agent {

struct Config {
  std::string shard;    // the shard's name as proxies know it
  std::string scope;    // Patroni's scope
  std::string cluster;  // keys are put under /tessera/<cluster>/
  std::string patroni_namespace = "/service";
  std::vector<topology::HttpUrl> etcd;  // client URLs of one etcd cluster
  std::string listen_host;
  std::uint16_t listen_port = 0;
  std::string log_level = "info";
};

// Errors: F0000 with "FILE:LINE: key: what was expected".
[[nodiscard]] Result<Config> load_config(const std::string& file);
// `name` stands for the file in errors.
[[nodiscard]] Result<Config> config_from_yaml(const std::string& text, const std::string& name);

}  // namespace tessera::agent
