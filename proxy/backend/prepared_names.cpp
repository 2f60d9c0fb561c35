#include "proxy/backend/prepared_names.h"

#include <fmt/format.h>

namespace tessera::backend {

const std::string* PreparedNames::find(std::uint64_t key) {
  const auto found = names_.find(key);
  if (found == names_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second.at);
  return &found->second.name;
}

bool PreparedNames::find_or_add(std::uint64_t key, std::string& name) {
  if (const std::string* known = find(key); known != nullptr) {
    name = *known;
    return true;
  }
  name = fmt::format("tessera_{}", ++count_);
  order_.push_front(key);
  names_.emplace(key, Place{name, order_.begin()});
  return false;
}

void PreparedNames::forget(std::uint64_t key) {
  const auto found = names_.find(key);
  if (found == names_.end()) return;
  order_.erase(found->second.at);
  names_.erase(found);
}

void PreparedNames::clear() {
  names_.clear();
  order_.clear();
  expired_.clear();
}

void PreparedNames::expire() {
  for (const auto& [key, place] : names_) expired_ += "DEALLOCATE " + place.name + ";";
  names_.clear();
  order_.clear();
}

std::string PreparedNames::trim() {
  std::string sql;
  sql.swap(expired_);
  if (names_.size() <= kNamesMax) return sql;
  while (names_.size() > kNamesMax / 2) {
    sql += "DEALLOCATE " + names_.at(order_.back()).name + ";";
    forget(order_.back());
  }
  return sql;
}

}  // namespace tessera::backend
