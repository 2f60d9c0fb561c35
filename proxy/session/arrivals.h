#pragma once
// Arrivals are the connections that come to a port, and those of them that wait to be begun with.
//
// In a storm all are accepted at once: whoever finds the system's queue full comes again a second
// later. But few are begun with in each turn of the thread, so that those who are within have their
// turns, and what ten thousand logins take is not needed for all of them at the same moment.

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <functional>

#include "base/reactor.h"
#include "base/task.h"

namespace tessera::session {

class Arrivals {
 public:
  explicit Arrivals(Executor executor) : executor_(executor) {}
  ~Arrivals() { close(); }
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Other sockets may listen there too. Throws boost::system::system_error when the port cannot be
  // had.
  void listen(const asio::ip::tcp::endpoint& endpoint);
  // Gives each connection to `begin`, whose it is then, until close().
  Task<> run(std::function<void(int)> begin);
  [[nodiscard]] bool is_open() const { return listening_ >= 0; }
  // Those that were not begun with are closed too.
  void close();

 private:
  void accept();

  const Executor executor_;
  int listening_ = -1;   // the socket
  Watch watch_;          // of it
  bool failed_ = false;  // accepting, by something that may pass
  std::deque<int> waiting_;
};

}  // namespace tessera::session
