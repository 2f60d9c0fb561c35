#pragma once
// What a key generator is, as `keyGenerators` describes it.

#include <chrono>
#include <cstdint>

namespace tessera::rules {

struct SnowflakeOptions {
  std::uint32_t worker_id = 0;      // 0 to 1023
  std::uint32_t vibration_max = 1;  // the largest sequence number that a millisecond begins with
  std::chrono::milliseconds backwards_max{10};  // how far the clock may step back
};

struct KeyGenerator {
  enum class Kind : std::uint8_t { kSnowflake, kUuid };
  Kind kind = Kind::kSnowflake;
  SnowflakeOptions snowflake;  // of kSnowflake
};

}  // namespace tessera::rules
