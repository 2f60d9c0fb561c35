#include "proxy/session/registry.h"

#include <boost/asio/post.hpp>
#include <cstring>

#include "proxy/session/session.h"

namespace tessera::session {

namespace {

std::uint64_t packed(const wire::CancelRequest& key) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.pid)) << 32U) |
         static_cast<std::uint32_t>(key.secret);
}

std::int32_t random_secret() {
  const std::string random = wire::random_bytes(sizeof(std::int32_t));
  std::int32_t secret = 0;
  std::memcpy(&secret, random.data(), sizeof(secret));
  return secret;
}

}  // namespace

wire::CancelRequest Registry::add(std::weak_ptr<Session> session, Executor executor,
                                  std::int32_t pid) {
  const std::lock_guard lock(mutex_);
  if (pid == 0) pid = last_pid_ = last_pid_ == INT32_MAX ? 1 : last_pid_ + 1;
  wire::CancelRequest key{.pid = pid, .secret = random_secret()};
  while (sessions_.contains(packed(key))) key.secret = random_secret();
  sessions_.emplace(packed(key), Entry{std::move(session), executor});
  return key;
}

void Registry::remove(const wire::CancelRequest& key) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(packed(key));
}

void Registry::cancel(const wire::CancelRequest& key, std::shared_ptr<void> until_delivered) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(packed(key));
  if (found == sessions_.end()) return;
  asio::post(found->second.executor, [weak = found->second.session, until_delivered] {
    const auto session = weak.lock();
    if (session) session->cancel(until_delivered);
  });
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace tessera::session
