#include "topology/membership.h"

#include <boost/json.hpp>
#include <charconv>
#include <limits>
#include <utility>

namespace tessera::topology {
namespace {

namespace json = boost::json;

constexpr std::pair<Role, std::string_view> kRoles[] = {
    {Role::kPrimary, "primary"}, {Role::kReplica, "replica"}, {Role::kUnknown, "unknown"}};
constexpr std::pair<Phase, std::string_view> kPhases[] = {{Phase::kSteady, "steady"},
                                                          {Phase::kSwitching, "switching"},
                                                          {Phase::kNoPrimary, "no_primary"}};

template <class E, std::size_t N>
std::string_view name_of(const std::pair<E, std::string_view> (&names)[N], E value) {
  for (const auto& [each, name] : names) {
    if (each == value) return name;
  }
  return {};
}

Error bad(std::string_view what) {
  return Error{.sqlstate = "22P02", .message = "invalid membership: " + std::string(what)};
}

// Reads the fields of one JSON object. The first fault is kept; what is read after it does not
// count.
class Fields {
 public:
  Fields(const json::object& object, Status& status) : object_(object), status_(status) {}

  std::string text(std::string_view key) {
    const json::value* value = field(key);
    if (value == nullptr) return {};
    if (const json::string* text = value->if_string()) return {text->data(), text->size()};
    fail(key, "must be a string");
    return {};
  }

  template <class T>
  T number(std::string_view key) {
    const json::value* value = field(key);
    return value == nullptr ? T{} : as_number<T>(key, *value);
  }

  // Null and absence mean the same.
  template <class T>
  std::optional<T> number_if_known(std::string_view key) {
    const json::value* value = object_.if_contains(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return as_number<T>(key, *value);
  }

  std::optional<Lsn> lsn_if_known(std::string_view key) {
    const json::value* value = object_.if_contains(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto lsn = lsn_from_text(text(key));
    if (!lsn) fail(key, "must look like 0/3000148");
    return lsn ? std::optional(*lsn) : std::nullopt;
  }

  template <class E, std::size_t N>
  E word(std::string_view key, const std::pair<E, std::string_view> (&names)[N]) {
    const std::string value = text(key);
    for (const auto& [each, name] : names) {
      if (name == value) return each;
    }
    fail(key, "has a value that is not known");
    return {};
  }

  const json::array* array(std::string_view key) {
    const json::value* value = field(key);
    if (value == nullptr || value->is_array())
      return value == nullptr ? nullptr : &value->get_array();
    fail(key, "must be an array");
    return nullptr;
  }

  void fail(std::string_view key, std::string_view what) {
    if (status_) status_ = bad("\"" + std::string(key) + "\" " + std::string(what));
  }

 private:
  const json::value* field(std::string_view key) {
    const json::value* value = object_.if_contains(key);
    if (value == nullptr) fail(key, "is missing");
    return value;
  }

  template <class T>
  T as_number(std::string_view key, const json::value& value) {
    boost::system::error_code error;
    const auto number = value.to_number<T>(error);
    if (error) fail(key, "must be a whole number that is not negative");
    return error ? T{} : number;
  }

  const json::object& object_;
  Status& status_;
};

json::object member_object(const Member& member) {
  json::object out;
  out["name"] = member.name;
  out["role"] = name_of(kRoles, member.role);
  out["state"] = member.state;
  out["conn_url"] = member.conn_url;
  out["api_url"] = member.api_url;
  out["timeline"] = member.timeline;
  if (member.lsn) out["lsn"] = lsn_to_text(*member.lsn);
  if (member.lag_bytes) out["lag_bytes"] = *member.lag_bytes;
  return out;
}

Member member_of(const json::object& object, Status& status) {
  Fields fields(object, status);
  Member out;
  out.name = fields.text("name");
  out.role = fields.word("role", kRoles);
  out.state = fields.text("state");
  out.conn_url = fields.text("conn_url");
  out.api_url = fields.text("api_url");
  out.timeline = fields.number<std::uint32_t>("timeline");
  out.lsn = fields.lsn_if_known("lsn");
  out.lag_bytes = fields.number_if_known<std::uint64_t>("lag_bytes");
  return out;
}

void check_members(const Membership& membership, Fields& fields) {
  bool primary_found = membership.primary.empty();
  for (std::size_t at = 0; at < membership.members.size(); ++at) {
    const std::string& name = membership.members[at].name;
    primary_found |= name == membership.primary;
    if (at > 0 && membership.members[at - 1].name >= name)
      fields.fail("members", "must be sorted by name");
  }
  if (!primary_found) fields.fail("primary", "names no member");
}

}  // namespace

std::string to_json(const Membership& membership) {
  json::object out;
  out["shard"] = membership.shard;
  out["version"] = membership.version;
  out["timeline"] = membership.timeline;
  out["system_identifier"] = membership.system_identifier;
  out["primary"] = membership.primary;
  out["phase"] = name_of(kPhases, membership.phase);
  json::array members;
  for (const Member& member : membership.members) members.push_back(member_object(member));
  out["members"] = std::move(members);
  return json::serialize(out);
}

Result<Membership> membership_from_json(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error) return bad(error.message());
  if (!parsed.is_object()) return bad("it is no JSON object");

  Status status;
  Fields fields(parsed.get_object(), status);
  Membership out;
  out.shard = fields.text("shard");
  out.version = fields.number<std::uint64_t>("version");
  out.timeline = fields.number<std::uint32_t>("timeline");
  out.system_identifier = fields.text("system_identifier");
  out.primary = fields.text("primary");
  out.phase = fields.word("phase", kPhases);
  if (const json::array* members = fields.array("members")) {
    for (const json::value& member : *members) {
      if (!member.is_object()) return bad("\"members\" must hold objects");
      out.members.push_back(member_of(member.get_object(), status));
    }
  }
  check_members(out, fields);
  if (!status) return status.error();
  return out;
}

Result<Lsn> lsn_from_text(std::string_view text) {
  const auto slash = text.find('/');
  std::uint32_t halves[2] = {};
  if (slash != std::string_view::npos) {
    const std::string_view parts[2] = {text.substr(0, slash), text.substr(slash + 1)};
    bool good = true;
    for (int half = 0; half < 2; ++half) {
      const char* end = parts[half].data() + parts[half].size();
      const auto [stop, error] = std::from_chars(parts[half].data(), end, halves[half], 16);
      good &= error == std::errc{} && stop == end;
    }
    if (good) return (Lsn{halves[0]} << 32) | halves[1];
  }
  return Error{.sqlstate = "22P02",
               .message = "invalid input syntax for type pg_lsn: \"" + std::string(text) + "\""};
}

std::string lsn_to_text(Lsn lsn) {
  char text[18] = {};
  char* at = std::to_chars(text, text + 8, lsn >> 32, 16).ptr;
  *at++ = '/';
  at = std::to_chars(at, text + sizeof text, lsn & std::numeric_limits<std::uint32_t>::max(), 16)
           .ptr;
  std::string out(text, at);
  for (char& letter : out) {
    if (letter >= 'a' && letter <= 'f') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return out;
}

}  // namespace tessera::topology
