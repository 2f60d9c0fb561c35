#pragma once
// The Agent of one shard: follows Patroni through etcd and REST, keeps the shard's Membership, and
// puts it into etcd. It observes and tells; it never promotes anything.
//
// Of several agents of one shard the oldest that lives (its key has a lease) puts; the others serve
// what it has put. Every put compares the membership's own key and Patroni's leader key, so one
// that is behind cannot overwrite.

#include <memory>
#include <optional>
#include <string>

#include "agent/config.h"
#include "agent/decide.h"
#include "agent/poller.h"
#include "topology/mirror.h"

namespace tessera::agent {

class Agent : public std::enable_shared_from_this<Agent> {
 public:
  // `name` tells the agents of one shard apart and stays the same over a restart.
  Agent(Config config, std::string name, const Executor& executor,
        std::shared_ptr<topology::Store> store);

  // Begins to follow; never ends.
  void start();
  // Gives up the agent's own key, so that another takes over at once.
  [[nodiscard]] Task<> stop();

  // What the shard looks like; absent until everything has been read once. Kept when etcd is gone.
  [[nodiscard]] const std::optional<topology::Membership>& membership() const { return served_; }
  // Does etcd answer?
  [[nodiscard]] bool connected() const { return patroni_.connected() && lease_renewed_; }
  // Notified when the membership's version has changed.
  [[nodiscard]] topology::Signal& changed() { return changed_; }

 private:
  struct Published {
    std::optional<topology::Membership> membership;  // absent: none, or none that can be read
    topology::Revision modified = 0;                 // 0: no such key
  };

  [[nodiscard]] Task<> settle_for_ever();
  [[nodiscard]] Task<> publish_for_ever();
  [[nodiscard]] Task<> stay_alive();
  [[nodiscard]] Task<Status> publish();
  [[nodiscard]] Task<Status> renew_lease();
  void patroni_changed();
  void note_connection();
  void note_order(const Decision& decision, const topology::Membership& derived);
  void settle();
  void serve(topology::Membership membership);
  void remember_members(EtcdView& fresh);
  [[nodiscard]] bool must_publish() const;
  [[nodiscard]] bool older_agent_lives() const;
  // This agent's key under /tessera/<cluster>/.
  [[nodiscard]] std::string own_key() const;
  [[nodiscard]] Published published() const;

  const Config config_;
  const std::string name_;
  const Executor executor_;
  const std::shared_ptr<topology::Store> store_;
  topology::Mirror patroni_;  // /service/<scope>/
  topology::Mirror own_;      // /tessera/<cluster>/
  std::shared_ptr<Poller> poller_;
  topology::Signal wake_;     // something to settle
  topology::Signal publish_;  // perhaps something to publish
  topology::Signal changed_;
  EtcdView etcd_;
  std::optional<topology::Membership> served_;
  Published last_put_;  // by this agent; the mirror may not have seen it yet
  Order order_ = Order::kFollows;
  topology::LeaseId lease_ = 0;
  bool lease_renewed_ = true;  // at the last try
  bool was_connected_ = true;
  std::map<std::string, Deadline>
      gone_;                         // members whose key has vanished, and when they are forgotten
  std::optional<Deadline> news_at_;  // when what led to the next change was first seen
  std::optional<Deadline> without_primary_;  // since when
};

}  // namespace tessera::agent
