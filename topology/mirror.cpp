#include "topology/mirror.h"

#include "topology/signal.h"

namespace tessera::topology {
namespace {

// After so long without a change everything is read again: a watch on an etcd that lost its peers
// is silent, while a read goes to the majority or fails.
constexpr std::chrono::seconds kSilenceMax{20};
constexpr std::chrono::milliseconds kRetryPause{500};

}  // namespace

const Entry* Mirror::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

Task<> Mirror::run(std::function<void()> changed) {
  const Executor executor = co_await this_executor;
  Signal pause(executor);
  while (true) {
    Status done;
    const auto revision = co_await read_all(changed);
    if (revision) {
      done = co_await follow(*revision, changed);
    } else {
      done = revision.error();
    }
    if (done) continue;
    const bool news = std::exchange(connected_, false) || fault_ != done.error().message;
    fault_ = done.error().message;
    if (news) changed();
    co_await pause.wait(Clock::now() + kRetryPause);
  }
}

Task<Result<Revision>> Mirror::read_all(const std::function<void()>& changed) {
  auto snapshot = co_await store_.get(prefix_);
  if (!snapshot) co_return snapshot.error();
  std::map<std::string, Entry> fresh;
  for (Entry& entry : snapshot->entries) {
    std::string key = entry.key.substr(prefix_.size());
    fresh.emplace(std::move(key), std::move(entry));
  }
  const bool news = !complete_ || !connected_ || fresh != entries_;
  entries_ = std::move(fresh);
  revision_ = snapshot->revision;
  complete_ = connected_ = true;
  fault_.clear();
  if (news) changed();
  co_return snapshot->revision;
}

// Ends without an error when everything should be read again.
Task<Status> Mirror::follow(Revision revision, const std::function<void()>& changed) {
  const std::unique_ptr<Watch> watch = store_.watch(prefix_, revision);
  while (true) {
    const auto changes = co_await watch->next(Clock::now() + kSilenceMax);
    if (!changes) co_return changes.error();
    if (changes->lost || changes->changes.empty()) co_return Status();
    for (const Change& change : changes->changes) apply(change);
    revision_ = changes->revision;
    changed();
  }
}

void Mirror::apply(const Change& change) {
  std::string key = change.key.substr(prefix_.size());
  if (change.entry) {
    entries_.insert_or_assign(std::move(key), *change.entry);
  } else {
    entries_.erase(key);
  }
}

}  // namespace tessera::topology
