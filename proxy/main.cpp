// tessera-proxy: reads options and configuration, runs the server until a signal ends it.

#include <malloc.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/log.h"
#include "proxy/session/server.h"
#include "rules/settings.h"

namespace {

constexpr int kLargeMemory = 1 << 20;
constexpr std::string_view kUsage =
    "usage: tessera-proxy --config DIR [--port N] [--log-level debug|info|warn|error]\n"
    "       tessera-proxy --version\n"
    "\n"
    "DIR holds global.yaml, database-<name>.yaml and, if you need it, tessera.yaml "
    "(docs/configuration.md).\n";

struct Options {
  std::string config;
  std::uint16_t port = 0;
  std::string log_level = "info";
  bool version = false;
};

// Gives false after saying what is wrong.
bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--version") {
      options.version = true;
      continue;
    }
    const bool known = word == "--config" || word == "--port" || word == "--log-level";
    if (!known || i + 1 >= argc) {
      std::fprintf(stderr, "tessera-proxy: %s: %s\n%s", argv[i],
                   known ? "needs a value" : "unknown option", kUsage.data());
      return false;
    }
    const std::string_view value = argv[++i];
    if (word == "--config") options.config = value;
    if (word == "--log-level") options.log_level = value;
    if (word != "--port") continue;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), options.port);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || options.port == 0) {
      std::fprintf(stderr, "tessera-proxy: --port %s: expected a number from 1 to 65535\n",
                   argv[i]);
      return false;
    }
  }
  if (options.config.empty() && !options.version) std::fputs(kUsage.data(), stderr);
  return options.version || !options.config.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) return 2;
  if (options.version) {
    std::puts("tessera-proxy 0.1.0");
    return 0;
  }
  // What held a large message goes back to the system. Left to itself the allocator learns to keep
  // as much as it was once given.
  mallopt(M_MMAP_THRESHOLD, kLargeMemory);
  std::signal(SIGPIPE, SIG_IGN);
  // One that comes before the server listens for it must not end the program.
  std::signal(SIGHUP, SIG_IGN);
  tessera::log::start("tessera-proxy", options.log_level.c_str());
  auto settings = tessera::rules::load_settings(options.config);
  if (!settings) {
    tessera::log::error("{}", settings.error().message);
    if (!settings.error().hint.empty()) tessera::log::error("hint: {}", settings.error().hint);
    return 1;
  }
  if (options.port != 0) settings->proxy.port = options.port;
  tessera::session::Server server(std::move(*settings), options.config);
  const auto ended = server.run();
  if (ended) return 0;
  tessera::log::error("{}", ended.error().message);
  if (!ended.error().hint.empty()) tessera::log::error("hint: {}", ended.error().hint);
  return 1;
}
