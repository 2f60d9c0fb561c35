#include "base/frames.h"

#include <array>
#include <new>
#include <utility>

#include "base/freed_frames.h"

namespace tessera::frames {
namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;  // up to 4 KB
// What a thread keeps of one size. More than this at once is many sessions that wait, not one that
// runs.
constexpr std::size_t kKept = 64;

struct Free {
  Free* next;
};

struct List {
  Free* first = nullptr;
  std::size_t count = 0;
};

// Constant initialisation and no destructor: reaching it costs no check.
constinit thread_local std::array<List, kClasses> lists{};
constinit thread_local std::size_t freed = 0;
// Frames of a thread that has ended its lists go straight back.
constinit thread_local bool ended = false;

struct End {
  ~End() {
    ended = true;
    for (List& list : lists) {
      while (list.first != nullptr) ::operator delete(std::exchange(list.first, list.first->next));
    }
  }
};

// Off the path of most frames, so this may make sure that the thread's end will be seen.
void* take_new(std::size_t bytes) {
  thread_local const End end;
  (void)&end;
  return ::operator new(bytes);
}

// A sanitizer sees what happens to freed memory only if it is freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

std::size_t class_of(std::size_t bytes) { return (bytes - 1) / kStep; }

}  // namespace

void* take(std::size_t bytes) {
  const std::size_t kind = class_of(bytes);
  if (!kPooled || kind >= kClasses || ended) return ::operator new(bytes);
  List& list = lists[kind];
  if (list.first == nullptr) return take_new((kind + 1) * kStep);
  --list.count;
  return std::exchange(list.first, list.first->next);
}

void give_back(void* frame, std::size_t bytes) noexcept {
  const std::size_t kind = class_of(bytes);
  if (!kPooled || kind >= kClasses || ended || lists[kind].count == kKept) {
    freed += bytes;
    return ::operator delete(frame);
  }
  List& list = lists[kind];
  list.first = new (frame) Free{list.first};
  ++list.count;
}

std::size_t freed_bytes() { return std::exchange(freed, 0); }

}  // namespace tessera::frames
