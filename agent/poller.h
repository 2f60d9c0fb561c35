#pragma once
// The Poller asks each member's Patroni what it is: GET /patroni, once a second, and at once when
// it is woken.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/patroni.h"
#include "topology/http_client.h"
#include "topology/signal.h"

namespace tessera::agent {

class Poller : public std::enable_shared_from_this<Poller> {
 public:
  // `changed` is called when view() has changed.
  Poller(const Executor& executor, std::function<void()> changed);

  // Polls for ever.
  [[nodiscard]] Task<> run();
  // Whom to ask. A member that is not known yet is asked at once.
  void follow(const EtcdView& etcd);
  void wake() { woken_.notify(); }
  // Asks five times as often while something is unsettled.
  void set_urgent(bool urgent);

  [[nodiscard]] const RestView& view() const { return view_; }
  // Has every member been asked once?
  [[nodiscard]] bool complete() const { return asked_.size() == urls_.size(); }

 private:
  [[nodiscard]] Task<> ask(std::string name);
  [[nodiscard]] Task<Result<RestMember>> ask_once(topology::HttpUrl url);
  void note(const std::string& name, Result<RestMember> said);

  const Executor executor_;
  const std::function<void()> changed_;
  topology::Signal woken_;
  bool urgent_ = false;
  std::map<std::string, topology::HttpUrl> urls_;
  std::set<std::string> asking_;
  std::set<std::string> asked_;
  RestView view_;
};

}  // namespace tessera::agent
