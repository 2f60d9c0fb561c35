#pragma once
// What the coroutines of one turn of a Reactor send, handed to the system by one call at its end
// (io_uring_enter(2)). The calls themselves are not what is saved most: sends one after another,
// with nothing of ours between them, find the kernel's code in the caches (docs/performance.md).
//
// Where the system refuses a ring (containers often do), put() takes nothing, and everybody sends
// for himself.

#include <liburing.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace tessera {

class Watch;

class SendBatch {
 public:
  SendBatch() = default;
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Takes a copy of `bytes`, which are to be sent to `descriptor`; each descriptor once. False:
  // there is no room, or they are so many that they are better sent at once.
  [[nodiscard]] bool put(Watch& watch, int descriptor, std::string_view bytes);
  // Sends all, and tells each Watch of what there was no room for. Always on the same thread.
  void send();

 private:
  static constexpr unsigned kSendsMax = 64;
  static constexpr std::size_t kBytesMax = 32 * 1024;
  static constexpr std::size_t kOneMax = 4 * 1024;

  struct Send {
    Watch* watch;
    int descriptor;
    std::string_view bytes;
  };
  enum class Ring { kNotMade, kThere, kRefused };

  [[nodiscard]] bool has_ring();
  void make_ring();
  void give_up_ring();
  [[nodiscard]] unsigned submit();
  void send_itself(const Send& send);
  static void sent(const Send& send, std::ptrdiff_t outcome);

  Ring state_ = Ring::kNotMade;
  unsigned size_ = 0;
  std::size_t bytes_used_ = 0;
  io_uring ring_{};
  std::array<Send, kSendsMax> sends_{};
  std::array<char, kBytesMax> bytes_{};
};

}  // namespace tessera
