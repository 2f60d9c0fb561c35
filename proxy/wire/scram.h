#pragma once
// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it (documentation chapter 55.3), both
// sides, with channel binding (tls-server-end-point) or without. Conversations as values: text in,
// text out. Where a hash is asked for it is that of the server's certificate; empty: no TLS, or
// none is known.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/tls.h"

namespace tessera::wire {

// What a server keeps of a password.
struct ScramVerifier {
  int iterations = 4096;
  std::string salt;        // raw bytes
  std::string stored_key;  // raw bytes
  std::string server_key;  // raw bytes
};

// What a client needs in the place of the password, for one salt and count of iterations.
struct ScramKeys {
  std::string salt;  // raw bytes
  int iterations = 0;
  std::string client_key;  // raw bytes
  std::string server_key;  // raw bytes
};
// A server may ask for this many iterations (some 50 ms of a thread), not for more.
inline constexpr int kIterationsMax = 100'000;

// Password normalised by SASLprep where it is valid UTF-8 (else used as it is, as PostgreSQL does),
// fresh random salt.
[[nodiscard]] ScramVerifier make_verifier(std::string_view password);
// The same with a known salt: a verifier that somebody else made can be made again.
[[nodiscard]] ScramVerifier make_verifier(std::string_view password, std::string_view salt,
                                          int iterations);
// "SCRAM-SHA-256$4096:salt$stored:server" as in pg_authid. Errors: 22023.
[[nodiscard]] Result<ScramVerifier> verifier_from_text(std::string_view text);
[[nodiscard]] std::string verifier_to_text(const ScramVerifier& verifier);
// A verifier for a user that does not exist: the conversation runs the same and always fails. The
// same for the same name.
[[nodiscard]] ScramVerifier mock_verifier(std::string_view user);

// The proxy as a client of a server.
class ScramClient {
 public:
  // `keys` spare the computation where the server has the salt and iterations of one. With `keys`
  // and an empty password nothing else is known: another salt is an error then.
  explicit ScramClient(std::string password, std::vector<ScramKeys> keys = {});
  // With a user name (PostgreSQL's clients leave it empty, its servers ignore it) and a nonce of
  // the caller's.
  ScramClient(std::string password, std::string_view user, std::string nonce);
  // Picks one of the mechanisms that the server offers (the body of AuthenticationSASL behind its
  // code). Errors: 28000 none will do, in libpq's words. Without it: SCRAM-SHA-256, unbound.
  [[nodiscard]] Result<std::string_view> choose(std::string_view offered, ChannelBinding wanted,
                                                const std::string& hash);
  [[nodiscard]] std::string first();
  // Errors: 08P01 malformed; 28000 the server's nonce does not begin with ours, it asks for too
  // many iterations, the keys are for another salt.
  [[nodiscard]] Result<std::string> answer(std::string_view server_first);
  // Those given, and those that the answer took to compute: worth keeping for the next connection.
  [[nodiscard]] const std::vector<ScramKeys>& keys() const { return keys_; }
  // Errors: 28000 the server does not know the password either.
  [[nodiscard]] Status check(std::string_view server_final) const;
  // After check() succeeded: the server has proved that the TLS channel ends at it.
  [[nodiscard]] bool bound() const { return bound_; }

 private:
  [[nodiscard]] Result<ScramKeys> take_keys(std::string salt, int iterations);

  std::string password_;
  std::vector<ScramKeys> keys_;
  std::string nonce_;
  std::string first_bare_;
  std::string server_signature_;
  std::string binding_ = "n,,";  // the gs2-header and the hash
  bool bound_ = false;
};

// 28000: the server let us in without what channelBinding=require demands.
[[nodiscard]] Error unbound();

// The proxy as a server of a client.
class ScramServer {
 public:
  explicit ScramServer(ScramVerifier verifier);
  ScramServer(ScramVerifier verifier, std::string nonce);
  // What is offered: -PLUS first, where there is a hash.
  void bind_to(std::string hash) { hash_ = std::move(hash); }
  [[nodiscard]] std::vector<std::string_view> mechanisms() const;
  // Errors: 08P01 that was not offered. Without it: SCRAM-SHA-256.
  [[nodiscard]] Status choose(std::string_view mechanism);
  // Client-first-message in, server-first-message out. Errors: 08P01 as PostgreSQL words it
  // (a binding that does not fit, too); 28000 it was told of no binding that was offered; 0A000 an
  // authorization identity or a mandatory extension.
  [[nodiscard]] Result<std::string> first(std::string_view client_first);
  // Client-final in, server-final out. Errors: 28P01 wrong proof; 28000 another channel; 08P01.
  [[nodiscard]] Result<std::string> final(std::string_view client_final);
  // After final() succeeded: what the client has proved itself by. Who has it can log in as the
  // client wherever the same verifier is stored.
  [[nodiscard]] ScramKeys keys() const;

 private:
  ScramVerifier verifier_;
  std::string client_key_;
  std::string nonce_;  // ours until first(), the client's and ours from then on
  std::string hash_;
  bool bound_ = false;
  std::string gs2_header_;
  std::string client_first_bare_;
  std::string server_first_;
};

// `password` normalised by SASLprep (RFC 4013) where that succeeds, else as it is.
[[nodiscard]] std::string saslprep(std::string_view password);
// Bytes from the operating system's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

}  // namespace tessera::wire
