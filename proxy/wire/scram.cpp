#include "proxy/wire/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stringprep.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "proxy/wire/base64.h"
#include "proxy/wire/frame.h"
#include "proxy/wire/password.h"

namespace tessera::wire {

namespace {

constexpr std::size_t kKeySize = SHA256_DIGEST_LENGTH;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kRawNonceSize = 18;
constexpr int kIterations = 4096;
// One for each server that a password is for; a server that has another salt each time gets no
// more.
constexpr std::size_t kKeysMax = 16;
constexpr std::string_view kVerifierHead = "SCRAM-SHA-256$";
constexpr std::string_view kPlain = "SCRAM-SHA-256";
constexpr std::string_view kPlus = "SCRAM-SHA-256-PLUS";
constexpr std::string_view kBindingType = "tls-server-end-point";

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* unsigned_bytes(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string digest(kKeySize, '\0');
  unsigned int size = kKeySize;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(text), text.size(),
       unsigned_bytes(digest), &size);
  return digest;
}

std::string sha256(std::string_view text) {
  std::string digest(kKeySize, '\0');
  SHA256(unsigned_bytes(text), text.size(), unsigned_bytes(digest));
  return digest;
}

std::string exclusive_or(std::string_view left, std::string_view right) {
  std::string result(left);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<char>(result[i] ^ right[i]);
  }
  return result;
}

std::string salted_password(std::string_view password, std::string_view salt, int iterations) {
  const std::string prepared = saslprep(password);
  std::string key(kKeySize, '\0');
  PKCS5_PBKDF2_HMAC(prepared.data(), static_cast<int>(prepared.size()), unsigned_bytes(salt),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(), kKeySize,
                    unsigned_bytes(key));
  return key;
}

std::string fresh_nonce() { return base64(random_bytes(kRawNonceSize)); }

// What both sides sign.
std::string auth_message(std::string_view client_first_bare, std::string_view server_first,
                         std::string_view client_final_without_proof) {
  std::string message(client_first_bare);
  message.append(",").append(server_first).append(",").append(client_final_without_proof);
  return message;
}

std::optional<int> positive_number(std::string_view text) {
  int number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 1) return {};
  return number;
}

Error malformed(std::string detail) {
  Error error = protocol_violation("malformed SCRAM message");
  error.detail = std::move(detail);
  error.fatal = true;
  return error;
}

// An Error, too, can be made of a string alone, so a Result must be told.
Result<std::string> text_result(std::string text) { return Result<std::string>(std::move(text)); }

Error unsupported(std::string message) {
  return {.sqlstate = "0A000", .message = std::move(message), .fatal = true};
}

Error unauthentic(std::string message) {
  return {.sqlstate = "28000", .message = std::move(message), .fatal = true};
}

std::string shown(std::string_view rest) {
  if (rest.empty()) return "0x00";
  if (rest[0] >= '!' && rest[0] <= '~') return std::string(rest.substr(0, 1));
  char text[5];
  std::snprintf(text, sizeof text, "0x%02x", static_cast<unsigned>(rest[0]) & 0xff);
  return text;
}

// Takes "x=value" and the comma behind it off `rest`.
std::string_view take_value(std::string_view& rest) {
  rest.remove_prefix(2);
  const std::string_view value = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(rest.size(), value.size() + 1));
  return value;
}

Result<std::string_view> take_attribute(std::string_view& rest, char name) {
  if (rest.empty() || rest[0] != name) {
    return malformed(std::string("Expected attribute \"") + name + "\" but found \"" + shown(rest) +
                     "\".");
  }
  if (!rest.substr(1).starts_with('=')) {
    return malformed(std::string("Expected character \"=\" for attribute \"") + name + "\".");
  }
  return take_value(rest);
}

struct Attribute {
  char name = 0;
  std::string_view value;
};

