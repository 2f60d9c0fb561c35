#pragma once
// A Store keeps small values under keys, in the order of one revision counter: etcd, or memory for
// tests and for one process alone. All calls belong to one io_context and end within the store's
// own time-out.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace tessera::topology {

using Revision = std::int64_t;
using LeaseId = std::int64_t;  // 0: no lease

struct Entry {
  std::string key;
  std::string value;
  Revision created = 0;
  Revision modified = 0;
  friend bool operator==(const Entry&, const Entry&) = default;
};

// What is under a prefix, sorted by key, as of `revision`.
struct Snapshot {
  Revision revision = 0;
  std::vector<Entry> entries;
};

// One key that was put (an entry) or deleted (no value).
struct Change {
  std::string key;
  std::optional<Entry> entry;
};

struct Changes {
  Revision revision = 0;
  std::vector<Change> changes;  // empty: nothing happened until the deadline
  bool lost = false;  // changes before this were thrown away by the store: read a snapshot again
};

// The revision that `key` must have been modified at; 0: it must not exist.
struct Expected {
  std::string key;
  Revision modified = 0;
};

struct Put {
  std::string key;
  std::string value;
  LeaseId lease = 0;               // the key goes when the lease ends
  std::vector<Expected> expected;  // all must hold, in the same step
};

class Watch {
 public:
  virtual ~Watch() = default;
  // The next changes, in order and without a gap. A broken connection resumes where it was.
  // Errors: 08006 the store cannot be reached now; the same call may be tried again.
  [[nodiscard]] virtual Task<Result<Changes>> next(Deadline deadline) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Errors of all: 08006 no endpoint can be reached; 57014 none answered in time; 58000 the store
  // refused, with its words.
  [[nodiscard]] virtual Task<Result<Snapshot>> get(std::string prefix) = 0;
  // The revision of the put. Errors: 40001 `expected` does not hold.
  [[nodiscard]] virtual Task<Result<Revision>> put(Put put) = 0;
  // Follows what is under `prefix`, from the changes after `revision` on. The store outlives the
  // watch.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(std::string prefix, Revision revision) = 0;

  [[nodiscard]] virtual Task<Result<LeaseId>> grant(std::chrono::seconds ttl) = 0;
  // Errors: 42704 the lease has ended.
  [[nodiscard]] virtual Task<Status> keep_alive(LeaseId lease) = 0;
  // Ends the lease and deletes its keys.
  [[nodiscard]] virtual Task<Status> revoke(LeaseId lease) = 0;
};

}  // namespace tessera::topology
