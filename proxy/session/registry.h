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
  // A key that no other session has.
  [[nodiscard]] wire::CancelRequest add(std::weak_ptr<Session> session, Executor executor);
  void remove(const wire::CancelRequest& key);
  // Cancels what the session of that key runs, on its own thread. A key that is not known is
  // ignored, as PostgreSQL does.
  void cancel(const wire::CancelRequest& key);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::int32_t secret;
    std::weak_ptr<Session> session;
    Executor executor;
  };
  mutable std::mutex mutex_;
  std::int32_t last_pid_ = 0;
  std::unordered_map<std::int32_t, Entry> sessions_;
};

}  // namespace tessera::session
