#pragma once
// A Watch is one descriptor that a Reactor watches; a Wait is a coroutine that waits for one Watch
// or several. All of them belong to the thread of one io_context.

#include <array>
#include <boost/system/error_code.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/coroutine.h"

namespace tessera {

class Reactor;
class Wait;

// One descriptor, what is known of what it has to read, and what it has still to send.
//
// A receive that leaves room has emptied a socket, and an edge tells of whatever comes after it.
// Only an end that came together with the bytes has no edge of its own: ends are reported apart
// (EPOLLRDHUP), as nginx does.
class Watch {
 public:
  Watch() = default;
  ~Watch() { leave(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // `descriptor` is watched from now on, until leave(). The error: the operating system's.
  [[nodiscard]] boost::system::error_code enter(Reactor& reactor, int descriptor);
  // Before the descriptor is closed or goes to another thread. Who waits for it goes on soon.
  void leave();
  [[nodiscard]] bool entered() const { return reactor_ != nullptr; }

  // Around each receive: absent: there was nothing; 0: the end.
  void receiving() { edge_ = empty_ = false; }
  void received(std::optional<std::size_t> bytes, std::size_t room) {
    ended_ = ended_ || bytes == 0U;
    empty_ = bytes.value_or(0) < room && !ended_ && entered();
  }
  // Would a receive find nothing? False: it may find something.
  [[nodiscard]] bool known_empty() const { return empty_ && !edge_; }
  // `bytes` leave at the end of this turn, together with what others send; a copy is kept. False:
  // nobody else sends now, or something is unsent: they are to be sent at once.
  [[nodiscard]] bool send_soon(std::string_view bytes);
  // What all have to send soon leaves now: before something that takes long.
  void send_batch();
  // Before each other send: does that, and tells whether there was no room for something of ours.
  [[nodiscard]] bool has_unsent() {
    send_batch();
    return rest_ != nullptr && !send_rest();
  }

  // Was there an edge since the last receive? Then there may be something.
  [[nodiscard]] bool has_edge() const { return edge_; }

 private:
  friend class Reactor;
  friend class Wait;
  friend class SendBatch;
  void tell_of_room();
  void has_sent(std::string_view all_but);
  bool send_rest();
  [[nodiscard]] bool ask(std::uint32_t events);

  Reactor* reactor_ = nullptr;
  Watch* before_ = nullptr;  // in the list of those of the reactor
  Watch* after_ = nullptr;
  Wait* reader_ = nullptr;
  Wait* writer_ = nullptr;
  int descriptor_ = -1;
  bool edge_ = false;
  bool ended_ = false;
  bool empty_ = false;
  bool tells_of_room_ = false;
  bool batched_ = false;               // the reactor sends something at the end of this turn
  std::unique_ptr<std::string> rest_;  // of that, what there was no room for
};

// `Wait wait; wait.until_readable(watch); ... co_await wait;` until one of them may be ready, or
// has left. Readable: right after a receive had nothing, or where known_empty(); an edge that came
// meanwhile ends the wait at once. Writable: right after a send had no room. One coroutine at a
// time waits to read a Watch, one to write it.
class [[nodiscard]] Wait {
 public:
  Wait() = default;
  ~Wait();
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  void until_readable(Watch& watch) {
    if (watch.edge_) end(watch);
    add(watch, watch.reader_);
  }
  void until_writable(Watch& watch);
  // Alone: until the others have had their turn.
  void until_next_turn(Reactor& reactor);

  bool await_ready() const noexcept { return ended_; }
  template <class Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    coroutine_ = &caller.promise();
    handle_ = caller;
    begin();
  }
  void await_resume() const noexcept {}

  // Afterwards: whose news ended it, and was that that it has left?
  [[nodiscard]] bool ended_by(const Watch& watch) const { return by_ == &watch; }
  [[nodiscard]] bool left() const { return left_; }

 private:
  friend class Reactor;
  friend class Watch;
  static constexpr std::size_t kPlaces = 3;

  void add(Watch& watch, Wait*& place);
  void end(const Watch& watch) {
    ended_ = true;
    by_ = &watch;
  }
  void begin();
  void take_off();

  CoroutineBase* coroutine_ = nullptr;
  std::coroutine_handle<> handle_;
  Reactor* reactor_ = nullptr;
  const Watch* by_ = nullptr;
  std::array<Wait**, kPlaces> places_{};
  std::uint8_t size_ = 0;
  bool waits_ = false;
  bool ended_ = false;
  bool left_ = false;
  Wait* next_ = nullptr;  // of those that go on in the next turn
};

}  // namespace tessera
