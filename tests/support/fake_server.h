#pragma once
// A FakeServer listens on a free loopback port and plays a script to each connection, in threads of
// its own: what a PostgreSQL server may say, and what it never should. Tests of code that talks to
// servers decide by it what happens when.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tessera::test {

// One connection as its script sees it. Every read waits for the peer; it gives nothing when the
// peer has closed or the server is being torn down.
class FakeConnection {
 public:
  struct Message {
    char type = 0;
    std::string body;
  };

  explicit FakeConnection(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

  // The first packet, its length word included.
  std::optional<std::string> first_packet();
  std::optional<Message> message();
  // Reads messages until one of `type` came; gives that.
  std::optional<Message> message(char type);
  // Reads one byte, of whatever it is.
  bool wait_for_byte();
  // False: the peer is gone.
  bool send(std::string_view bytes);
  // One segment for each byte.
  bool send_bytewise(std::string_view bytes);
  // Says nothing more and waits for the peer to leave.
  void hang();
  // Ends the connection with a reset instead of an orderly close.
  void reset();

  // Reads the startup packet and asks for `password` by SCRAM. False: the peer left or could not
  // prove it; then it got 28P01.
  bool authenticate(const std::string& password);
  // AuthenticationOk, BackendKeyData, ParameterStatus and ReadyForQuery, as one write.
  bool welcome(std::int32_t pid = 1, std::int32_t secret = 2, bool in_hot_standby = false);
  // Both, without a password.
  bool accept();
  // Answers every Query with `reply` until the peer leaves.
  void serve(std::string_view reply);

 private:
  bool read_exactly(char* to, std::size_t count);

  boost::asio::ip::tcp::socket& socket_;
};

class FakeServer {
 public:
  // Returning from the script closes the connection.
  using Script = std::function<void(FakeConnection&)>;

  // The first connection plays the first script, and so on; the last script serves all that follow.
  explicit FakeServer(std::vector<Script> scripts);
  // Cuts what is still connected and waits for the scripts.
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // How many connections were accepted.
  [[nodiscard]] std::size_t accepted() const;
  // Waits until `count` scripts have ended, ten seconds at most. False: they have not.
  [[nodiscard]] bool wait_for_ended(std::size_t count);

 private:
  void accept_all();
  void play(std::size_t number);

  std::vector<Script> scripts_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::size_t ended_ = 0;
  std::vector<std::unique_ptr<boost::asio::ip::tcp::socket>> sockets_;
  std::vector<std::thread> players_;
  std::thread listener_;
};

}  // namespace tessera::test
