#include "proxy/wire/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tessera::wire {
namespace {

constexpr std::string_view kMd5Head = "md5";
constexpr std::size_t kMd5Size = 16;

bool is_md5(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return text.size() == kMd5Head.size() + 2 * kMd5Size && text.starts_with(kMd5Head) &&
         text.find_first_not_of(kDigits, kMd5Head.size()) == text.npos;
}

std::string md5_text(const std::string& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, kMd5Size> digest{};
  // A library that has no MD5 must not make all hashes equal.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1) {
    std::abort();
  }
  std::string text(kMd5Head);
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

StoredPassword stored_password(std::string_view text) {
  using Kind = StoredPassword::Kind;
  if (text.empty()) return {};
  if (is_md5(text)) return {.kind = Kind::kMd5, .text = std::string(text)};
  auto verifier = verifier_from_text(text);
  if (verifier) return {.kind = Kind::kScram, .verifier = std::move(*verifier)};
  return {.kind = Kind::kPlain, .text = std::string(text), .verifier = make_verifier(text)};
}

bool is_password(const StoredPassword& stored, std::string_view user, std::string_view password) {
  switch (stored.kind) {
    case StoredPassword::Kind::kNone:
      return false;
    case StoredPassword::Kind::kPlain:
      return equal_in_constant_time(stored.text, password);
    case StoredPassword::Kind::kMd5:
      return equal_in_constant_time(stored.text, md5_of_password(password, user));
    case StoredPassword::Kind::kScram:
      break;
  }
  const ScramVerifier& known = stored.verifier;
  const ScramVerifier said = make_verifier(password, known.salt, known.iterations);
  return equal_in_constant_time(known.server_key, said.server_key);
}

std::string md5_of_password(std::string_view password, std::string_view user) {
  return md5_text(std::string(password).append(user));
}

std::string md5_answer(std::string_view stored, std::string_view salt) {
  return md5_text(std::string(stored.substr(kMd5Head.size())).append(salt));
}

}  // namespace tessera::wire
