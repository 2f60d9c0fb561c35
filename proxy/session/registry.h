#pragma once
// The Registry knows every session by its cancel key, so that a CancelRequest that arrives on any
// thread finds it. Touched when a session begins, ends or is cancelled; never by a statement.

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/task.h"
#include "proxy/wire/frontend.h"

namespace tessera::session {

class Session;

class Registry {
 public:
  // A key that no other session has. `pid` is the number that the client is told, several sessions
  // may have the same; 0: any.
  [[nodiscard]] wire::CancelRequest add(std::weak_ptr<Session> session, Executor executor,
                                        std::int32_t pid);
  void remove(const wire::CancelRequest& key);
  // Cancels what the session of that key runs, on its own thread. A key that is not known is
  // ignored, as PostgreSQL does. `until_delivered` is held until the servers have been asked.
  void cancel(const wire::CancelRequest& key, std::shared_ptr<void> until_delivered);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::weak_ptr<Session> session;
    Executor executor;
  };
  mutable std::mutex mutex_;
  std::int32_t last_pid_ = 0;
  std::unordered_map<std::uint64_t, Entry> sessions_;  // by pid and secret
};

}  // namespace tessera::session
