#pragma once
// SNOWFLAKE: 41 bits of milliseconds since the epoch, 10 of the worker, 12 of a sequence.
//
// Keys of one generator ascend. A quiet generator begins its milliseconds with 0, 1, …
// vibration_max in turn, so that its keys do not all have the same remainder.

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "rules/key_generators/key_generator.h"

namespace tessera::rules {

class Snowflake {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // `epoch`: since 1970; see snowflake_epoch().
  Snowflake(SnowflakeOptions options, Milliseconds epoch) : options_(options), epoch_(epoch) {}

  // The next key at `now` (since 1970). Absent: ask again later, when the clock has come to
  // ready_at(). Errors: 55000 the clock stepped back by more than it may.
  [[nodiscard]] Result<std::optional<std::int64_t>> next(Milliseconds now);
  [[nodiscard]] Milliseconds ready_at() const { return ready_at_; }

 private:
  const SnowflakeOptions options_;
  const Milliseconds epoch_;
  Milliseconds last_{0};
  Milliseconds ready_at_{0};
  std::uint32_t sequence_ = 0;
  std::uint32_t start_ = 0;
  bool started_ = false;
  bool full_ = false;  // the last millisecond had no more: the next one begins with 0
};

// 2016-11-01 00:00 of this machine's time zone, since 1970: where ShardingSphere counts from.
[[nodiscard]] std::chrono::milliseconds snowflake_epoch();

}  // namespace tessera::rules
