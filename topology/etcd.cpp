#include "topology/etcd.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "topology/etcd_json.h"
#include "topology/signal.h"

namespace tessera::topology {
namespace {

namespace json = boost::json;

// A watch that is silent this long is asked for anew: a peer that vanished without a word is
// noticed so.
constexpr std::chrono::seconds kSilenceMax{30};
constexpr std::size_t kLineMax = 16U << 20;

Result<json::object> object_from_text(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) {
    return Error{.sqlstate = "58000", .message = "etcd answered what is no JSON object"};
  }
  return std::move(value.get_object());
}

Error refused(const HttpReply& reply) {
  return Error{.sqlstate = "58000",
               .message = "etcd refused the request with status " + std::to_string(reply.status),
               .detail = reply.body.substr(0, 500)};
}

// Is it the endpoint that fails, and not the request? Then another one may do better.
bool endpoint_failed(const HttpReply& reply) { return reply.status >= 500; }

}  // namespace

HttpRequest Etcd::request(std::size_t endpoint, const std::string& target,
                          const std::string& body) const {
  HttpRequest out{.url = options_.endpoints[endpoint], .body = body, .timeout = options_.timeout};
  out.url.target = target;
  return out;
}

Task<Result<json::object>> Etcd::call(std::string target, json::object body) {
  const std::string text = json::serialize(body);
  Error last;
  for (std::size_t tried = 0; tried < options_.endpoints.size(); ++tried) {
    const std::size_t endpoint = preferred_;
    HttpRequest asked = request(endpoint, target, text);
    const auto reply = co_await http_request(std::move(asked));
    if (reply && !endpoint_failed(*reply)) {
      if (reply->status != 200) co_return refused(*reply);
      co_return object_from_text(reply->body);
    }
    last = reply ? refused(*reply) : reply.error();
    // Another call may have moved on while this one waited.
    if (preferred_ == endpoint) preferred_ = (endpoint + 1) % options_.endpoints.size();
  }
  co_return last;
}

Task<Result<Snapshot>> Etcd::get(std::string prefix) {
  json::object body = range_body(prefix);
  const auto reply = co_await call("/v3/kv/range", std::move(body));
  if (!reply) co_return reply.error();
  co_return snapshot_from_json(*reply);
}

Task<Result<Revision>> Etcd::put(Put put) {
  json::object body = txn_body(put);
  const auto reply = co_await call("/v3/kv/txn", std::move(body));
  if (!reply) co_return reply.error();
  const json::value* succeeded = reply->if_contains("succeeded");
  if (succeeded == nullptr || !succeeded->is_bool() || !succeeded->get_bool()) {
    co_return Error{.sqlstate = "40001",
                    .message = "\"" + put.key + "\" was changed by someone else"};
  }
  co_return revision_of(*reply);
}

Task<Result<LeaseId>> Etcd::grant(std::chrono::seconds ttl) {
  json::object body{{"TTL", std::to_string(ttl.count())}};
  const auto reply = co_await call("/v3/lease/grant", std::move(body));
  if (!reply) co_return reply.error();
  co_return number_in(*reply, "ID");
}

Task<Status> Etcd::keep_alive(LeaseId lease) {
  json::object body{{"ID", std::to_string(lease)}};
  const auto reply = co_await call("/v3/lease/keepalive", std::move(body));
  if (!reply) co_return reply.error();
  const json::object* result = object_in(*reply, "result");
  if (result != nullptr && number_in(*result, "TTL") > 0) co_return Status();
  co_return Error{.sqlstate = "42704", .message = "the lease has ended"};
}

Task<Status> Etcd::revoke(LeaseId lease) {
  json::object body{{"ID", std::to_string(lease)}};
  const auto reply = co_await call("/v3/lease/revoke", std::move(body));
  if (!reply) co_return reply.error();
  co_return Status();
}

