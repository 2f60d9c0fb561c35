#include "tests/support/fake_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>

#include "proxy/wire/backend.h"
#include "proxy/wire/byte_order.h"
#include "proxy/wire/frontend.h"
#include "proxy/wire/scram.h"

namespace tessera::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kLengthWord = 4;

// The client's answer that follows the mechanism's name and a length in SASLInitialResponse.
std::string_view initial_response(std::string_view body) {
  wire::Reader reader(body);
  reader.cstring();
  const std::int32_t length = reader.i32();
  return reader.bytes(static_cast<std::uint32_t>(length));
}

}  // namespace

bool FakeConnection::read_exactly(char* to, std::size_t count) {
  ErrorCode error;
  asio::read(socket_, asio::buffer(to, count), error);
  return !error;
}

bool FakeConnection::wait_for_byte() {
  char byte = 0;
  return read_exactly(&byte, 1);
}

std::optional<std::string> FakeConnection::first_packet() {
  std::string packet(kLengthWord, '\0');
  if (!read_exactly(packet.data(), kLengthWord)) return {};
  packet.resize(std::max<std::size_t>(kLengthWord, wire::load<std::uint32_t>(packet.data())));
  if (!read_exactly(packet.data() + kLengthWord, packet.size() - kLengthWord)) return {};
  return packet;
}

std::optional<FakeConnection::Message> FakeConnection::message() {
  char head[wire::kFrameHead];
  if (!read_exactly(head, sizeof head)) return {};
  Message message{head[0], std::string(wire::load<std::uint32_t>(head + 1) - kLengthWord, '\0')};
  if (!read_exactly(message.body.data(), message.body.size())) return {};
  return message;
}

std::optional<FakeConnection::Message> FakeConnection::message(char type) {
  std::optional<Message> next = message();
  while (next && next->type != type) next = message();
  return next;
}

bool FakeConnection::send(std::string_view bytes) {
  ErrorCode error;
  asio::write(socket_, asio::buffer(bytes), error);
  return !error;
}

bool FakeConnection::send_bytewise(std::string_view bytes) {
  ErrorCode ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  return std::all_of(bytes.begin(), bytes.end(), [this](char byte) { return send({&byte, 1}); });
}

void FakeConnection::hang() {
  char byte = 0;
  while (read_exactly(&byte, 1)) continue;
}

void FakeConnection::reset() {
  ErrorCode ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
}

bool FakeConnection::authenticate(const std::string& password) {
  if (!first_packet()) return false;
  std::string out;
  wire::put_authentication_sasl(out, "SCRAM-SHA-256");
  if (!send(out)) return false;
  wire::ScramServer scram(wire::make_verifier(password));
  const std::optional<Message> initial = message('p');
  if (!initial) return false;
  const auto first = scram.first(initial_response(initial->body));
  out.clear();
  if (first) wire::put_authentication_sasl_continue(out, *first);
  if (!first || !send(out)) return false;
  const std::optional<Message> response = message('p');
  if (!response) return false;
  const auto final = scram.final(response->body);
  out.clear();
  if (final) {
    wire::put_authentication_sasl_final(out, *final);
  } else {
    wire::put_error(out, final.error());
  }
  return send(out) && final.has_value();
}

bool FakeConnection::welcome(std::int32_t pid, std::int32_t secret, bool in_hot_standby) {
  std::string out;
  wire::put_authentication_ok(out);
  wire::put_parameter_status(out, "server_version", "15.0");
  wire::put_parameter_status(out, "in_hot_standby", in_hot_standby ? "on" : "off");
  wire::put_backend_key(out, pid, secret);
  wire::put_ready(out, wire::TxnStatus::kIdle);
  return send(out);
}

bool FakeConnection::accept() { return first_packet() && welcome(); }

void FakeConnection::serve(std::string_view reply) {
  while (message('Q') && send(reply)) continue;
}

FakeServer::FakeServer(std::vector<Script> scripts)
    : scripts_(std::move(scripts)),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      listener_([this] { accept_all(); }) {}

FakeServer::~FakeServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    // Wakes the threads that read or accept; the descriptors stay theirs to close.
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    for (const auto& socket : sockets_) {
      if (socket->is_open()) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }
  }
  listener_.join();
  for (std::thread& player : players_) player.join();
}

std::size_t FakeServer::accepted() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

bool FakeServer::wait_for_ended(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return ended_ >= count; });
}

void FakeServer::accept_all() {
  while (true) {
    auto socket = std::make_unique<tcp::socket>(context_);
    ErrorCode error;
    acceptor_.accept(*socket, error);
    const std::lock_guard lock(mutex_);
    if (error || stopping_) return;
    const std::size_t number = sockets_.size();
    sockets_.push_back(std::move(socket));
    players_.emplace_back([this, number] { play(number); });
  }
}

void FakeServer::play(std::size_t number) {
  tcp::socket* socket = nullptr;
  {
    const std::lock_guard lock(mutex_);
    socket = sockets_[number].get();
  }
  FakeConnection connection(*socket);
  scripts_[std::min(number, scripts_.size() - 1)](connection);
  const std::lock_guard lock(mutex_);
  ErrorCode ignored;
  socket->close(ignored);
  ++ended_;
  changed_.notify_all();
}

}  // namespace tessera::test
