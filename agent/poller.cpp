#include "agent/poller.h"

#include "agent/spawn.h"
#include "base/log.h"

namespace tessera::agent {
namespace {

constexpr std::chrono::milliseconds kCalm{1000};
constexpr std::chrono::milliseconds kUrgent{200};
constexpr std::chrono::milliseconds kPatience{1500};
// One lost poll is no news: Patroni may be busy. The second one is.
constexpr int kMissesMax = 2;

}  // namespace

Poller::Poller(const Executor& executor, std::function<void()> changed)
    : executor_(executor), changed_(std::move(changed)), woken_(executor) {}

Task<> Poller::run() {
  while (true) {
    bool missing = false;
    for (const auto& [name, url] : urls_) {
      missing |= misses_[name] > 0 && misses_[name] < kMissesMax;
      if (!asking_.insert(name).second) continue;
      spawn(executor_, "poll of " + name,
            [self = shared_from_this(), who = name] { return self->ask(who); });
    }
    const Deadline next = Clock::now() + (urgent_ || missing ? kUrgent : kCalm);
    co_await woken_.wait(next);
  }
}

void Poller::follow(const EtcdView& etcd) {
  std::map<std::string, topology::HttpUrl> fresh;
  for (const auto& [name, member] : etcd.members) {
    auto url = topology::http_url_from_text(member.api_url);
    if (url) fresh.emplace(name, std::move(*url));
  }
  for (const auto& [name, url] : urls_) {
    if (fresh.contains(name)) continue;
    view_.erase(name);
    misses_.erase(name);
    asked_.erase(name);
  }
  urls_ = std::move(fresh);
  wake();
}

void Poller::set_urgent(bool urgent) {
  if (urgent && !urgent_) wake();
  urgent_ = urgent;
}

Task<> Poller::ask(std::string name) {
  topology::HttpRequest request{.url = urls_.at(name), .timeout = kPatience};
  const auto reply = co_await topology::http_request(std::move(request));
  asking_.erase(name);
  if (!urls_.contains(name)) co_return;
  const bool first = asked_.insert(name).second;
  if (!reply) {
    missed(name, reply.error().message);
  } else {
    auto said = rest_member_from_json(reply->body);
    if (!said) {
      missed(name, said.error().message);
    } else {
      misses_[name] = 0;
      RestMember& known = view_[name];
      if (known == *said && !first) co_return;
      known = std::move(*said);
      changed_();
      co_return;
    }
  }
  if (first) changed_();
}

void Poller::missed(const std::string& name, const std::string& why) {
  const int misses = ++misses_[name];
  if (misses == 1) woken_.notify();
  if (misses != kMissesMax) return;
  log::warn("member={} does not answer: {}", name, why);
  view_.erase(name);
  changed_();
}

}  // namespace tessera::agent
