#include "agent/patroni.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace tessera::agent {
namespace {

namespace json = boost::json;

constexpr std::string_view kMembers = "members/";

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  return error ? json::value() : value;
}

std::string text_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

template <class T>
std::optional<T> number_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const T number = value->to_number<T>(error);
  return error ? std::nullopt : std::optional(number);
}

std::optional<EtcdMember> member_from_json(std::string_view text) {
  const json::value value = parsed(text);
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  return EtcdMember{.conn_url = text_in(*object, "conn_url"),
                    .api_url = text_in(*object, "api_url"),
                    .state = text_in(*object, "state"),
                    .role = text_in(*object, "role"),
                    .timeline = number_in<std::uint32_t>(*object, "timeline").value_or(0)};
}

// A planned switchover carries `scheduled_at`, and nothing happens before that.
bool asks_for_failover_now(std::string_view text) {
  const json::value value = parsed(text);
  const json::object* object = value.if_object();
  if (object == nullptr) return false;
  return text_in(*object, "scheduled_at").empty() &&
         (!text_in(*object, "leader").empty() || !text_in(*object, "candidate").empty() ||
          !text_in(*object, "member").empty());
}

// [[1, lsn, reason, ...], ...]: each entry is a timeline that has ended.
std::uint32_t timeline_after(std::string_view history) {
  const json::value value = parsed(history);
  const json::array* entries = value.if_array();
  std::uint32_t out = 0;
  if (entries == nullptr) return out;
  for (const json::value& entry : *entries) {
    const json::array* fields = entry.if_array();
    if (fields == nullptr || fields->empty() || !fields->front().is_int64()) continue;
    out = std::max(out, static_cast<std::uint32_t>(fields->front().get_int64()) + 1);
  }
  return out;
}

RestMember::Role role_of(std::string_view role) {
  if (role == "master" || role == "primary") return RestMember::Role::kPrimary;
  if (role == "replica") return RestMember::Role::kReplica;
  // standby_leader: it leads its cluster and takes no writes, so it is neither.
  return RestMember::Role::kOther;
}

}  // namespace

EtcdView etcd_view(const std::map<std::string, topology::Entry>& entries) {
  EtcdView out;
  for (const auto& [key, entry] : entries) {
    if (key == "initialize") {
      out.system_identifier = entry.value;
    } else if (key == "leader") {
      out.leader = entry.value;
      out.leader_modified = entry.modified;
    } else if (key == "failover") {
      out.failover_asked = asks_for_failover_now(entry.value);
    } else if (key == "history") {
      out.history_timeline = timeline_after(entry.value);
    } else if (key.starts_with(kMembers)) {
      auto member = member_from_json(entry.value);
      if (member) out.members.emplace(key.substr(kMembers.size()), std::move(*member));
    }
  }
  return out;
}

Result<RestMember> rest_member_from_json(std::string_view text) {
  const json::value value = parsed(text);
  const json::object* object = value.if_object();
  if (object == nullptr || text_in(*object, "state").empty()) {
    return Error{.sqlstate = "22P02", .message = "this is not what Patroni's GET /patroni answers"};
  }
  RestMember out;
  out.role = role_of(text_in(*object, "role"));
  out.state = text_in(*object, "state");
  out.timeline = number_in<std::uint32_t>(*object, "timeline").value_or(0);
  out.system_identifier = text_in(*object, "database_system_identifier");
  const json::value* xlog = object->if_contains("xlog");
  if (xlog != nullptr && xlog->is_object()) {
    const bool primary = out.role == RestMember::Role::kPrimary;
    out.location =
        number_in<topology::Lsn>(xlog->get_object(), primary ? "location" : "replayed_location");
  }
  return out;
}

}  // namespace tessera::agent
