#include "rules/key_generators/snowflake.h"

#include <ctime>

#include "rules/errors.h"

namespace tessera::rules {
namespace {

constexpr std::uint32_t kSequenceMax = 4'095;
constexpr unsigned kWorkerShift = 12;
constexpr unsigned kTimeShift = 22;

}  // namespace

Result<std::optional<std::int64_t>> Snowflake::next(Milliseconds now) {
  if (started_ && now < last_) {
    if (last_ - now >= options_.backwards_max) return clock_moved_back((last_ - now).count());
    ready_at_ = last_;
    return std::optional<std::int64_t>();
  }
  if (started_ && now == last_) {
    if (sequence_ == kSequenceMax) {
      full_ = true;
      ready_at_ = last_ + Milliseconds(1);
      return std::optional<std::int64_t>();
    }
    ++sequence_;
  } else if (full_) {
    sequence_ = 0;
  } else {
    start_ = !started_ || start_ >= options_.vibration_max ? 0 : start_ + 1;
    sequence_ = start_;
  }
  full_ = false;
  started_ = true;
  last_ = now;
  const auto time = static_cast<std::uint64_t>((now - epoch_).count());
  return std::optional(static_cast<std::int64_t>(
      time << kTimeShift | std::uint64_t{options_.worker_id} << kWorkerShift | sequence_));
}

std::chrono::milliseconds snowflake_epoch() {
  std::tm local{};
  local.tm_year = 2016 - 1900;
  local.tm_mon = 10;
  local.tm_mday = 1;
  local.tm_isdst = -1;
  return std::chrono::seconds(std::mktime(&local));
}

}  // namespace tessera::rules
