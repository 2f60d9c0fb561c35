#include "topology/memory_store.h"

#include <utility>

namespace tessera::topology {

// The log is never cut, only counted as lost, so a watch is a place in it.
class MemoryStore::MemoryWatch : public Watch {
 public:
  MemoryWatch(MemoryStore& store, std::string prefix, Revision revision)
      : store_(store), prefix_(std::move(prefix)), seen_(revision) {}

  Task<Result<Changes>> next(Deadline deadline) override {
    while (true) {
      if (seen_ < store_.compacted_) {
        seen_ = store_.revision_;
        co_return Changes{.revision = seen_, .changes = {}, .lost = true};
      }
      Changes out = take();
      if (!out.changes.empty() || Clock::now() >= deadline) co_return out;
      co_await store_.changed_.wait(deadline);
    }
  }

 private:
  Changes take() {
    Changes out;
    for (auto at = store_.log_.upper_bound(seen_); at != store_.log_.end(); ++at) {
      if (at->second.key.starts_with(prefix_)) out.changes.push_back(at->second);
    }
    seen_ = out.revision = store_.revision_;
    return out;
  }

  MemoryStore& store_;
  const std::string prefix_;
  Revision seen_;
};

Task<Result<Snapshot>> MemoryStore::get(std::string prefix) {
  Snapshot out{.revision = revision_, .entries = {}};
  for (auto at = entries_.lower_bound(prefix); at != entries_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    out.entries.push_back(at->second);
  }
  co_return out;
}

Task<Result<Revision>> MemoryStore::put(Put put) {
  for (const Expected& expected : put.expected) {
    const auto found = entries_.find(expected.key);
    const Revision modified = found == entries_.end() ? 0 : found->second.modified;
    if (modified != expected.modified) {
      co_return Error{.sqlstate = "40001", .message = "\"" + expected.key + "\" has changed"};
    }
  }
  Entry& entry = entries_[put.key];
  ++revision_;
  if (entry.created == 0) entry.created = revision_;
  entry.key = put.key;
  entry.value = put.value;
  entry.modified = revision_;
  lease_of_[put.key] = put.lease;
  log_.emplace(revision_, Change{.key = put.key, .entry = entry});
  changed_.notify();
  co_return revision_;
}

std::unique_ptr<Watch> MemoryStore::watch(std::string prefix, Revision revision) {
  return std::make_unique<MemoryWatch>(*this, std::move(prefix), revision);
}

Task<Result<LeaseId>> MemoryStore::grant(std::chrono::seconds) {
  leases_[++last_lease_] = true;
  co_return last_lease_;
}

Task<Status> MemoryStore::keep_alive(LeaseId lease) {
  if (leases_.contains(lease)) co_return Status();
  co_return Error{.sqlstate = "42704", .message = "the lease has ended"};
}

Task<Status> MemoryStore::revoke(LeaseId lease) {
  leases_.erase(lease);
  std::vector<std::string> gone;
  for (const auto& [key, owner] : lease_of_) {
    if (owner == lease) gone.push_back(key);
  }
  for (const std::string& key : gone) erase(key);
  co_return Status();
}

void MemoryStore::erase(const std::string& key) {
  if (entries_.erase(key) == 0) return;
  lease_of_.erase(key);
  log_.emplace(++revision_, Change{.key = key, .entry = std::nullopt});
  changed_.notify();
}

}  // namespace tessera::topology
