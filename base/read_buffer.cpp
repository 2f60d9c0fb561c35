#include "base/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace tessera {
namespace {

// What a thread keeps for the next who needs one. More at once is a storm, which passes.
constexpr std::size_t kKept = 32;
constexpr std::size_t kTextKept = 64 * 1024;

thread_local std::vector<std::unique_ptr<char[]>> spare_memory;
thread_local std::vector<std::string> spare_texts;

}  // namespace

ReadBuffer::~ReadBuffer() {
  end_ = begin_;
  rest();
}

std::span<char> ReadBuffer::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    mark_ = nullptr;
  }
  if (memory_ == nullptr) {
    size_ = kBytes;
    if (spare_memory.empty()) {
      memory_.reset(new char[kBytes]);
    } else {
      memory_ = std::move(spare_memory.back());
      spare_memory.pop_back();
    }
  }
  if (end_ + kBytes / 2 > size_) {
    // The unread rest moves to the front before the buffer grows.
    const std::size_t held = end_ - begin_;
    if (held + kBytes / 2 > size_) {
      std::unique_ptr<char[]> larger(new char[2 * size_]);
      std::memcpy(larger.get(), memory_.get() + begin_, held);
      memory_ = std::move(larger);
      size_ *= 2;
    } else if (held > 0) {
      std::memmove(memory_.get(), memory_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
    mark_ = nullptr;
  }
  return {memory_.get() + end_, size_ - end_};
}

void ReadBuffer::rest() {
  if (begin_ != end_ || memory_ == nullptr) return;
  if (size_ == kBytes && spare_memory.size() < kKept) spare_memory.push_back(std::move(memory_));
  memory_.reset();
  size_ = begin_ = end_ = 0;
  mark_ = nullptr;
}

void spare_text::lend(std::string& text) {
  if (spare_texts.empty() || text.capacity() > std::string().capacity()) return;
  text = std::move(spare_texts.back());
  spare_texts.pop_back();
}

void spare_text::take_back(std::string& text) {
  if (!text.empty() || text.capacity() == std::string().capacity()) return;
  std::string gone = std::move(text);
  text = std::string();
  gone.clear();
  if (gone.capacity() <= kTextKept && spare_texts.size() < kKept)
    spare_texts.push_back(std::move(gone));
}

}  // namespace tessera
