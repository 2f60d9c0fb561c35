#include "proxy/session/registry.h"

#include <boost/asio/post.hpp>
#include <cstring>

#include "proxy/session/session.h"

namespace tessera::session {

wire::CancelRequest Registry::add(std::weak_ptr<Session> session, Executor executor) {
  const std::string random = wire::random_bytes(sizeof(std::int32_t));
  wire::CancelRequest key;
  std::memcpy(&key.secret, random.data(), sizeof(key.secret));
  const std::lock_guard lock(mutex_);
  do {
    last_pid_ = last_pid_ == INT32_MAX ? 1 : last_pid_ + 1;
  } while (sessions_.contains(last_pid_));
  key.pid = last_pid_;
  sessions_.emplace(key.pid, Entry{key.secret, std::move(session), executor});
  return key;
}

void Registry::remove(const wire::CancelRequest& key) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(key.pid);
}

void Registry::cancel(const wire::CancelRequest& key) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key.pid);
  if (found == sessions_.end() || found->second.secret != key.secret) return;
  asio::post(found->second.executor, [weak = found->second.session] {
    const auto session = weak.lock();
    if (session) session->cancel();
  });
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace tessera::session
