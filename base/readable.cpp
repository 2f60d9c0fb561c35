#include "base/readable.h"

#include <sys/socket.h>

#include <boost/asio/detail/reactive_socket_service_base.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/error.hpp>

namespace tessera {
namespace {

// Asio's own wait (async_wait) would arm the descriptor by a system call each time. Its reactor has
// the descriptor armed already, so the operation need only be put before it; what does that is open
// to classes that derive from Asio's.
struct InsideSocket : Socket {
  static auto& of(Socket& socket) { return socket.*(&InsideSocket::impl_); }
};
struct InsideService : asio::detail::reactive_socket_service_base {
  static constexpr auto start = &InsideService::start_op;
};

}  // namespace

std::optional<std::size_t> receive_now(Socket& socket, std::span<char> room,
                                       boost::system::error_code& error) {
  error.clear();
  while (true) {
    const auto got = ::recv(socket.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) {
      error = asio::error::eof;
      return 0;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    if (errno == EINTR) continue;
    error.assign(errno, boost::system::system_category());
    return 0;
  }
}

Readable::Readable(Socket& socket, boost::system::error_code& error)
    : reactor_op({}, &Readable::perform, &Readable::complete), socket_(socket), error_(error) {}

void Readable::begin() {
  auto& inside = InsideSocket::of(socket_);
  asio::detail::reactive_socket_service_base& service = inside.get_service();
  constexpr bool kContinues = false;
  constexpr bool kTryAtOnce = true;  // else it arms the descriptor
  constexpr bool kNothingToDo = false;
  (service.*InsideService::start)(inside.get_implementation(), asio::detail::reactor::read_op, this,
                                  kContinues, kTryAtOnce, kNothingToDo);
  begun_ = true;
}

// Asked as the wait begins, the answer is no: the caller has just tried. What has come since then
// is an edge that the reactor will see.
asio::detail::reactor_op::status Readable::perform(reactor_op* base) {
  return static_cast<Readable*>(base)->begun_ ? done : not_done;
}

void Readable::complete(void* owner, asio::detail::scheduler_operation* base,
                        const boost::system::error_code& /*error*/, std::size_t /*bytes*/) {
  auto* self = static_cast<Readable*>(base);
  if (owner == nullptr) {
    // The io_context ends first: with the root goes the frame that this lives in.
    RootBase::of(*self->coroutine_).self.destroy();
    return;
  }
  self->error_ = self->ec_;
  self->handle_.resume();
}

}  // namespace tessera
