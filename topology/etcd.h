#pragma once
// etcd v3 as a Store, through its JSON gateway (POST /v3/kv/range, /v3/kv/txn, /v3/watch,
// /v3/lease/...).
//
// Several endpoints are one cluster: a call goes to the one that answered last and, when that
// fails, to the others in turn.

#include <boost/json/object.hpp>

#include "topology/http_client.h"
#include "topology/store.h"

namespace tessera::topology {

struct EtcdOptions {
  std::vector<HttpUrl> endpoints;            // at least one
  std::chrono::milliseconds timeout{2'000};  // of one try on one endpoint
};

class Etcd : public Store {
 public:
  explicit Etcd(EtcdOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Task<Result<Snapshot>> get(std::string prefix) override;
  [[nodiscard]] Task<Result<Revision>> put(Put put) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(std::string prefix, Revision revision) override;
  [[nodiscard]] Task<Result<LeaseId>> grant(std::chrono::seconds ttl) override;
  [[nodiscard]] Task<Status> keep_alive(LeaseId lease) override;
  [[nodiscard]] Task<Status> revoke(LeaseId lease) override;

 private:
  class EtcdWatch;

  // One call of the gateway on whichever endpoint answers.
  [[nodiscard]] Task<Result<boost::json::object>> call(std::string target,
                                                       boost::json::object body);
  [[nodiscard]] HttpRequest request(std::size_t endpoint, const std::string& target,
                                    const std::string& body) const;

  const EtcdOptions options_;
  std::size_t preferred_ = 0;  // the endpoint that answered last
};

}  // namespace tessera::topology