// One watch: a stream of JSON lines that is opened again after the last revision seen whenever it
// breaks.
class Etcd::EtcdWatch : public Watch {
 public:
  EtcdWatch(Etcd& etcd, std::string prefix, Revision revision)
      : etcd_(etcd), prefix_(std::move(prefix)), next_(revision + 1) {}

  Task<Result<Changes>> next(Deadline deadline) override;

 private:
  [[nodiscard]] Task<Status> open();
  [[nodiscard]] Task<Result<std::string>> line(Deadline deadline);
  [[nodiscard]] Result<Changes> take(std::string_view line);
  void close() {
    stream_.reset();
    pending_.clear();
  }

  Etcd& etcd_;
  const std::string prefix_;
  Revision next_;
  std::unique_ptr<HttpStream> stream_;  // null: not open
  std::string pending_;                 // bytes of lines not yet taken
  bool heard_ = false;                  // a line came since the stream was opened
};

Task<Status> Etcd::EtcdWatch::open() {
  const Executor executor = co_await this_executor;
  const std::string body = json::serialize(watch_body(prefix_, next_));
  Status last;
  for (std::size_t tried = 0; tried < etcd_.options_.endpoints.size(); ++tried) {
    const std::size_t endpoint = (etcd_.preferred_ + tried) % etcd_.options_.endpoints.size();
    stream_ = std::make_unique<HttpStream>(executor);
    HttpRequest asked = etcd_.request(endpoint, "/v3/watch", body);
    last = co_await stream_->open(std::move(asked));
    if (last) co_return last;
  }
  close();
  co_return last;
}

// The next line, without its end. The deadline leaves what has come of it in place.
Task<Result<std::string>> Etcd::EtcdWatch::line(Deadline deadline) {
  while (true) {
    const auto end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string out = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      co_return Result<std::string>(std::move(out));
    }
    if (pending_.size() > kLineMax) {
      co_return Error{.sqlstate = "08006", .message = "etcd sent a line without end"};
    }
    auto bytes = co_await stream_->next(deadline);
    if (!bytes) co_return bytes.error();
    pending_ += *bytes;
  }
}

Result<Changes> Etcd::EtcdWatch::take(std::string_view line) {
  auto parsed = object_from_text(line);
  if (!parsed) return parsed.error();
  const json::object* result = object_in(*parsed, "result");
  if (result == nullptr) {
    return Error{.sqlstate = "08006",
                 .message = "etcd ended the watch",
                 .detail = std::string(line.substr(0, 500))};
  }
  auto changes = changes_from_json(*result);
  if (!changes) return changes.error();
  const json::value* canceled = result->if_contains("canceled");
  if (!changes->lost && canceled != nullptr) {
    return Error{.sqlstate = "08006", .message = "etcd cancelled the watch"};
  }
  if (!changes->changes.empty()) next_ = changes->revision + 1;
  return changes;
}

Task<Result<Changes>> Etcd::EtcdWatch::next(Deadline deadline) {
  while (true) {
    if (stream_ == nullptr) {
      const Status opened = co_await open();
      if (!opened) co_return opened.error();
    }
    const Deadline patience = std::min(deadline, Clock::now() + kSilenceMax);
    auto text = co_await line(patience);
    if (!text) {
      // Neither silence nor a break loses anything: the next stream starts after what was seen.
      const bool silent = text.error().sqlstate == "57014";
      close();
      if (silent && Clock::now() >= deadline) {
        co_return Changes{.revision = next_ - 1, .changes = {}};
      }
      // A stream that ends before its first line would do so again at once.
      if (!silent && !std::exchange(heard_, false)) co_return text.error();
      continue;
    }
    heard_ = true;
    auto changes = take(*text);
    if (!changes || changes->lost) close();
    if (!changes) co_return changes.error();
    if (changes->lost || !changes->changes.empty()) co_return changes;
  }
}

std::unique_ptr<Watch> Etcd::watch(std::string prefix, Revision revision) {
  return std::make_unique<EtcdWatch>(*this, std::move(prefix), revision);
}

}  // namespace tessera::topology
