#include "base/watch.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/reactor.h"
#include "base/socket.h"

namespace tessera {
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::uint32_t kInEdges = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

ErrorCode Watch::enter(Reactor& reactor, int descriptor) {
  epoll_event event{.events = kInEdges, .data = {.ptr = this}};
  if (::epoll_ctl(reactor.epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0)
    return {errno, boost::system::system_category()};
  reactor_ = &reactor;
  descriptor_ = descriptor;
  edge_ = ended_ = empty_ = tells_of_room_ = false;
  reactor.add(*this);
  return {};
}

void Watch::leave() {
  if (!entered()) return;
  Reactor& reactor = *reactor_;
  if (batched_) reactor.batch_.send();
  rest_.reset();
  ::epoll_ctl(reactor.epoll_, EPOLL_CTL_DEL, descriptor_, nullptr);
  reactor.take_off(*this);
  reactor_ = nullptr;
  empty_ = false;
  for (Wait* wait : {reader_, writer_}) {
    if (wait == nullptr) continue;
    wait->left_ = true;
    reactor.end_soon(*wait, *this);
  }
}

bool Watch::ask(std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = this}};
  return entered() && ::epoll_ctl(reactor_->epoll_, EPOLL_CTL_MOD, descriptor_, &event) == 0;
}

// Most never lack room. The system looks anew at what is registered anew, so room that came just
// now is told of.
void Watch::tell_of_room() {
  if (!tells_of_room_) tells_of_room_ = ask(kInEdges | EPOLLOUT);
}

bool Watch::send_soon(std::string_view bytes) {
  if (!entered() || batched_ || rest_ != nullptr || !reactor_->others_may_send()) return false;
  batched_ = reactor_->batch_.put(*this, descriptor_, bytes);
  return batched_;
}

void Watch::send_batch() {
  if (entered() && !reactor_->batch_.empty()) reactor_->batch_.send();
}

void Watch::has_sent(std::string_view all_but) {
  batched_ = false;
  if (all_but.empty()) return;
  rest_ = std::make_unique<std::string>(all_but);
  tell_of_room();
}

// Has all of it been sent? An error ends it: it shows again.
bool Watch::send_rest() {
  while (rest_ != nullptr) {
    ErrorCode error;
    const auto sent = send_now(descriptor_, *rest_, error);
    if (!sent) return false;
    rest_->erase(0, *sent);
    if (error || rest_->empty()) rest_.reset();
  }
  if (edge_ && reader_ != nullptr) reactor_->end_soon(*reader_, *this);
  return true;
}

// Only where the io_context ends first is it gone before it has ended.
Wait::~Wait() {
  if (waits_) reactor_->forget(*this);
}

void Wait::until_writable(Watch& watch) {
  watch.tell_of_room();
  add(watch, watch.writer_);
}

// One that is not watched any more will have no news.
void Wait::add(Watch& watch, Wait*& place) {
  if (!watch.entered()) {
    left_ = true;
    return end(watch);
  }
  reactor_ = watch.reactor_;
  places_[size_++] = &place;
}

void Wait::until_next_turn(Reactor& reactor) { reactor_ = &reactor; }

void Wait::begin() {
  if (size_ == 0) reactor_->let_go_on(*this);
  for (std::size_t i = 0; i < size_; ++i) *places_[i] = this;
  waits_ = true;
  reactor_->waits();
}

void Wait::take_off() {
  for (std::size_t i = 0; i < size_; ++i) *places_[i] = nullptr;
  size_ = 0;
}

}  // namespace tessera
