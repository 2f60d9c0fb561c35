#include "proxy/backend/session_settings.h"

#include <functional>

namespace tessera::backend {
namespace {

// SET SESSION CHARACTERISTICS changes three settings by one statement.
constexpr std::string_view kCharacteristics = "session characteristics";

std::string reset_statement(const std::string& name) {
  if (name == kCharacteristics) {
    return "RESET default_transaction_isolation;RESET default_transaction_read_only;"
           "RESET default_transaction_deferrable";
  }
  if (name == "session_authorization") return "RESET SESSION AUTHORIZATION";
  return "RESET " + name;
}

// Who another role is may not change all that a session can: its role is taken away first and given
// last. SET SESSION AUTHORIZATION takes the role away, too.
bool is_authority(std::string_view name) {
  return name == "role" || name == "session_authorization";
}

}  // namespace

void SessionSettings::set(std::string_view name, std::string statement) {
  statements_.insert_or_assign(std::string(name), std::move(statement));
  rehash();
}

void SessionSettings::erase(std::string_view name) {
  const auto found = statements_.find(name);
  if (found == statements_.end()) return;
  statements_.erase(found);
  rehash();
}

void SessionSettings::clear() {
  statements_.clear();
  fingerprint_ = 0;
}

const std::string* SessionSettings::find(std::string_view name) const {
  const auto found = statements_.find(name);
  return found == statements_.end() ? nullptr : &found->second;
}

std::vector<std::string> SessionSettings::changes_from(const SessionSettings& applied) const {
  std::vector<std::string> changes;
  const auto reset = [&](bool authority) {
    for (const auto& [name, statement] : applied.statements_) {
      if (is_authority(name) != authority || statements_.contains(name)) continue;
      changes.push_back(reset_statement(name));
    }
  };
  const auto set = [&](const std::string& name, const std::string& statement) {
    const std::string* there = applied.find(name);
    if (there != nullptr && *there == statement) return;
    // 'ISO' leaves the order of day and month as it finds it.
    if (there != nullptr && name == "datestyle") changes.push_back(reset_statement(name));
    changes.push_back(statement);
  };
  reset(true);
  reset(false);
  for (const auto& [name, statement] : statements_) {
    if (!is_authority(name)) set(name, statement);
  }
  for (const char* name : {"session_authorization", "role"}) {
    if (const std::string* statement = find(name)) set(name, *statement);
  }
  return changes;
}

std::string SessionSettings::encoding_from(const SessionSettings& applied) const {
  constexpr std::string_view kName = "client_encoding";
  const std::string* wanted = find(kName);
  const std::string* there = applied.find(kName);
  if (wanted == nullptr) return there == nullptr ? "" : reset_statement(std::string(kName));
  return there != nullptr && *there == *wanted ? "" : *wanted;
}

std::string SessionSettings::difference_from(const SessionSettings& applied) const {
  std::string sql;
  for (const std::string& change : changes_from(applied)) sql += change + ";";
  return sql;
}

void SessionSettings::rehash() {
  fingerprint_ = statements_.empty() ? 0 : 0x9e3779b97f4a7c15ULL;
  for (const auto& [name, statement] : statements_) {
    fingerprint_ = fingerprint_ * 1099511628211ULL + std::hash<std::string>{}(name);
    fingerprint_ = fingerprint_ * 1099511628211ULL + std::hash<std::string>{}(statement);
  }
}

}  // namespace tessera::backend
