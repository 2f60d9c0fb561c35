#include "proxy/session/arrivals.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/log.h"

namespace tessera::session {
namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using ErrorCode = boost::system::error_code;

constexpr int kQueue = 4096;  // the system's limit, where it is not raised
constexpr int kAcceptedAtOnce = 1024;
constexpr int kBegunAtOnce = 8;
constexpr std::chrono::milliseconds kPause{100};

// Errors of the network that accept() gives are the one connection's (accept(2)).
bool gone_before_it_was_accepted(int error) {
  constexpr std::array kOfOne{ECONNABORTED, EINTR,        EPROTO,     ENETDOWN,   ENOPROTOOPT,
                              EHOSTDOWN,    EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
  return std::ranges::find(kOfOne, error) != kOfOne.end();
}

}  // namespace

void Arrivals::listen(const asio::ip::tcp::endpoint& endpoint) {
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(executor_);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  acceptor.listen(kQueue);
  acceptor.native_non_blocking(true);
  listening_ = acceptor.release();
  const ErrorCode error = watch_.enter(Reactor::of(executor_), listening_);
  if (error) throw boost::system::system_error(error, "listen");
}

Task<> Arrivals::run(std::function<void(int)> begin) {
  while (is_open()) {
    if (!failed_ && !watch_.known_empty()) accept();
    for (int i = 0; i < kBegunAtOnce && !waiting_.empty(); ++i) {
      const int socket = waiting_.front();
      waiting_.pop_front();
      begin(socket);
    }
    if (failed_ && waiting_.empty()) {
      // Accepting again at once would spin.
      Timer pause(executor_, kPause);
      ErrorCode woken;
      co_await pause.async_wait(into(woken));
      failed_ = false;
      continue;
    }
    Wait wait;
    if (waiting_.empty() && watch_.known_empty()) wait.until_readable(watch_);
    if (!waiting_.empty() || !watch_.known_empty()) wait.until_next_turn(Reactor::of(executor_));
    co_await wait;
  }
}

void Arrivals::accept() {
  watch_.receiving();
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      waiting_.push_back(socket);
      continue;
    }
    if (gone_before_it_was_accepted(errno)) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return watch_.received(std::nullopt, 1);
    // Out of descriptors, most often.
    failed_ = true;
    return log::warn("a connection could not be accepted: {}",
                     ErrorCode(errno, boost::system::system_category()).message());
  }
}

void Arrivals::close() {
  watch_.leave();
  if (is_open()) ::close(std::exchange(listening_, -1));
  for (const int socket : std::exchange(waiting_, {})) ::close(socket);
}

}  // namespace tessera::session
