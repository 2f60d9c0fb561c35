#pragma once
// A small HTTP/1.1 server for GET requests: a few connections at once, small requests, every wait
// bounded.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"

namespace tessera::agent {

struct Reply {
  unsigned status = 200;
  std::string body;  // JSON
};

// Answers GET `target` ("/membership?watch=7").
using Answer = std::function<Task<Reply>(std::string target)>;

class Server : public std::enable_shared_from_this<Server> {
 public:
  Server(const Executor& executor, Answer answer);

  // Errors: 58030 the address cannot be listened on (the message names it).
  [[nodiscard]] Status listen(const std::string& host, std::uint16_t port);
  // Accepts for ever.
  [[nodiscard]] Task<> run();
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
  using Message = boost::beast::http::request<boost::beast::http::string_body>;

  // Serves one connection until it ends.
  [[nodiscard]] Task<> serve(std::shared_ptr<Socket> socket);
  [[nodiscard]] Task<Reply> answer(const Message& request);

  const Executor executor_;
  const Answer answer_;
  Acceptor acceptor_;
  int open_ = 0;
};

}  // namespace tessera::agent
