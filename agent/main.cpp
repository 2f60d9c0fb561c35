// tessera-agent --config FILE: the companion of one shard. See docs/agent.md.

#include <unistd.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "agent/agent.h"
#include "agent/pages.h"
#include "agent/server.h"
#include "agent/spawn.h"
#include "base/log.h"
#include "topology/etcd.h"

namespace tessera::agent {
namespace {

constexpr std::chrono::seconds kStopMax{2};

// The same over a restart, and not that of another agent of the shard.
std::string agent_name(const Config& config) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(config.listen_port);
}

// Gives the key up, at most for kStopMax, and ends.
void stop(asio::io_context& io, const std::shared_ptr<Agent>& agent) {
  log::info("stopping");
  spawn(io.get_executor(), "stopping", [agent, &io]() -> Task<> {
    co_await agent->stop();
    io.stop();
  });
  const auto limit = std::make_shared<Timer>(io.get_executor(), kStopMax);
  limit->async_wait([&io, limit](const boost::system::error_code&) { io.stop(); });
}

int run(Config config) {
  asio::io_context io(1);
  const auto store =
      std::make_shared<topology::Etcd>(topology::EtcdOptions{.endpoints = config.etcd});
  const auto agent = std::make_shared<Agent>(config, agent_name(config), io.get_executor(), store);
  const auto server = std::make_shared<Server>(io.get_executor(), [agent](std::string target) {
    return answer_page(agent, std::move(target));
  });
  if (const Status listening = server->listen(config.listen_host, config.listen_port); !listening) {
    log::error("{}", listening.error().message);
    return 1;
  }
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) stop(io, agent);
  });
  log::info("shard={} scope={} cluster={} listen={}:{}", config.shard, config.scope, config.cluster,
            config.listen_host, config.listen_port);
  agent->start();
  spawn(io.get_executor(), "accepting", [server] { return server->run(); });
  io.run();
  log::info("stopped");
  return 0;
}

}  // namespace
}  // namespace tessera::agent

int main(int count, char** words) {
  using namespace tessera;
  if (count != 3 || std::string(words[1]) != "--config") {
    std::fputs("usage: tessera-agent --config FILE\n", stderr);
    return 2;
  }
  log::start("tessera-agent", "info");
  const auto config = agent::load_config(words[2]);
  if (!config) {
    log::error("{}", config.error().message);
    return 1;
  }
  log::start("tessera-agent", config->log_level.c_str());
  try {
    return agent::run(*config);
  } catch (const std::exception& fault) {
    log::error("{}", fault.what());
    return 1;
  }
}
