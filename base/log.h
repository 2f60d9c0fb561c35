#pragma once
// The log: spdlog on standard error. Passwords, parameters and rows never reach it.

#include <spdlog/spdlog.h>

namespace tessera::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

// Prepares the log of a program: `level` is debug, info, warn or error; anything else means info.
void start(const char* program, const char* level);

}  // namespace tessera::log
