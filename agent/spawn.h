#pragma once
// Starts a coroutine that nobody awaits. Its root has the one catch: a fault is logged, and the
// rest goes on.

#include <functional>
#include <string>

#include "base/task.h"

namespace tessera::agent {

// `task` owns what it uses (values and shared_ptr).
void spawn(const Executor& executor, std::string name, std::function<Task<>()> task);

}  // namespace tessera::agent
