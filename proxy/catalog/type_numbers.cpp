#include "proxy/catalog/type_numbers.h"

#include <unordered_set>
#include <utility>

namespace tessera::catalog {
namespace {

constexpr Oid kUnknown = 705;
constexpr Oid kRecord = 2249;
constexpr Oid kRecordArray = 2287;

Oid mapped(const TypeNumbers::Map& map, Oid oid) {
  const auto found = map.find(oid);
  return found == map.end() ? oid : found->second;
}

class Matching {
 public:
  Matching(const std::vector<NumberedType>& reference, const std::vector<NumberedType>& own,
           TypeNumbers::Map tables)
      : reference_(reference), own_(own) {
    numbers_.tables_to_client = std::move(tables);
    for (const NumberedType& type : reference_) {
      by_name_.emplace(type.name, type.oid);
      if (type.relation != 0) by_relation_.emplace(type.relation, type.oid);
      if (type.element != 0) by_element_.emplace(type.element, type.oid);
      numbers_of_reference_.insert(type.oid);
    }
    for (const NumberedType& type : own_) by_oid_.emplace(type.oid, &type);
  }

  std::shared_ptr<const TypeNumbers> run();

 private:
  [[nodiscard]] Oid counterpart(const NumberedType& type) const;
  void pair(const NumberedType& type);
  void hide_what_is_missing();
  [[nodiscard]] std::optional<Carrier> carrier(Oid type) const;

  const std::vector<NumberedType>& reference_;
  const std::vector<NumberedType>& own_;
  std::unordered_map<std::string, Oid> by_name_;
  TypeNumbers::Map by_relation_;  // the row type of a table
  TypeNumbers::Map by_element_;   // the array of a type
  std::unordered_set<Oid> numbers_of_reference_;
  std::unordered_map<Oid, const NumberedType*> by_oid_;
  TypeNumbers::Map pairs_;
  std::unordered_set<Oid> paired_;
  TypeNumbers numbers_;
};

// What the type is on the default shard; 0: nothing. Row types of actual tables may have other
// names there, and so have their arrays.
Oid Matching::counterpart(const NumberedType& type) const {
  const auto named = by_name_.find(type.name);
  if (named != by_name_.end()) return named->second;
  const auto table = numbers_.tables_to_client.find(type.relation);
  if (type.relation != 0 && table != numbers_.tables_to_client.end()) {
    const auto row = by_relation_.find(table->second);
    if (row != by_relation_.end()) return row->second;
  }
  const auto element = pairs_.find(type.element);
  if (type.element == 0 || element == pairs_.end()) return 0;
  const auto array = by_element_.find(element->second);
  return array == by_element_.end() ? 0 : array->second;
}

void Matching::pair(const NumberedType& type) {
  const Oid other = counterpart(type);
  if (other == 0) {
    if (numbers_of_reference_.contains(type.oid)) numbers_.types_to_client[type.oid] = kUnknown;
    return;
  }
  pairs_.emplace(type.oid, other);
  paired_.insert(other);
  if (other == type.oid) return;
  numbers_.types_to_client[type.oid] = other;
  // Two actual tables have one row type for clients: the first one's.
  numbers_.types_to_shard.try_emplace(other, type.oid);
}

// A client's number that means nothing here must not be taken for another type's: the server finds
// the type by itself.
void Matching::hide_what_is_missing() {
  for (const NumberedType& type : reference_) {
    if (!paired_.contains(type.oid) && by_oid_.contains(type.oid))
      numbers_.types_to_shard[type.oid] = 0;
  }
}

std::optional<Carrier> Matching::carrier(Oid oid) const {
  using Layout = Carrier::Layout;
  if (oid == kRecord) return Carrier{.layout = Layout::kRecord};
  if (oid == kRecordArray) return Carrier{.layout = Layout::kArray};
  const auto found = by_oid_.find(oid);
  if (found == by_oid_.end()) return std::nullopt;
  const NumberedType& type = *found->second;
  if (type.kind == 'c') return Carrier{.layout = Layout::kRecord};
  if (type.base != 0) return carrier(type.base);
  if (type.element != 0) {
    const bool differs = numbers_.types_to_client.contains(type.element) || carrier(type.element);
    return differs ? std::optional(Carrier{.layout = Layout::kArray}) : std::nullopt;
  }
  if (!carrier(type.bound)) return std::nullopt;
  return Carrier{.layout = type.kind == 'm' ? Layout::kMultirange : Layout::kRange,
                 .bound = type.bound};
}

std::shared_ptr<const TypeNumbers> Matching::run() {
  for (const NumberedType& type : own_) {
    if (type.element == 0) pair(type);
  }
  for (const NumberedType& type : own_) {
    if (type.element != 0) pair(type);
  }
  hide_what_is_missing();
  const bool same = numbers_.types_to_client.empty() && numbers_.types_to_shard.empty();
  if (same && numbers_.tables_to_client.empty()) return nullptr;
  if (!same) {
    for (const Oid oid : {kRecord, kRecordArray}) numbers_.carriers.emplace(oid, *carrier(oid));
    for (const NumberedType& type : own_) {
      if (const auto one = carrier(type.oid)) numbers_.carriers.emplace(type.oid, *one);
    }
  }
  return std::make_shared<const TypeNumbers>(std::move(numbers_));
}

}  // namespace

Oid TypeNumbers::type_for_client(Oid type) const { return mapped(types_to_client, type); }
Oid TypeNumbers::type_for_shard(Oid type) const { return mapped(types_to_shard, type); }
const Carrier* TypeNumbers::carrier(Oid type) const {
  const auto found = carriers.find(type);
  return found == carriers.end() ? nullptr : &found->second;
}
Oid TypeNumbers::table_for_client(Oid table) const { return mapped(tables_to_client, table); }

std::shared_ptr<const TypeNumbers> make_type_numbers(const std::vector<NumberedType>& reference,
                                                     const std::vector<NumberedType>& own,
                                                     TypeNumbers::Map tables) {
  return Matching(reference, own, std::move(tables)).run();
}

}  // namespace tessera::catalog
