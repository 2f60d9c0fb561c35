#pragma once
// The KeyMaker makes the keys of all generators in this process, for every thread.
//
// SNOWFLAKE counts in one place, so that threads with one worker id give no number twice: this is
// the one lock on the way of a statement, and only of those that need a key. Generators with the
// same properties count together. What was counted survives a change of the rules.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "rules/key_generators/key_generator.h"
#include "rules/key_generators/snowflake.h"

namespace tessera::session {

class KeyMaker {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // The next key at `now` (since 1970), as text. Absent: the millisecond has no more; ask again
  // later. Errors: 55000 the clock stepped back by more than the generator tolerates.
  [[nodiscard]] Result<std::optional<std::string>> next(const rules::KeyGenerator& generator,
                                                        Milliseconds now);

 private:
  using Properties = std::tuple<std::uint32_t, std::uint32_t, Milliseconds>;

  [[nodiscard]] Result<std::optional<std::int64_t>> next_number(
      const rules::SnowflakeOptions& options, Milliseconds now);

  std::mutex mutex_;
  std::map<Properties, rules::Snowflake> counting_;
};

}  // namespace tessera::session
