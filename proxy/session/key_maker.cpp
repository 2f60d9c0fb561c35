#include "proxy/session/key_maker.h"

#include <array>
#include <cstring>
#include <random>

#include "rules/key_generators/uuid.h"

namespace tessera::session {
namespace {

std::string random_uuid() {
  thread_local std::random_device device;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint32_t)) {
    const std::uint32_t word = device();
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  return rules::uuid_key(bytes);
}

}  // namespace

Result<std::optional<std::int64_t>> KeyMaker::next_number(const rules::SnowflakeOptions& options,
                                                          Milliseconds now) {
  const std::lock_guard lock(mutex_);
  const Properties properties(options.worker_id, options.vibration_max, options.backwards_max);
  const auto [counting, added] =
      counting_.try_emplace(properties, options, rules::snowflake_epoch());
  return counting->second.next(now);
}

Result<std::optional<std::string>> KeyMaker::next(const rules::KeyGenerator& generator,
                                                  Milliseconds now) {
  if (generator.kind == rules::KeyGenerator::Kind::kUuid) return std::optional(random_uuid());
  const auto number = next_number(generator.snowflake, now);
  if (!number) return number.error();
  if (!*number) return std::optional<std::string>();
  return std::optional(std::to_string(**number));
}

}  // namespace tessera::session
