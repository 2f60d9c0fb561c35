#pragma once
// Targets: the names an algorithm may answer with, in configuration order, ready to be looked up.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tessera::rules {

// ASCII only, as PostgreSQL folds unquoted names in multibyte encodings.
[[nodiscard]] std::string fold(std::string_view name);

// The digits a name ends in, without leading zeros ("t_007" → "7", "t_0" → "0"); empty: none.
[[nodiscard]] std::string_view numeric_suffix(std::string_view name);

class Targets {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  Targets() = default;
  // `names` are all different.
  explicit Targets(std::vector<std::string> names);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

  // The ordinal of `name`, of its lower-case form if there is no such name, or kNone.
  [[nodiscard]] std::uint32_t find(std::string_view name) const;
  // The ordinal of the (first) name that ends in the number `suffix`, or kNone.
  [[nodiscard]] std::uint32_t find_suffix(std::uint64_t suffix) const;
  // The ordinal of the (first) name that is or ends in `ending`, or kNone. Looks at every name.
  [[nodiscard]] std::uint32_t find_ending(std::string_view ending) const;
  // find(prefix + number) where that is quick; kNone: it is not, or there is no such name.
  [[nodiscard]] std::uint32_t find_numbered(std::string_view prefix, std::uint64_t number) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> by_name_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_suffix_;
  // The name that ends in this number without zeros before it, and what stands before the number.
  struct Numbered {
    std::uint32_t ordinal = kNone;
    std::uint32_t prefix = 0;
  };
  std::vector<Numbered> numbered_;
};

}  // namespace tessera::rules
