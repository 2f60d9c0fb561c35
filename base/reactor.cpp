#include "base/reactor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/scheduler.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <span>
#include <utility>

namespace tessera {
namespace {

using Scheduler = asio::detail::scheduler;
using AsioReactor = asio::detail::epoll_reactor;

// What Asio keeps private can be named in an explicit instantiation ([temp.spec.general]). A Boost
// that has other names does not compile here.
template <class Name, auto Member>
struct Reveal {
  friend constexpr auto inside(Name) { return Member; }
};
struct SchedulerMutex {
  friend constexpr auto inside(SchedulerMutex);
};
struct SchedulerTask {
  friend constexpr auto inside(SchedulerTask);
};
struct EpollDescriptor {
  friend constexpr auto inside(EpollDescriptor);
};
template struct Reveal<SchedulerMutex, &Scheduler::mutex_>;
template struct Reveal<SchedulerTask, &Scheduler::task_>;
template struct Reveal<EpollDescriptor, &AsioReactor::epoll_fd_>;

constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

asio::execution_context::id Reactor::id;

Reactor& Reactor::of(const Executor& executor) {
  return asio::use_service<Reactor>(executor.context());
}

Reactor::Reactor(asio::execution_context& context)
    : service(context),
      scheduler_(asio::use_service<Scheduler>(context)),
      asio_(asio::use_service<AsioReactor>(context)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
  const int asios = asio_.*inside(EpollDescriptor());
  if (epoll_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, asios, &event) != 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "epoll");
  asio_.init_task();
  asio::detail::conditionally_enabled_mutex::scoped_lock lock(scheduler_.*inside(SchedulerMutex()));
  scheduler_.*inside(SchedulerTask()) = this;
}

Reactor::~Reactor() {
  for (Watch* watch = watches_; watch != nullptr; watch = watch->after_) watch->reactor_ = nullptr;
  ::close(epoll_);
}

// With a root goes its frame, and with that what it waits by.
void Reactor::shutdown() {
  const auto destroy = [](Wait& wait) { RootBase::of(*wait.coroutine_).self.destroy(); };
  while (going_on_ != nullptr) destroy(*going_on_);
  for (Watch* watch = watches_; watch != nullptr;) {
    Wait* wait = watch->reader_ != nullptr ? watch->reader_ : watch->writer_;
    if (wait != nullptr) destroy(*wait);
    watch = wait != nullptr ? watches_ : watch->after_;
  }
}

// `ops` is also where what this thread posts meanwhile is put.
void Reactor::run(long usec, asio::detail::op_queue<asio::detail::scheduler_operation>& ops) {
  do {
    go_on();
    const bool blocks = usec != 0 && ops.empty() && going_on_ == nullptr;
    constexpr long kMicros = 1'000;
    const int timeout_ms = usec < 0 ? -1 : static_cast<int>((usec + kMicros - 1) / kMicros);
    turn(blocks ? timeout_ms : 0);
    if (!asio_has_news_) continue;
    asio_has_news_ = false;
    return asio_.run(0, ops);
  } while (usec < 0 && ops.empty());
}

void Reactor::interrupt() { asio_.interrupt(); }

// Not epoll_wait(): that is a cancellation point, which costs a program with threads more than all
// the rest of the call outside the kernel.
void Reactor::turn(int timeout_ms) {
  const auto told = ::syscall(SYS_epoll_pwait, epoll_, events_.data(), kEventsMax, timeout_ms,
                              nullptr, std::size_t{0});
  size_ = static_cast<int>(told);
  for (next_ = 0; next_ < size_;) {
    const epoll_event& event = events_[next_++];
    if (event.data.ptr == this) {
      asio_has_news_ = true;
    } else if (event.data.ptr != nullptr) {
      tell(*static_cast<Watch*>(event.data.ptr), event.events);
    }
  }
  if (!batch_.empty()) batch_.send();
}

void Reactor::tell(Watch& watch, std::uint32_t events) {
  const bool ends = (events & kEnds) != 0;
  told_ = &watch;
  if (ends) watch.ended_ = true;
  if (ends || (events & EPOLLIN) != 0) watch.edge_ = true;
  const bool room = ends || (events & EPOLLOUT) != 0;
  // Whose peer does not take what it is given is not read either.
  if (watch.rest_ != nullptr && !(room && watch.send_rest())) return;
  if (watch.edge_ && watch.reader_ != nullptr) wake(*watch.reader_, &watch);
  if (room && told_ != nullptr && watch.writer_ != nullptr) wake(*watch.writer_, &watch);
}

void Reactor::wake(Wait& wait, const Watch* by) {
  wait.take_off();
  wait.waits_ = false;
  wait.by_ = by;
  wait.handle_.resume();
  waits_no_more();
}

// Those that ask for the next turn in this one have it after a look at the descriptors.
void Reactor::go_on() {
  Wait* rest = std::exchange(going_on_, nullptr);
  while (rest != nullptr) {
    Wait& wait = *rest;
    rest = wait.next_;
    wake(wait, wait.by_);
  }
}

void Reactor::let_go_on(Wait& wait) {
  wait.next_ = going_on_;
  going_on_ = &wait;
}

// Who makes it go on is in the middle of something.
void Reactor::end_soon(Wait& wait, const Watch& by) {
  wait.take_off();
  wait.by_ = &by;
  let_go_on(wait);
}

void Reactor::forget(Wait& wait) {
  wait.take_off();
  Wait** at = &going_on_;
  while (*at != nullptr && *at != &wait) at = &(*at)->next_;
  if (*at != nullptr) *at = wait.next_;
  --waiting_;
}

void Reactor::add(Watch& watch) {
  watch.before_ = nullptr;
  watch.after_ = watches_;
  if (watches_ != nullptr) watches_->before_ = &watch;
  watches_ = &watch;
}

// What was to be told of it is told to nobody.
void Reactor::take_off(Watch& watch) {
  (watch.before_ == nullptr ? watches_ : watch.before_->after_) = watch.after_;
  if (watch.after_ != nullptr) watch.after_->before_ = watch.before_;
  if (told_ == &watch) told_ = nullptr;
  const auto untold = std::span(events_).subspan(
      static_cast<std::size_t>(next_), static_cast<std::size_t>(std::max(size_ - next_, 0)));
  for (epoll_event& event : untold) {
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
  }
}

// An io_context has work to do as long as somebody waits.
void Reactor::waits() {
  if (waiting_++ == 0) scheduler_.work_started();
}

void Reactor::waits_no_more() {
  if (--waiting_ == 0) scheduler_.work_finished();
}

}  // namespace tessera