Result<Attribute> take_any_attribute(std::string_view& rest) {
  if (rest.empty()) return malformed("Attribute expected, but found end of string.");
  const char name = rest[0];
  if (!((name >= 'A' && name <= 'Z') || (name >= 'a' && name <= 'z'))) {
    return malformed("Attribute expected, but found invalid character \"" + shown(rest) + "\".");
  }
  const Result<std::string_view> value = take_attribute(rest, name);
  if (!value) return value.error();
  return Attribute{name, *value};
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

// What follows the channel-binding flag: for whom the client acts. Nobody but itself.
Status take_authorization(std::string_view& rest) {
  if (!rest.starts_with(',')) {
    return malformed("Comma expected, but found character \"" + shown(rest) + "\".");
  }
  rest.remove_prefix(1);
  if (rest.starts_with('a')) {
    return unsupported("client uses authorization identity, but it is not supported");
  }
  if (!rest.starts_with(',')) {
    return malformed("Unexpected attribute \"" + shown(rest) + "\" in client-first-message.");
  }
  rest.remove_prefix(1);
  return {};
}

Status take_binding_type(std::string_view& rest) {
  std::string_view flag = rest;
  const Result<std::string_view> type = take_attribute(flag, 'p');
  if (!type) return type.error();
  if (*type != kBindingType) {
    return protocol_violation("unsupported SCRAM channel-binding type \"" + std::string(*type) +
                              "\"");
  }
  rest.remove_prefix(2 + type->size());
  return {};
}

// Does the client's flag fit the mechanism that it has chosen? `offered`: it could have bound.
Status check_flag(std::string_view rest, bool bound, bool offered) {
  const bool binds = rest.starts_with('p');
  if (!binds && !rest.starts_with('n') && !rest.starts_with('y')) {
    return malformed("Unexpected channel-binding flag \"" + shown(rest) + "\".");
  }
  if (binds && !bound) {
    return malformed(
        "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes "
        "channel binding data.");
  }
  if (!binds && bound) {
    return malformed(
        "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel "
        "binding data.");
  }
  // Somebody between us may have taken it off the list.
  if (rest.starts_with('y') && offered) {
    Error error = unauthentic("SCRAM channel binding negotiation error");
    error.detail =
        "The client supports SCRAM channel binding but thinks the server does not.  However, this "
        "server does support channel binding.";
    return error;
  }
  return {};
}

// The gs2-header: says whether the client binds to the TLS channel, and for whom it acts.
Result<std::string_view> take_gs2_header(std::string_view& rest, bool bound, bool offered) {
  const std::string_view whole = rest;
  if (const Status fits = check_flag(rest, bound, offered); !fits) return fits.error();
  if (!bound) rest.remove_prefix(1);
  if (bound) {
    if (const Status taken = take_binding_type(rest); !taken) return taken.error();
  }
  if (const Status taken = take_authorization(rest); !taken) return taken.error();
  return whole.substr(0, whole.size() - rest.size());
}

Result<std::string_view> client_nonce(std::string_view rest) {
  if (rest.starts_with('m')) {
    return unsupported("client requires an unsupported SCRAM extension");
  }
  const Result<std::string_view> user = take_attribute(rest, 'n');
  if (!user) return user.error();
  const Result<std::string_view> nonce = take_attribute(rest, 'r');
  if (!nonce) return nonce.error();
  if (nonce->empty() || !is_printable(*nonce)) {
    return protocol_violation("non-printable characters in SCRAM nonce");
  }
  while (!rest.empty()) {
    const Result<Attribute> extension = take_any_attribute(rest);
    if (!extension) return extension.error();
  }
  return nonce;
}

struct ClientFinal {
  std::string_view binding;
  std::string_view nonce;
  std::string_view without_proof;
  std::string proof;
};

Result<ClientFinal> decode_client_final(std::string_view text) {
  ClientFinal message;
  std::string_view rest = text;
  const Result<std::string_view> binding = take_attribute(rest, 'c');
  if (!binding) return binding.error();
  const Result<std::string_view> nonce = take_attribute(rest, 'r');
  if (!nonce) return nonce.error();
  message.binding = *binding;
  message.nonce = *nonce;
  Attribute attribute;
  do {
    // Everything up to the comma before the proof is signed.
    const std::size_t read = text.size() - rest.size();
    message.without_proof = text.substr(0, read - 1);
    const Result<Attribute> next = take_any_attribute(rest);
    if (!next) return next.error();
    attribute = *next;
  } while (attribute.name != 'p');
  std::optional<std::string> proof = from_base64(attribute.value);
  if (!proof || proof->size() != kKeySize) {
    return malformed("Malformed proof in client-final-message.");
  }
  if (!rest.empty()) return malformed("Garbage found at the end of client-final-message.");
  message.proof = std::move(*proof);
  return message;
}

std::optional<std::string> key_from_base64(std::string_view text) {
  std::optional<std::string> key = from_base64(text);
  if (key && key->size() != kKeySize) key.reset();
  return key;
}

std::string_view take_until(std::string_view& rest, char separator) {
  const std::string_view taken = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
  return taken;
}

// Is `name` in the list of texts that ends with an empty one?
bool offers(std::string_view list, std::string_view name) {
  while (!list.empty() && list[0] != '\0') {
    if (take_until(list, '\0') == name) return true;
  }
  return false;
}

struct ServerFirst {
  std::string_view nonce;
  std::string salt;
  int iterations = 0;
};

Result<ServerFirst> decode_server_first(std::string_view rest) {
  const Result<std::string_view> nonce = take_attribute(rest, 'r');
  if (!nonce) return nonce.error();
  const Result<std::string_view> salt_text = take_attribute(rest, 's');
  if (!salt_text) return salt_text.error();
  const Result<std::string_view> iterations_text = take_attribute(rest, 'i');
  if (!iterations_text) return iterations_text.error();
  std::optional<std::string> salt = from_base64(*salt_text);
  if (!salt || salt->empty()) return malformed("Invalid salt in server-first-message.");
  const std::optional<int> iterations = positive_number(*iterations_text);
  if (!iterations) return malformed("Invalid iteration count in server-first-message.");
  return ServerFirst{*nonce, std::move(*salt), *iterations};
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // Without random numbers there is no safe way on: a nonce that can be guessed is worse than no
  // proxy.
  if (RAND_bytes(unsigned_bytes(bytes), static_cast<int>(count)) != 1) std::abort();
  return bytes;
}

std::string saslprep(std::string_view password) {
  const bool ascii =
      std::all_of(password.begin(), password.end(), [](char c) { return (c & 0x80) == 0; });
  if (ascii) return std::string(password);
  const std::string input(password);
  char* prepared = nullptr;
  const int code =
      stringprep_profile(input.c_str(), &prepared, "SASLprep", STRINGPREP_NO_UNASSIGNED);
  const std::unique_ptr<char, decltype(&std::free)> owner(prepared, &std::free);
  if (code != STRINGPREP_OK || *prepared == '\0') return input;
  return prepared;
}

ScramVerifier make_verifier(std::string_view password, std::string_view salt, int iterations) {
  const std::string salted = salted_password(password, salt, iterations);
  return {.iterations = iterations,
          .salt = std::string(salt),
          .stored_key = sha256(hmac(salted, "Client Key")),
          .server_key = hmac(salted, "Server Key")};
}

ScramVerifier make_verifier(std::string_view password) {
  return make_verifier(password, random_bytes(kSaltSize), kIterations);
}

Result<ScramVerifier> verifier_from_text(std::string_view text) {
  const Error invalid{.sqlstate = "22023", .message = "invalid SCRAM-SHA-256 verifier"};
  if (!text.starts_with(kVerifierHead)) return invalid;
  std::string_view rest = text.substr(kVerifierHead.size());
  const std::optional<int> iterations = positive_number(take_until(rest, ':'));
  std::optional<std::string> salt = from_base64(take_until(rest, '$'));
  std::optional<std::string> stored_key = key_from_base64(take_until(rest, ':'));
  std::optional<std::string> server_key = key_from_base64(rest);
  if (!iterations || !salt || salt->empty() || !stored_key || !server_key) return invalid;
  return ScramVerifier{.iterations = *iterations,
                       .salt = std::move(*salt),
                       .stored_key = std::move(*stored_key),
                       .server_key = std::move(*server_key)};
}

std::string verifier_to_text(const ScramVerifier& verifier) {
  std::string text(kVerifierHead);
  text.append(std::to_string(verifier.iterations)).append(":").append(base64(verifier.salt));
  text.append("$").append(base64(verifier.stored_key));
  text.append(":").append(base64(verifier.server_key));
  return text;
}

ScramVerifier mock_verifier(std::string_view user) {
  // Who asks twice gets the same salt, as for a user who exists; the keys are no password's keys.
  static const std::string secret = random_bytes(kKeySize);
  const std::string name(user);
  return {.iterations = kIterations,
          .salt = hmac(secret, "salt of " + name).substr(0, kSaltSize),
          .stored_key = hmac(secret, "stored key of " + name),
          .server_key = hmac(secret, "server key of " + name)};
}

ScramClient::ScramClient(std::string password, std::vector<ScramKeys> keys)
    : ScramClient(std::move(password), {}, fresh_nonce()) {
  keys_ = std::move(keys);
}

ScramClient::ScramClient(std::string password, std::string_view user, std::string nonce)
    : password_(std::move(password)), nonce_(std::move(nonce)) {
  first_bare_.append("n=").append(user).append(",r=").append(nonce_);
}

Result<std::string_view> ScramClient::choose(std::string_view offered, ChannelBinding wanted,
                                             const std::string& hash) {
  const bool able = wanted != ChannelBinding::kDisable && !hash.empty();
  const bool plus = offers(offered, kPlus);
  bound_ = able && plus;
  if (wanted == ChannelBinding::kRequire && !bound_) {
    return unauthentic(
        hash.empty() ? "channel binding required, but SSL not in use"
                     : "channel binding is required, but server did not offer an authentication "
                       "method that supports channel binding");
  }
  if (bound_) {
    binding_.assign("p=").append(kBindingType).append(",,").append(hash);
    return kPlus;
  }
  if (!offers(offered, kPlain)) {
    return unauthentic("none of the server's SASL authentication mechanisms are supported");
  }
  if (able) binding_ = "y,,";
  return kPlain;
}

std::string ScramClient::first() {
  return binding_.substr(0, binding_.find(",,") + 2) + first_bare_;
}

// Finds or makes the keys for what the server has.
Result<ScramKeys> ScramClient::take_keys(std::string salt, int iterations) {
  for (const ScramKeys& keys : keys_) {
    if (keys.salt == salt && keys.iterations == iterations) return keys;
  }
  if (!keys_.empty() && password_.empty()) {
    return unauthentic("the server has another SCRAM verifier");
  }
  if (iterations > kIterationsMax) {
    return unauthentic("the server asks for " + std::to_string(iterations) +
                       " SCRAM iterations; the most that are computed are " +
                       std::to_string(kIterationsMax));
  }
  const std::string salted = salted_password(password_, salt, iterations);
  ScramKeys made{.salt = std::move(salt),
                 .iterations = iterations,
                 .client_key = hmac(salted, "Client Key"),
                 .server_key = hmac(salted, "Server Key")};
  if (keys_.size() >= kKeysMax) keys_.erase(keys_.begin());
  keys_.push_back(made);
  return made;
}

Result<std::string> ScramClient::answer(std::string_view server_first) {
  const Result<ServerFirst> server = decode_server_first(server_first);
  if (!server) return server.error();
  if (!server->nonce.starts_with(nonce_) || server->nonce.size() == nonce_.size()) {
    return unauthentic("invalid SCRAM response (nonce mismatch)");
  }
  std::string message = "c=" + base64(binding_) + ",r=";
  message.append(server->nonce);
  const std::string signed_text = auth_message(first_bare_, server_first, message);
  const Result<ScramKeys> keys = take_keys(server->salt, server->iterations);
  if (!keys) return keys.error();
  const std::string signature = hmac(sha256(keys->client_key), signed_text);
  server_signature_ = hmac(keys->server_key, signed_text);
  message.append(",p=").append(base64(exclusive_or(keys->client_key, signature)));
  return text_result(std::move(message));
}

Status ScramClient::check(std::string_view server_final) const {
  std::string_view rest = server_final;
  if (rest.starts_with("e=")) {
    return unauthentic("error received from server in SCRAM exchange: " +
                       std::string(take_value(rest)));
  }
  const Result<std::string_view> signature = take_attribute(rest, 'v');
  if (!signature) return signature.error();
  const std::optional<std::string> bytes = key_from_base64(*signature);
  if (!bytes) return malformed("Invalid server signature.");
  if (server_signature_.empty() || !equal_in_constant_time(*bytes, server_signature_)) {
    return unauthentic("incorrect server signature");
  }
  return {};
}

Error unbound() {
  return unauthentic(
      "channel binding required, but server authenticated client without channel "
      "binding");
}

ScramServer::ScramServer(ScramVerifier verifier)
    : ScramServer(std::move(verifier), fresh_nonce()) {}

ScramServer::ScramServer(ScramVerifier verifier, std::string nonce)
    : verifier_(std::move(verifier)), nonce_(std::move(nonce)) {}

std::vector<std::string_view> ScramServer::mechanisms() const {
  if (hash_.empty()) return {kPlain};
  return {kPlus, kPlain};
}

Status ScramServer::choose(std::string_view mechanism) {
  bound_ = mechanism == kPlus && !hash_.empty();
  if (bound_ || mechanism == kPlain) return {};
  Error error = protocol_violation("client selected an invalid SASL authentication mechanism");
  error.fatal = true;
  return error;
}

Result<std::string> ScramServer::first(std::string_view client_first) {
  if (client_first.empty()) return malformed("The message is empty.");
  if (client_first.find('\0') != std::string_view::npos) {
    return malformed("Message length does not match input length.");
  }
  std::string_view rest = client_first;
  const Result<std::string_view> header = take_gs2_header(rest, bound_, !hash_.empty());
  if (!header) return header.error();
  const Result<std::string_view> nonce = client_nonce(rest);
  if (!nonce) return nonce.error();
  gs2_header_ = *header;
  client_first_bare_ = rest;
  nonce_.insert(0, *nonce);
  server_first_ =
      "r=" + nonce_ + ",s=" + base64(verifier_.salt) + ",i=" + std::to_string(verifier_.iterations);
  return text_result(server_first_);
}

Result<std::string> ScramServer::final(std::string_view client_final) {
  if (client_final.empty()) return malformed("The message is empty.");
  const Result<ClientFinal> client = decode_client_final(client_final);
  if (!client) return client.error();
  if (bound_ && client->binding != base64(gs2_header_ + hash_)) {
    return unauthentic("SCRAM channel binding check failed");
  }
  if (!bound_ && client->binding != base64(gs2_header_)) {
    Error error =
        protocol_violation("unexpected SCRAM channel-binding attribute in client-final-message");
    error.fatal = true;
    return error;
  }
  if (client->nonce != nonce_) {
    Error error = protocol_violation("invalid SCRAM response");
    error.detail = "Nonce does not match.";
    error.fatal = true;
    return error;
  }
  const std::string signed_text =
      auth_message(client_first_bare_, server_first_, client->without_proof);
  const std::string signature = hmac(verifier_.stored_key, signed_text);
  std::string client_key = exclusive_or(client->proof, signature);
  if (!equal_in_constant_time(sha256(client_key), verifier_.stored_key)) {
    return Error{.sqlstate = "28P01", .message = "password authentication failed", .fatal = true};
  }
  client_key_ = std::move(client_key);
  return text_result("v=" + base64(hmac(verifier_.server_key, signed_text)));
}

ScramKeys ScramServer::keys() const {
  return {.salt = verifier_.salt,
          .iterations = verifier_.iterations,
          .client_key = client_key_,
          .server_key = verifier_.server_key};
}

}  // namespace tessera::wire
