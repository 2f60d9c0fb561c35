#include "agent/spawn.h"

#include <exception>

#include "base/log.h"
#include "base/spawn.h"

namespace tessera::agent {

void spawn(const Executor& executor, std::string name, std::function<Task<>()> task) {
  tessera::spawn(executor, std::move(task), [name = std::move(name)](std::exception_ptr fault) {
    if (!fault) return;
    try {
      std::rethrow_exception(fault);
    } catch (const std::exception& thrown) {
      log::error("{} ended: {}", name, thrown.what());
    }
  });
}

}  // namespace tessera::agent
