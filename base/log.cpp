#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

namespace tessera::log {

void start(const char* program, const char* level) {
  auto logger =
      std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l [%n] %v");
  const auto wanted = spdlog::level::from_str(level);
  logger->set_level(wanted == spdlog::level::off ? spdlog::level::info : wanted);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tessera::log
