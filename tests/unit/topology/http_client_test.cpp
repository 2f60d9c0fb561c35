#include "topology/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "topology/http_get.h"

namespace tessera::topology {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tcp = asio::ip::tcp;

// Takes one connection, reads the request's head, answers with `reply` and closes.
class OneReply {
 public:
  explicit OneReply(std::string reply)
      : acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}),
        thread_([this, text = std::move(reply)] {
          tcp::socket socket = acceptor_.accept();
          boost::system::error_code ignored;
          asio::streambuf head;
          asio::read_until(socket, head, "\r\n\r\n", ignored);
          asio::write(socket, asio::buffer(text), ignored);
        }) {}
  ~OneReply() { thread_.join(); }
  OneReply(const OneReply&) = delete;
  OneReply& operator=(const OneReply&) = delete;
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST(HttpUrl, HasHostPortAndTarget) {
  const auto full = http_url_from_text("http://10.0.0.1:8008/patroni");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "10.0.0.1");
  EXPECT_EQ(full->port, 8008);
  EXPECT_EQ(full->target, "/patroni");
  const auto bare = http_url_from_text("http://etcd");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->target, "/");
  EXPECT_EQ(http_url_from_text("http://[::1]:2379")->host, "::1");
  EXPECT_EQ(http_url_from_text("http://[::1]:2379")->port, 2379);
  for (const char* wrong : {"", "etcd:2379", "https://etcd:2379", "http://", "http://:1",
                            "http://a:0", "http://a:x", "http://a:70000", "http://a:1x"}) {
    EXPECT_FALSE(http_url_from_text(wrong)) << wrong;
  }
}

TEST(HttpGet, GivesTheBody) {
  const OneReply server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const auto body = http_get("127.0.0.1", server.port(), "/", seconds(10));
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(*body, "hello");
}

TEST(HttpGet, RefusesWhatIsNoHttp) {
  const OneReply server("SSH-2.0-OpenSSH\r\n\r\n");
  const auto body = http_get("127.0.0.1", server.port(), "/", seconds(10));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().sqlstate, "08006");
}

TEST(HttpGet, RefusesAReplyThatIsCutShort) {
  const OneReply server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
  const auto body = http_get("127.0.0.1", server.port(), "/", seconds(10));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().sqlstate, "08006");
}

TEST(HttpGet, GivesUpOnASilentServer) {
  asio::io_context io;
  const tcp::acceptor silent(io, {asio::ip::make_address("127.0.0.1"), 0});
  const auto started = Clock::now();
  const auto body = http_get("127.0.0.1", silent.local_endpoint().port(), "/", milliseconds(200));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().sqlstate, "57014");
  EXPECT_LT(Clock::now() - started, seconds(5));
}

TEST(HttpGet, SaysWhoRefused) {
  std::uint16_t port = 0;
  {
    asio::io_context io;
    const tcp::acceptor closed(io, {asio::ip::make_address("127.0.0.1"), 0});
    port = closed.local_endpoint().port();
  }
  const auto body = http_get("127.0.0.1", port, "/", seconds(5));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().sqlstate, "08006");
  EXPECT_THAT(body.error().message, testing::HasSubstr("127.0.0.1:" + std::to_string(port)));
}

}  // namespace
}  // namespace tessera::topology
