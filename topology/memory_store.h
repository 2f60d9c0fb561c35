#pragma once
// A Store in memory: for tests, and for one process that needs no other. Leases end only when they
// are revoked.

#include <map>

#include "topology/signal.h"
#include "topology/store.h"

namespace tessera::topology {

class MemoryStore : public Store {
 public:
  explicit MemoryStore(const Executor& executor) : changed_(executor) {}

  [[nodiscard]] Task<Result<Snapshot>> get(std::string prefix) override;
  [[nodiscard]] Task<Result<Revision>> put(Put put) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(std::string prefix, Revision revision) override;
  [[nodiscard]] Task<Result<LeaseId>> grant(std::chrono::seconds ttl) override;
  [[nodiscard]] Task<Status> keep_alive(LeaseId lease) override;
  [[nodiscard]] Task<Status> revoke(LeaseId lease) override;

  void erase(const std::string& key);
  // Forgets the changes up to now, as a compaction does.
  void compact() { compacted_ = revision_; }

 private:
  class MemoryWatch;

  Revision revision_ = 1;
  Revision compacted_ = 0;
  LeaseId last_lease_ = 0;
  std::map<std::string, Entry> entries_;
  std::map<std::string, LeaseId> lease_of_;
  std::map<LeaseId, bool> leases_;
  std::map<Revision, Change> log_;
  Signal changed_;
};

}  // namespace tessera::topology
