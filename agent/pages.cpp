#include "agent/pages.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace tessera::agent {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kWatchMax{30};
constexpr std::string_view kMembership = "/membership";
constexpr std::string_view kWatch = "/membership?watch=";

Reply fault(unsigned status, std::string_view text) {
  return {.status = status, .body = json::serialize(json::object{{"error", text}})};
}

Reply page_of(const Agent& agent) {
  if (!agent.membership()) return fault(503, "nothing is known of this shard yet");
  return {.status = 200, .body = to_json(*agent.membership())};
}

Reply health(const Agent& agent) {
  const bool known = agent.membership().has_value();
  json::object out{{"status", known ? "ok" : "starting"}, {"etcd", agent.connected()}};
  if (known) {
    out["shard"] = agent.membership()->shard;
    out["version"] = agent.membership()->version;
    out["primary"] = agent.membership()->primary;
  }
  return {.status = known ? 200U : 503U, .body = json::serialize(out)};
}

bool still(const Agent& agent, std::uint64_t version) {
  return agent.membership() && agent.membership()->version == version;
}

}  // namespace

Task<Reply> answer_page(std::shared_ptr<Agent> agent, std::string target) {
  if (target == kMembership) co_return page_of(*agent);
  if (target == "/healthz") co_return health(*agent);
  if (!target.starts_with(kWatch)) co_return fault(404, "there is no such page");
  std::uint64_t version = 0;
  const char* end = target.data() + target.size();
  const auto [stop, error] = std::from_chars(target.data() + kWatch.size(), end, version);
  if (error != std::errc{} || stop != end) co_return fault(400, "watch: a version was expected");
  const Deadline deadline = Clock::now() + kWatchMax;
  while (still(*agent, version) && Clock::now() < deadline) {
    co_await agent->changed().wait(deadline);
  }
  co_return page_of(*agent);
}

}  // namespace tessera::agent
