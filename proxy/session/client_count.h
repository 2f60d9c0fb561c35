#pragma once
// How many clients a user or a database has, over all threads; and one client's place among them.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "rules/settings.h"

namespace tessera::session {

class ClientCount {
 public:
  explicit ClientCount(std::uint32_t clients_max) : clients_max_(clients_max) {}
  // False: there are as many as there may be.
  [[nodiscard]] bool enter() {
    if (clients_.fetch_add(1, std::memory_order_relaxed) < clients_max_) return true;
    leave();
    return false;
  }
  void leave() { clients_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  const std::uint32_t clients_max_;
  std::atomic<std::uint32_t> clients_{0};
};

// Left when it goes out of scope.
class ClientPlace {
 public:
  ClientPlace() = default;
  explicit ClientPlace(ClientCount* count) : count_(count) {}
  ClientPlace(ClientPlace&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ClientPlace& operator=(ClientPlace&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~ClientPlace() {
    if (count_ != nullptr) count_->leave();
  }

 private:
  ClientCount* count_ = nullptr;
};

// Of those users or databases that have a limit of their own; made at start.
class ClientCounts {
 public:
  void add(const std::map<std::string, rules::OwnLimits>& limits) {
    for (const auto& [name, own] : limits) {
      if (own.clients_max) counts_.try_emplace(name, *own.clients_max);
    }
  }
  // False: `name` has as many as it may have.
  [[nodiscard]] bool enter(const std::string& name, ClientPlace& place) {
    const auto found = counts_.find(name);
    if (found == counts_.end()) return true;
    if (!found->second.enter()) return false;
    place = ClientPlace(&found->second);
    return true;
  }

 private:
  std::map<std::string, ClientCount> counts_;
};

}  // namespace tessera::session
