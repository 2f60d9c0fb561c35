#pragma once
// A Signal wakes the coroutines of one io_context that wait for something to change. Nothing is
// kept: who does not wait when it is given does not hear it, so look at the state first, and wait
// without a co_await in between.

#include <list>
#include <memory>

#include "base/task.h"

namespace tessera::topology {

class Signal {
 public:
  explicit Signal(const Executor& executor);

  // Ends at the next notify(), or at the deadline.
  [[nodiscard]] Task<> wait(Deadline deadline);
  void notify();

 private:
  Executor executor_;
  // Each timer lives in its waiting coroutine. Shared, because an io_context that is destroyed
  // takes coroutines with it after the signal has gone.
  std::shared_ptr<std::list<Timer*>> waiting_;
};

}  // namespace tessera::topology
