#include "agent/poller.h"

#include "agent/spawn.h"
#include "base/log.h"

namespace tessera::agent {
namespace {

constexpr std::chrono::milliseconds kCalm{1000};
constexpr std::chrono::milliseconds kUrgent{200};
constexpr std::chrono::milliseconds kPatience{1500};

}  // namespace

Poller::Poller(const Executor& executor, std::function<void()> changed)
    : executor_(executor), changed_(std::move(changed)), woken_(executor) {}

Task<> Poller::run() {
  while (true) {
    for (const auto& [name, url] : urls_) {
      if (!asking_.insert(name).second) continue;
      spawn(executor_, "poll of " + name,
            [self = shared_from_this(), who = name] { return self->ask(who); });
    }
    const Deadline next = Clock::now() + (urgent_ ? kUrgent : kCalm);
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
    asked_.erase(name);
  }
  urls_ = std::move(fresh);
  wake();
}

void Poller::set_urgent(bool urgent) {
  if (urgent && !urgent_) wake();
  urgent_ = urgent;
}

Task<Result<RestMember>> Poller::ask_once(topology::HttpUrl url) {
  topology::HttpRequest request{.url = std::move(url), .body = {}, .timeout = kPatience};
  const auto reply = co_await topology::http_request(std::move(request));
  if (!reply) co_return reply.error();
  co_return rest_member_from_json(reply->body);
}

Task<> Poller::ask(std::string name) {
  topology::HttpUrl url = urls_.at(name);
  auto said = co_await ask_once(url);
  // One lost answer of a member that was well is no news: Patroni may be busy. The second one is.
  if (!said && view_.contains(name)) {
    topology::Signal pause(executor_);
    co_await pause.wait(Clock::now() + kUrgent);
    said = co_await ask_once(std::move(url));
  }
  asking_.erase(name);
  if (urls_.contains(name)) note(name, std::move(said));
}

void Poller::note(const std::string& name, Result<RestMember> said) {
  bool news = asked_.insert(name).second;
  const auto known = view_.find(name);
  if (said) {
    news |= known == view_.end() || known->second != *said;
    view_.insert_or_assign(name, std::move(*said));
  } else if (known != view_.end()) {
    log::warn("member={} does not answer: {}", name, said.error().message);
    view_.erase(known);
    news = true;
  }
  if (news) changed_();
}

}  // namespace tessera::agent
