#include "proxy/session/worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/spawn.h"
#include "proxy/session/errors.h"
#include "proxy/session/session.h"

namespace tessera::session {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// A coroutine's exception is a bug of ours or no memory: its session ends, the others go on.
void log_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log::error("a session ended by an internal error: {}", error.what());
  }
}

}  // namespace

Database::Database(Executor executor, std::shared_ptr<const catalog::Catalog> first,
                   backend::Endpoints& endpoints, std::size_t plans_max)
    : catalog(std::move(first)), backends(executor, catalog->rules, endpoints), plans(plans_max) {}

// One thread runs the context and touches its sockets; others only post to it.
Worker::Worker(House& house, std::uint32_t number)
    : house_(house),
      number_(number),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      acceptor_(context_.get_executor()) {}

Database* Worker::find_database(const std::string& name) {
  const auto found = databases_.find(name);
  return found == databases_.end() ? nullptr : found->second.get();
}

void Worker::add_database(const std::string& name,
                          std::shared_ptr<const catalog::Catalog> catalog) {
  constexpr std::uint64_t kPlanBytes = 8 * 1024;  // a plan with its edits, on average
  const std::uint64_t plans =
      std::max<std::uint64_t>(16, house_.settings.proxy.plan_cache_bytes / kPlanBytes);
  databases_[name] = std::make_unique<Database>(context_.get_executor(), std::move(catalog),
                                                *house_.endpoints.at(name), plans);
}

void Worker::listen(const asio::ip::tcp::endpoint& endpoint) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.set_option(ReusePort(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(4096);
}

void Worker::run() {
  spawn(
      context_.get_executor(), [this] { return accept(); }, log_failure);
  for (auto& [name, database] : databases_) {
    backend::Backends* backends = &database->backends;
    spawn(
        context_.get_executor(), [backends] { return backends->run(); }, log_failure);
  }
  context_.run();
  sessions_.clear();
}

Task<> Worker::accept() {
  constexpr std::chrono::milliseconds kPause{100};
  while (acceptor_.is_open()) {
    Socket socket(context_.get_executor());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, into(error));
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    if (!error) {
      begin_session(std::move(socket));
      continue;
    }
    // Out of descriptors: accepting again at once would spin.
    log::warn("a connection could not be accepted: {}", error.message());
    Timer pause(context_.get_executor(), kPause);
    co_await pause.async_wait(into(error));
  }
}

void Worker::begin_session(Socket socket) {
  auto session = std::make_shared<Session>(*this, std::move(socket));
  const std::uint32_t clients = house_.clients.fetch_add(1, std::memory_order_relaxed) + 1;
  const bool full = clients > house_.settings.proxy.clients_max;
  sessions_.insert(session);
  const auto on_end = [this, session](const std::exception_ptr& failure) {
    log_failure(failure);
    house_.clients.fetch_sub(1, std::memory_order_relaxed);
    sessions_.erase(session);
  };
  if (full) {
    spawn(
        context_.get_executor(), [session] { return session->refuse(errors::too_many_clients()); },
        on_end);
    return;
  }
  spawn(
      context_.get_executor(), [session] { return session->run(); }, on_end);
}

void Worker::stop_accepting() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void Worker::end_sessions(bool at_once) {
  for (const auto& session : sessions_) session->end(at_once);
}

void Worker::stop() {
  for (auto& [name, database] : databases_) database->backends.stop();
  context_.stop();
}

}  // namespace tessera::session
