#pragma once
// What certificates say: who their owner is, which hosts they are for, how a channel is bound to
// them.

#include <optional>
#include <string>

struct x509_st;

namespace tessera {

struct CertificateOwner {
  std::string common_name;         // empty: it has none, or one with a zero byte in it
  std::string distinguished_name;  // RFC 2253, as PostgreSQL's clientname=DN compares it
};
[[nodiscard]] CertificateOwner owner_of(x509_st* certificate);

// Why a certificate is not for `host`, in libpq's words; nothing if it is.
[[nodiscard]] std::optional<std::string> host_mismatch(x509_st* certificate,
                                                       const std::string& host);

// RFC 5929's tls-server-end-point: the certificate's hash. Empty: it is signed in a way that the
// RFC knows no hash for (Ed25519).
[[nodiscard]] std::string end_point_hash(x509_st* certificate);

}  // namespace tessera
