#pragma once
// Passwords: what is stored of one to check clients by, and what the proxy logs in to servers by.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/wire/scram.h"

namespace tessera::wire {

// What is stored of a password, as in pg_authid.rolpassword. A configuration file may also have
// the password itself.
struct StoredPassword {
  enum class Kind : std::uint8_t { kNone, kPlain, kMd5, kScram };
  Kind kind = Kind::kNone;
  std::string text;        // kPlain: the password; kMd5: "md5" and 32 hexadecimal digits
  ScramVerifier verifier;  // of kPlain and kScram
};

// Tells by its form what `text` is, as PostgreSQL does. Empty: kNone, which no password matches.
[[nodiscard]] StoredPassword stored_password(std::string_view text);
// Is `password` the one that is stored for `user`?
[[nodiscard]] bool is_password(const StoredPassword& stored, std::string_view user,
                               std::string_view password);

// "md5…" of a password, as it is stored.
[[nodiscard]] std::string md5_of_password(std::string_view password, std::string_view user);
// What a client that knows `stored` ("md5…") answers to a request with `salt`.
[[nodiscard]] std::string md5_answer(std::string_view stored, std::string_view salt);
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);

// What is known to log in to a server by: whatever of it is there.
struct Secret {
  std::string password;          // empty: not known
  std::string md5;               // as stored; empty: not known
  std::vector<ScramKeys> scram;  // without a password they do only where the verifier is the same
};

}  // namespace tessera::wire
