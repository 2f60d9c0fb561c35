#pragma once
// The statements that one server connection has prepared, by key, and their names there.

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace tessera::backend {

class PreparedNames {
 public:
  // True: `key` is prepared as `name`. Otherwise it is noted, and the caller must send Parse for
  // `name`.
  [[nodiscard]] bool find_or_add(std::uint64_t key, std::string& name);
  // The name of `key`; null: it is not prepared.
  [[nodiscard]] const std::string* find(std::uint64_t key);
  void forget(std::uint64_t key);
  void clear();
  // Forgets all of them, because what they give has changed; the next trim() closes them.
  void expire();
  // The SQL that closes those that have expired, and the least recently used half when there are
  // too many, which is forgotten. Else empty.
  [[nodiscard]] std::string trim();
  [[nodiscard]] bool wants_trim() const { return !expired_.empty() || names_.size() > kNamesMax; }

 private:
  static constexpr std::size_t kNamesMax = 256;
  struct Place {
    std::string name;
    std::list<std::uint64_t>::iterator at;
  };

  std::unordered_map<std::uint64_t, Place> names_;
  std::list<std::uint64_t> order_;  // most recently used first
  // Names are never used twice: a forgotten statement may still be there.
  std::uint64_t count_ = 0;
  std::string expired_;  // the SQL that closes them
};

}  // namespace tessera::backend
