#pragma once
// The settings that a client's session has changed (SET, startup parameters), and what it takes to
// give them to a server connection that another session used before.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::backend {

class SessionSettings {
 public:
  // `statement` is the SQL that sets `name`: the client's own SET statement.
  void set(std::string_view name, std::string statement);
  void erase(std::string_view name);
  void clear();
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] bool empty() const { return statements_.empty(); }

  // Equal for equal settings: what a connection has applied is compared by it, without looking at
  // the texts.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  // The statements that turn a connection with `applied` into one with these settings.
  [[nodiscard]] std::vector<std::string> changes_from(const SessionSettings& applied) const;
  // Of these, the one that changes client_encoding: PostgreSQL reads the whole of a message in the
  // encoding that it finds, so this one has to be a message of its own. Empty: that stays.
  [[nodiscard]] std::string encoding_from(const SessionSettings& applied) const;
  // All as one text, each statement with its semicolon; empty when nothing differs.
  [[nodiscard]] std::string difference_from(const SessionSettings& applied) const;

 private:
  void rehash();

  std::map<std::string, std::string, std::less<>> statements_;
  std::uint64_t fingerprint_ = 0;  // 0: none
};

}  // namespace tessera::backend
