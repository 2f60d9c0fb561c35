#pragma once
// TLS by OpenSSL: what one side of a connection shows, trusts and accepts. base/stream.h speaks it.
//
// A TlsContext belongs to one thread: each thread makes its own of the same settings. So nothing of
// OpenSSL is shared between threads, and certificates are replaced by giving a thread another
// context; the connections that there are keep theirs.

#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tessera {

// Files are PEM; empty: not given.
struct TlsServerSettings {
  std::string certificate;  // file: the server's own first, then those of its issuers
  std::string key;          // file
  std::string key_password;
  std::string client_ca;   // file: clients may show certificates that these have issued
  std::string client_crl;  // file
  std::string min_version = "TLSv1.2";
  std::string max_version;
  std::string ciphers = "HIGH:MEDIUM:+3DES:!aNULL";  // of TLS 1.2; PostgreSQL's own default
  std::string made;  // certificate and key as text, instead of the files: make_own_certificate()

  [[nodiscard]] bool enabled() const { return !certificate.empty() || !made.empty(); }
};

// libpq's, in the order of what they demand.
enum class SslMode : std::uint8_t { kDisable, kAllow, kPrefer, kRequire, kVerifyCa, kVerifyFull };

// Is SCRAM to be bound to the TLS channel?
enum class ChannelBinding : std::uint8_t { kDisable, kPrefer, kRequire };

struct TlsClientSettings {
  SslMode mode = SslMode::kDisable;
  std::string root_certificate;  // file; given: the server's certificate is verified
  std::string crl;               // file
  std::string certificate;       // file
  std::string key;               // file
  std::string key_password;
  std::string min_version = "TLSv1.2";
  std::string max_version;
  bool server_name_indication = true;
  ChannelBinding channel_binding = ChannelBinding::kPrefer;
  friend bool operator==(const TlsClientSettings&, const TlsClientSettings&) = default;
};

enum class TlsSetting : std::uint8_t {
  kCertificate,
  kKey,
  kTrust,    // client_ca, root_certificate
  kRevoked,  // the CRL
  kMinVersion,
  kMaxVersion,
  kCiphers,
};

// Which setting is wrong, and why, in PostgreSQL's words with the file's name.
struct TlsFault {
  TlsSetting setting;
  std::string why;
};

class TlsContext {
 public:
  using Made = boost::system::result<TlsContext, TlsFault>;
  // Read the files, now.
  [[nodiscard]] static Made for_server(const TlsServerSettings& settings);
  [[nodiscard]] static Made for_client(const TlsClientSettings& settings);

  // Of a connection that this side has accepted.
  [[nodiscard]] ssl_st* accepted() const;
  // Of one that it has opened to `host`.
  [[nodiscard]] ssl_st* opened(const std::string& host) const;
  // verify-full: the server's certificate must be for the host.
  [[nodiscard]] bool checks_host() const { return checks_host_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
  bool checks_host_ = false;
  bool names_host_ = false;
};

// A fresh key and a certificate that it has signed itself, as PEM text: it encrypts, and proves
// nothing. Valid for ten years.
[[nodiscard]] std::string make_own_certificate(const std::string& common_name);

// What OpenSSL said last on this thread; never empty.
[[nodiscard]] std::string tls_error_text();

}  // namespace tessera
