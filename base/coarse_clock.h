#pragma once
// coarse_now(): Clock::now() as of the kernel's last tick, some milliseconds ago at most, for a
// fifth of its price. For what is compared with tenths of a second.

#include <ctime>

#include "base/task.h"

namespace tessera {

inline Deadline coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // steady_clock counts CLOCK_MONOTONIC on Linux
  return Deadline(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace tessera
