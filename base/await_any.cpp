#include "base/await_any.h"

#include <memory>

namespace tessera {

// A timer that never runs out is what wakes the coroutine: callbacks may be called when its frame
// is gone, and then find a timer that nobody waits for.
Task<> await_any(const std::vector<Watched>& watched) {
  using ErrorCode = boost::system::error_code;
  auto woken =
      std::make_shared<Timer>(watched.front().socket->get_executor(), Timer::time_point::max());
  for (const Watched& one : watched) {
    one.socket->async_wait(one.what, [woken](const ErrorCode&) { woken->cancel(); });
  }
  ErrorCode ignored;
  co_await woken->async_wait(into(ignored));
  for (const Watched& one : watched) one.socket->cancel(ignored);
}

}  // namespace tessera
