#pragma once
// Reads an algorithm's properties: each is asked for by name, what was not asked for is unknown.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/algorithm.h"

namespace tessera::rules {

// The first fault is kept; finish() gives it. What is asked after it is meaningless but harmless.
class PropertyReader {
 public:
  // `type` and `properties` outlive the reader.
  PropertyReader(std::string_view type, const Properties& properties)
      : type_(type), properties_(properties) {}

  [[nodiscard]] std::string_view required(std::string_view name);
  // Absent: false.
  [[nodiscard]] bool boolean(std::string_view name);
  // sharding-count: 1 to 65,536.
  [[nodiscard]] std::uint32_t count(std::string_view name);
  [[nodiscard]] std::optional<std::string_view> optional(std::string_view name);
  // Absent: `absent`, or a fault if there is none.
  struct Bounds {
    std::int64_t min;
    std::int64_t max;
  };
  [[nodiscard]] std::int64_t integer(std::string_view name, Bounds bounds,
                                     std::optional<std::int64_t> absent = std::nullopt);
  // Texts with commas between them; none is empty.
  [[nodiscard]] std::vector<std::string> list(std::string_view name);

  [[nodiscard]] const std::optional<AlgorithmFault>& finish();

 private:
  [[nodiscard]] const std::string* find(std::string_view name);
  void fail(Error error, std::string_view property);

  std::string_view type_;
  const Properties& properties_;
  std::vector<std::string_view> known_;
  std::optional<AlgorithmFault> fault_;
};

// Without the space around it.
[[nodiscard]] std::string trimmed(std::string_view text);
// The trimmed pieces between separators; of an empty text one that is empty.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

// 0, 1, … of all targets.
[[nodiscard]] std::vector<std::uint32_t> all_targets(const Targets& targets);

}  // namespace tessera::rules
