#pragma once
// A ReadBuffer holds what was received and not taken. Its memory is lent by the thread and goes
// back while there is nothing to hold: a connection that waits has none.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tessera {

class ReadBuffer {
 public:
  ReadBuffer() = default;
  ~ReadBuffer();
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  [[nodiscard]] std::string_view view() const { return {memory_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  // What was taken stays where it is until the next room() or rest().
  void consume(std::size_t bytes) { begin_ += bytes; }

  // Room for one read behind what is held. Put received bytes there and say how many they are.
  [[nodiscard]] std::span<char> room();
  void received(std::size_t bytes) { end_ += bytes; }
  // Gives the memory back if nothing is held.
  void rest();
  // It has grown for a message that was larger than most.
  [[nodiscard]] bool grown() const { return size_ > kBytes; }

  // Everything from `first`, which points into view() or what was taken of it, to what was taken
  // last; empty as soon as room() or rest() has put something in its place.
  void mark(const char* first) { mark_ = first; }
  [[nodiscard]] std::string_view taken_since_mark() const {
    if (mark_ == nullptr) return {};
    return {mark_, static_cast<std::size_t>(memory_.get() + begin_ - mark_)};
  }

 private:
  static constexpr std::size_t kBytes = 16 * 1024;

  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
  std::size_t begin_ = 0;  // [begin_, end_) is held
  std::size_t end_ = 0;
  const char* mark_ = nullptr;
};

// The memory of texts that are built, sent and emptied, kept by the thread between two uses.
namespace spare_text {
// Gives `text`, which is empty, memory if it has none.
void lend(std::string& text);
// Takes it back, if `text` is empty.
void take_back(std::string& text);
}  // namespace spare_text

}  // namespace tessera
