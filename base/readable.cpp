#include "base/readable.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/reactive_socket_service_base.hpp>
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
struct InsideOperation : asio::detail::scheduler_operation {
  static constexpr auto events = &InsideOperation::task_result_;
};

// What Asio keeps private can be named in an explicit instantiation ([temp.spec.general]).
template <class Name, auto Member>
struct Reveal {
  friend constexpr auto inside(Name) { return Member; }
};
using Reactor = asio::detail::epoll_reactor;
using Descriptor = Reactor::descriptor_state;
struct EpollDescriptor {
  friend constexpr auto inside(EpollDescriptor);
};
struct RegisteredEvents {
  friend constexpr auto inside(RegisteredEvents);
};
struct EdgesNobodyAwaited {
  friend constexpr auto inside(EdgesNobodyAwaited);
};
template struct Reveal<EpollDescriptor, &Reactor::epoll_fd_>;
template struct Reveal<RegisteredEvents, &Descriptor::registered_events_>;
template struct Reveal<EdgesNobodyAwaited, &Descriptor::try_speculative_>;

Descriptor& descriptor_of(Socket& socket) {
  return *InsideSocket::of(socket).get_implementation().reactor_data_;
}

// What epoll_wait() has reported last. The cast is C's: it alone reaches a private base.
std::uint32_t& last_events(Descriptor& descriptor) {
  auto& operation = (asio::detail::scheduler_operation&)descriptor;
  return operation.*InsideOperation::events;
}

}  // namespace

std::optional<std::size_t> receive_now(Socket& socket, std::span<char> room,
                                       boost::system::error_code& error) {
  error.clear();
  while (true) {
    // Not recv(): that is a cancellation point, which costs a program with threads more than all
    // the rest of the call outside the kernel.
    const auto got = ::syscall(SYS_recvfrom, socket.native_handle(), room.data(), room.size(),
                               MSG_DONTWAIT, nullptr, nullptr);
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

void Inflow::edge(std::uint32_t events) {
  empty_ = false;
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

void Inflow::tell_of_ends(Socket& socket) {
  Descriptor& descriptor = descriptor_of(socket);
  // Asio gives a descriptor's state to another later, with what was reported of the first. An edge
  // that is being told of is told of again: the system looks anew at what is registered anew.
  last_events(descriptor) = 0;
  auto& reactor = asio::use_service<Reactor>(socket.get_executor().context());
  std::uint32_t& registered = descriptor.*inside(RegisteredEvents());
  epoll_event event{.events = registered | EPOLLRDHUP, .data = {.ptr = &descriptor}};
  const bool told = ::epoll_ctl(reactor.*inside(EpollDescriptor()), EPOLL_CTL_MOD,
                                socket.native_handle(), &event) == 0;
  if (told) registered = event.events;
  if (told) news_ = &(descriptor.*inside(EdgesNobodyAwaited()))[Reactor::read_op];
  empty_ = told;
}

// What comes after the look has an edge of its own.
void Inflow::found_empty(Socket& socket) {
  received(socket, std::nullopt, 1);
  if (news_ != nullptr) *news_ = false;
}

Readable::Readable(Socket& socket, Inflow& inflow, boost::system::error_code& error)
    : reactor_op({}, &Readable::perform, &Readable::complete),
      socket_(socket),
      inflow_(inflow),
      error_(error) {}

void Readable::begin() {
  auto& inside = InsideSocket::of(socket_);
  asio::detail::reactive_socket_service_base& service = inside.get_service();
  constexpr bool kContinues = false;
  constexpr bool kTryAtOnce = true;  // else it arms the descriptor
  constexpr bool kNothingToDo = false;
  (service.*InsideService::start)(inside.get_implementation(), Reactor::read_op, this, kContinues,
                                  kTryAtOnce, kNothingToDo);
}

// Asked at an edge, or as the wait begins, if there was an edge since the one that was waited for
// last: either way there may be something. `done_and_exhausted` makes the reactor forget the edge.
asio::detail::reactor_op::status Readable::perform(reactor_op* base) {
  auto* self = static_cast<Readable*>(base);
  self->inflow_.edge(last_events(descriptor_of(self->socket_)));
  return done_and_exhausted;
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
