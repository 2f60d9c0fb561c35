#pragma once
// A Mirror is a copy of what a Store has under one prefix, kept up to date while the store can be
// reached, and kept as it was while it cannot.

#include <functional>
#include <map>
#include <string>

#include "topology/store.h"

namespace tessera::topology {

class Mirror {
 public:
  // The store outlives the mirror.
  Mirror(Store& store, std::string prefix) : store_(store), prefix_(std::move(prefix)) {}

  // Follows the store for ever and calls `changed` after each change of what the functions below
  // say.
  [[nodiscard]] Task<> run(std::function<void()> changed);

  // Keys without the prefix.
  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }
  // Null: no such key.
  [[nodiscard]] const Entry* find(const std::string& key) const;
  // The store's revision as of the last change seen.
  [[nodiscard]] Revision revision() const { return revision_; }
  // Has everything been read once?
  [[nodiscard]] bool complete() const { return complete_; }
  // Did the store answer when it was asked last?
  [[nodiscard]] bool connected() const { return connected_; }
  // What was last wrong with the store.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  [[nodiscard]] Task<Result<Revision>> read_all(const std::function<void()>& changed);
  [[nodiscard]] Task<Status> follow(Revision revision, const std::function<void()>& changed);
  void apply(const Change& change);

  Store& store_;
  const std::string prefix_;
  std::map<std::string, Entry> entries_;
  Revision revision_ = 0;
  bool complete_ = false;
  bool connected_ = false;
  std::string fault_;
};

}  // namespace tessera::topology
