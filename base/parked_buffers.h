#pragma once
// The buffers of a connection that waits for its peer, which may be taken away meanwhile.
//
// Thousands that are idle hold none. The few of a thread that have begun to wait last keep theirs:
// who talks again at once, as those do that make the load, finds them where they were.

#include <string>

#include "base/read_buffer.h"

namespace tessera {

class ParkedBuffers {
 public:
  ParkedBuffers() = default;
  ~ParkedBuffers();
  ParkedBuffers(const ParkedBuffers&) = delete;
  ParkedBuffers& operator=(const ParkedBuffers&) = delete;

  ReadBuffer in;
  std::string out;

  // From now on what is empty of them may be taken away, on the same thread, until unpark().
  void park();
  void unpark() {
    if (parked_) return unlink();
    if (out.capacity() == std::string().capacity()) spare_text::lend(out);
  }

 private:
  struct Line;  // those of a thread
  static Line& line();
  void unlink();
  void rest();

  ParkedBuffers* newer_ = nullptr;
  ParkedBuffers* older_ = nullptr;
  bool parked_ = false;
};

}  // namespace tessera
