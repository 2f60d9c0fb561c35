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
  for (const auto& [name, statement] : applied.statements_) {
    if (!statements_.contains(name)) changes.push_back(reset_statement(name));
  }
  for (const auto& [name, statement] : statements_) {
    const std::string* there = applied.find(name);
    if (there != nullptr && *there == statement) continue;
    // 'ISO' leaves the order of day and month as it finds it.
    if (there != nullptr && name == "datestyle") changes.push_back(reset_statement(name));
    changes.push_back(statement);
  }
  return changes;
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
