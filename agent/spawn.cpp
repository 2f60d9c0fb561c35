#include "agent/spawn.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "base/log.h"

namespace tessera::agent {

void spawn(const Executor& executor, std::string name, std::function<Task<>()> task) {
  asio::co_spawn(executor, std::move(task), [name = std::move(name)](std::exception_ptr fault) {
    if (!fault) return;
    try {
      std::rethrow_exception(fault);
    } catch (const std::exception& thrown) {
      log::error("{} ended: {}", name, thrown.what());
    }
  });
}

}  // namespace tessera::agent
