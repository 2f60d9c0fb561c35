#pragma once
// The Server puts the house together: catalogs, workers and their threads, signals.

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <string>
#include <vector>

#include "proxy/session/publisher.h"
#include "proxy/session/reload.h"
#include "proxy/session/worker.h"

namespace tessera::session {

class Server {
 public:
  // `settings` were read from `directory`.
  Server(rules::Settings settings, std::string directory);
  ~Server();

  // Listens, serves, and returns when SIGTERM or SIGINT has ended it (SIGHUP: the files
  // are read again): nobody new is accepted, running transactions may finish
  // within shutdownWait, everyone else gets 57P01. Errors: 55000 the port is taken or may not be
  // had.
  Status run();

 private:
  Status open();
  void watch(asio::signal_set& signals);
  void shut_down();
  [[nodiscard]] std::size_t sessions();

  House house_;
  asio::io_context signals_{1};  // of the thread that calls run()
  Publisher publisher_;
  Reload reload_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace tessera::session
