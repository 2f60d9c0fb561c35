// authority: who may log in, and to which databases.

#include <fmt/format.h>

#include <algorithm>

#include "rules/load_parts.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

User parse_name(std::string_view text, const Entry& entry) {
  User user;
  const std::size_t at = text.rfind('@');
  user.name = text.substr(0, at);
  if (at != text.npos) user.host = text.substr(at + 1);
  if (user.host.empty()) user.host = "%";
  if (user.name.empty()) entry.fail("name@host was expected");
  return user;
}

// Up to 5.2 a user is one text: name@host:password.
User read_old_user(const Entry& entry) {
  const std::string text = entry.text();
  const std::size_t at = text.find('@');
  const std::size_t colon = text.find(':', at == text.npos ? 0 : at);
  if (colon == text.npos) entry.fail("a map with user and password, or name@host:password");
  User user = parse_name(std::string_view(text).substr(0, colon), entry);
  user.password = text.substr(colon + 1);
  return user;
}

User read_user(const Entry& entry, const std::vector<std::string>& authenticators) {
  if (entry.is_scalar()) return read_old_user(entry);
  Section section = entry.section();
  const Entry name = section.require("user", "name or name@host");
  User user = parse_name(name.text(), name);
  if (const auto password = section.find("password")) user.password = password->text_or_empty();
  if (user.password.empty()) entry.fail("key \"password\" is missing");
  if (const auto admin = section.find("admin")) user.admin = admin->boolean();
  if (const auto method = section.find("authenticationMethodName")) {
    const std::string wanted = method->text();
    if (std::find(authenticators.begin(), authenticators.end(), wanted) == authenticators.end()) {
      method->fail(fmt::format("authenticator \"{}\" does not exist", wanted));
    }
    method->notice("clients log in by SCRAM-SHA-256");
  }
  section.finish();
  return user;
}

std::vector<std::string> read_authenticators(Section& authority) {
  std::vector<std::string> names;
  if (const auto entry = authority.find("authenticators")) {
    Section all = entry->section();
    for (const Entry& authenticator : all.all()) {
      Section section = authenticator.section();
      const Entry type = section.require("type", "SCRAM_SHA256, MD5 or PASSWORD");
      section.ignore("props", "has no effect here");
      section.finish();
      const std::string folded = fold(type.text());
      if (folded != "scram_sha256" && folded != "md5" && folded != "password") {
        type.fail("SCRAM_SHA256, MD5 or PASSWORD was expected");
      }
      names.push_back(authenticator.name());
    }
  }
  const auto fallback = authority.find("defaultAuthenticator");
  if (fallback && std::find(names.begin(), names.end(), fallback->text()) == names.end()) {
    fallback->fail(fmt::format("authenticator \"{}\" does not exist", fallback->text()));
  }
  return names;
}

// "name@host=database": adds to that user's databases. "*" opens all of them.
void apply_mapping(const Entry& mapping, std::vector<User>& users, std::vector<bool>& all) {
  const std::string text = mapping.text();
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals + 1 == text.size()) {
    mapping.fail(fmt::format("\"{}\": user@host=database was expected", text));
  }
  const User wanted = parse_name(std::string_view(text).substr(0, equals), mapping);
  const auto same = [&](const User& user) {
    return user.name == wanted.name && user.host == wanted.host;
  };
  const auto found = std::find_if(users.begin(), users.end(), same);
  if (found == users.end()) {
    mapping.fail(fmt::format("user \"{}@{}\" does not exist", wanted.name, wanted.host));
  }
  const std::string database = text.substr(equals + 1);
  if (database == "*") {
    all[static_cast<std::size_t>(found - users.begin())] = true;
  } else {
    found->databases.push_back(database);
  }
}

void apply_mappings(const Entry& mappings, std::vector<User>& users) {
  std::vector<bool> all(users.size(), false);
  for (const Entry& mapping : mappings.names()) apply_mapping(mapping, users, all);
  for (std::size_t n = 0; n < users.size(); ++n) {
    if (all[n] || users[n].admin) {
      users[n].databases.clear();
    } else if (users[n].databases.empty()) {
      mappings.fail(fmt::format("gives user \"{}@{}\" no database", users[n].name, users[n].host));
    }
  }
}

void apply_privilege(const Entry& entry, std::vector<User>& users) {
  Section section = entry.section();
  const Entry type = section.require("type", "ALL_PERMITTED or DATABASE_PERMITTED");
  const auto props = section.find("props");
  section.finish();
  const std::string folded = fold(type.text());
  if (folded == "all_permitted" || folded == "all_privileges_permitted") {
    if (props) props->notice("has no effect on this privilege type");
    return;
  }
  if (folded != "database_permitted" && folded != "schema_privileges_permitted") {
    type.fail("ALL_PERMITTED or DATABASE_PERMITTED was expected");
  }
  if (!props) type.fail("key \"props\" is missing beside it, with user-database-mappings");
  Section properties = props->section();
  const auto old_mappings = properties.find("user-schema-mappings");
  const auto mappings = properties.find("user-database-mappings");
  properties.finish();
  if (!mappings && !old_mappings) props->fail("key \"user-database-mappings\" is missing");
  apply_mappings(mappings ? *mappings : *old_mappings, users);
}

}  // namespace

std::vector<User> load_users(Section& authority) {
  const auto authenticators = read_authenticators(authority);
  std::vector<User> users;
  if (const auto list = authority.find("users")) {
    for (const Entry& entry : list->list()) {
      User user = read_user(entry, authenticators);
      const bool known = std::any_of(users.begin(), users.end(), [&](const User& other) {
        return other.name == user.name && other.host == user.host;
      });
      if (known) entry.fail(fmt::format("user \"{}@{}\" stands twice", user.name, user.host));
      users.push_back(std::move(user));
    }
  }
  const auto old_privilege = authority.find("provider");
  const auto privilege = authority.find("privilege");
  if (privilege && old_privilege) {
    old_privilege->fail("is the old spelling of privilege, which is there too");
  }
  if (privilege) apply_privilege(*privilege, users);
  if (old_privilege) apply_privilege(*old_privilege, users);
  return users;
}

}  // namespace tessera::rules
