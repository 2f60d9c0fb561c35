#pragma once
// A small HTTP/1.1 client: one request a connection, no TLS, no redirects.
//
// Replies come as values; a reply that is not 200 is not an Error here. Every call has an end: its
// time-out.

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"

namespace tessera::topology {

// An address of the form http://host:port/target; the port is 80 and the target "/" when they are
// left out.
struct HttpUrl {
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/";
};

// Errors: 22023 it is no such URL (https:// among them).
[[nodiscard]] Result<HttpUrl> http_url_from_text(std::string_view text);

struct HttpRequest {
  HttpUrl url;
  std::string body = {};  // empty: GET; else POST of JSON
  std::chrono::milliseconds timeout{5'000};
};

struct HttpReply {
  unsigned status = 0;
  std::string body;
};

// Errors: 08006 unreachable, broken or no HTTP (the message names the address); 57014 the time-out
// passed.
[[nodiscard]] Task<Result<HttpReply>> http_request(HttpRequest request);

// A reply that goes on and on, taken as it comes.
class HttpStream {
 public:
  explicit HttpStream(const Executor& executor);

  // Sends the request and reads the reply's head within the request's time-out.
  // Errors: those of http_request(), and 08006 for a status that is not 200.
  [[nodiscard]] Task<Status> open(HttpRequest request);

  // The next bytes of the body; never empty. After any error the stream is of no more use.
  // Errors: 57014 nothing came until `deadline`; 08006 the reply has ended or broke.
  [[nodiscard]] Task<Result<std::string>> next(Deadline deadline);

 private:
  boost::beast::basic_stream<asio::ip::tcp, Executor> stream_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
  std::string address_;
};

}  // namespace tessera::topology
