#pragma once
// RoleBackends: the Backends of every role that has sessions of one logical database on one thread.
//
// Where every data source has a user name there is one role, and nothing here costs anything. Where
// one has none its connections are made as the session's own role: they are made when the role's
// first session needs them, and its pools go when no session and no idle connection is left.

#include <map>
#include <memory>
#include <string>

#include "proxy/backend/backends.h"

namespace tessera::backend {

class RoleBackends {
 public:
  // `endpoints` outlives this.
  RoleBackends(Executor executor, std::shared_ptr<const rules::RuleSet> rules,
               Endpoints& endpoints);

  // Is a session's own role used on any data source?
  [[nodiscard]] bool by_role() const { return by_role_; }
  // What a session of `role` uses, as long as it lives. `secret` is what is known of its password.
  [[nodiscard]] std::shared_ptr<Backends> of(const std::string& role, const wire::Secret& secret);

  // Housekeeping until stop().
  Task<> run();
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void for_each_pool(void (Pool::*act)());
  void forget_unused_roles();

  const Executor executor_;
  const bool by_role_;
  std::shared_ptr<Backends> common_;
  std::map<std::string, std::shared_ptr<Backends>> roles_;
  Timer timer_;
  bool stopped_ = false;
};

}  // namespace tessera::backend
