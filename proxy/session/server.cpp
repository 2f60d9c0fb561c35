#include "proxy/session/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <thread>

#include "base/log.h"
#include "parser/parse.h"

namespace tessera::session {
namespace {

constexpr std::uint16_t kDefaultPort = 6432;

// To the hard limit, which it gives.
std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised{limit.rlim_max, limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
}

// The open files that all clients and all server connections at once need.
std::uint64_t descriptors_needed(const rules::Settings& settings) {
  constexpr std::uint64_t kOthers = 100;  // listeners, epoll, timers, the log, cancel requests
  std::uint64_t needed = settings.proxy.clients_max + kOthers;
  for (const auto& database : settings.databases) {
    for (const auto& shard : database.shards) {
      needed += shard.primary.pool_max + shard.primary.reserve_max;
      for (const auto& replica : shard.replicas) needed += replica.pool_max + replica.reserve_max;
    }
  }
  return needed;
}

// Better than refusing clients later, one by one, for a reason that they are not told.
Status check_descriptors(const rules::Settings& settings) {
  const std::uint64_t limit = raise_descriptor_limit();
  const std::uint64_t needed = descriptors_needed(settings);
  if (needed <= limit) return {};
  return Error{
      .sqlstate = "53000",
      .message = fmt::format(
          "maxClients {} and the pools of the data sources need {} open files, but this process "
          "may have {} at most",
          settings.proxy.clients_max, needed, limit),
      .hint =
          "Raise the hard limit of open files (ulimit -Hn, LimitNOFILE of systemd), or lower "
          "maxClients."};
}

void say_notices(const rules::Settings& settings) {
  for (const auto& notice : settings.notices) log::info("{}", notice);
  for (const auto& database : settings.databases) {
    if (database.shards.size() < 2) continue;
    log::warn(
        "database \"{}\": transactions that write on several shards are committed on one shard "
        "after the other; "
        "a crash in between leaves them half done",
        database.database);
  }
}

}  // namespace

Server::Server(rules::Settings settings, std::string directory)
    : publisher_(house_), reload_(std::move(directory), house_, signals_.get_executor()) {
  house_.settings = std::move(settings);
  house_.publisher = &publisher_;
  house_.reload = &reload_;
  house_.user_clients.add(house_.settings.proxy.user_limits);
  house_.database_clients.add(house_.settings.proxy.database_limits);
}

Server::~Server() = default;

Status Server::open() {
  const auto& proxy = house_.settings.proxy;
  const std::uint16_t port = proxy.port == 0 ? kDefaultPort : proxy.port;
  const std::uint32_t threads =
      proxy.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : proxy.threads;
  std::map<std::string, std::shared_ptr<const catalog::Catalog>> catalogs;
  for (const auto& rules : house_.settings.databases) {
    house_.endpoints[rules.database] = std::make_unique<backend::Endpoints>(rules);
    catalogs[rules.database] = publisher_.first_catalog(rules);
  }
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(proxy.listen), port);
    for (std::uint32_t i = 0; i < threads; ++i) {
      auto worker = std::make_unique<Worker>(house_, i);
      for (const auto& [name, catalog] : catalogs) worker->add_database(name, catalog);
      worker->listen(endpoint);
      workers_.push_back(std::move(worker));
    }
  } catch (const std::exception& error) {
    return Error{
        .sqlstate = "55000",
        .message = fmt::format("could not listen on {}:{}: {}", proxy.listen, port, error.what()),
        .hint = "Is another server using the port?"};
  }
  const auto access = make_access(house_.settings);
  for (const auto& worker : workers_) worker->set_access(access);
  std::vector<Worker*> served;
  for (const auto& worker : workers_) served.push_back(worker.get());
  reload_.serve(served);
  const Status tls = reload_.load_tls(proxy.tls);
  if (!tls) return tls;
  log::info("listening on {}:{}, {} threads, {} databases{}", proxy.listen, port, threads,
            house_.settings.databases.size(), proxy.tls.enabled() ? ", TLS" : "");
  return {};
}

namespace {

// The signal set ends with run(); one who asks again after that must not turn a clean end, on the
// last thread that there is, into a killed one.
void block_late_signals() {
  sigset_t late;
  sigemptyset(&late);
  sigaddset(&late, SIGTERM);
  sigaddset(&late, SIGINT);
  pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

}  // namespace

Status Server::run() {
  auto enough = check_descriptors(house_.settings);
  if (!enough) return enough;
  say_notices(house_.settings);
  parser::warm_up();
  auto opened = open();
  if (!opened) return opened;
  std::vector<Worker*> workers;
  for (auto& worker : workers_) workers.push_back(worker.get());
  for (Worker* worker : workers) threads_.emplace_back([worker] { worker->run(); });
  publisher_.start(workers);

  // As long as the set lives, another signal while the server ends is not the end of the process.
  asio::signal_set wanted(signals_, SIGTERM, SIGINT, SIGHUP);
  watch(wanted);
  reload_.watch_files();
  signals_.run();
  shut_down();
  block_late_signals();
  return {};
}

// Waits for signals until one of them ends the server.
void Server::watch(asio::signal_set& signals) {
  signals.async_wait([this, &signals](boost::system::error_code, int number) {
    if (number != SIGHUP) return signals_.stop();
    static_cast<void>(reload_.run("received SIGHUP"));
    watch(signals);
  });
}

std::size_t Server::sessions() {
  std::size_t count = 0;
  for (auto& worker : workers_) {
    std::promise<std::size_t> answer;
    auto future = answer.get_future();
    asio::post(worker->context(), [&answer, &worker] { answer.set_value(worker->sessions()); });
    count += future.get();
  }
  return count;
}

void Server::shut_down() {
  constexpr std::chrono::milliseconds kLook{20};
  constexpr std::chrono::milliseconds kLastWords{500};
  log::info("shutting down: running transactions have {} ms to finish",
            house_.settings.proxy.shutdown_wait_max.count());
  const auto end_all = [this](bool at_once) {
    for (auto& worker : workers_) {
      asio::post(worker->context(), [&worker, at_once] {
        worker->stop_accepting();
        worker->end_sessions(at_once);
      });
    }
  };
  end_all(false);
  const Deadline patience = Clock::now() + house_.settings.proxy.shutdown_wait_max;
  while (sessions() > 0 && Clock::now() < patience) std::this_thread::sleep_for(kLook);
  end_all(true);
  const Deadline last_words = Clock::now() + kLastWords;
  while (sessions() > 0 && Clock::now() < last_words) std::this_thread::sleep_for(kLook);
  publisher_.stop();
  for (auto& worker : workers_) {
    asio::post(worker->context(), [&worker] { worker->stop(); });
  }
  for (auto& thread : threads_) thread.join();
  log::info("stopped");
}

}  // namespace tessera::session
