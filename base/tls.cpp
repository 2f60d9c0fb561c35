#include "base/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace tessera {
namespace {

constexpr std::array<unsigned char, 11> kAlpn{10, 'p', 'o', 's', 't', 'g', 'r', 'e', 's', 'q', 'l'};

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* owned) const {
    free(owned);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

// Nobody is asked at a terminal.
int give_password(char* buffer, int size, int /*writing*/, void* given) {
  const auto* password = static_cast<const std::string*>(given);
  if (password == nullptr || password->size() > static_cast<std::size_t>(size)) return 0;
  std::memcpy(buffer, password->data(), password->size());
  return static_cast<int>(password->size());
}

// The first error is the cause, those after it tell who stumbled over it.
std::string first_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  if (code == 0) return "no SSL error reported";
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : fmt::format("SSL error code {}", code);
}

// PostgreSQL's checks of a key's file: nobody else may read it, nor may a server's belong to
// others.
std::optional<std::string> exposed(const std::string& path, bool servers) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return fmt::format("could not access private key file \"{}\": {}", path, std::strerror(errno));
  }
  if (!S_ISREG(found.st_mode))
    return fmt::format("private key file \"{}\" is not a regular file", path);
  if (servers && found.st_uid != ::geteuid() && found.st_uid != 0) {
    return fmt::format("private key file \"{}\" must be owned by the proxy's user or root", path);
  }
  const mode_t beyond_group_reading = S_IWGRP | S_IXGRP | S_IRWXO;
  const mode_t forbidden = found.st_uid == 0 ? beyond_group_reading : S_IRWXG | S_IRWXO;
  if ((found.st_mode & forbidden) == 0) return {};
  return fmt::format(
      "private key file \"{}\" has group or world access; it must have permissions u=rw (0600) or "
      "less if owned by the proxy's user, or permissions u=rw,g=r (0640) or less if owned by root",
      path);
}

using Fault = std::optional<TlsFault>;

Fault fault(TlsSetting setting, std::string why) { return TlsFault{setting, std::move(why)}; }

Fault use_certificate(SSL_CTX* context, const std::string& path) {
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return {};
  return fault(TlsSetting::kCertificate,
               fmt::format("could not load certificate file \"{}\": {}", path, first_error()));
}

Fault use_key(SSL_CTX* context, const std::string& path, const std::string& password) {
  const bool servers = SSL_CTX_get_ssl_method(context) == TLS_server_method();
  if (const auto why = exposed(path, servers)) return fault(TlsSetting::kKey, *why);
  SSL_CTX_set_default_passwd_cb_userdata(context, const_cast<std::string*>(&password));
  const bool pem = SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (!pem) {
    const std::string why = first_error();
    // As libpq does, and as JDBC's drivers want it: PKCS 8 in DER.
    if (SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_ASN1) != 1) {
      ERR_clear_error();
      return fault(TlsSetting::kKey,
                   fmt::format("could not load private key file \"{}\": {}", path, why));
    }
  }
  if (SSL_CTX_check_private_key(context) == 1) return {};
  return fault(TlsSetting::kKey,
               fmt::format("check of private key \"{}\" failed: {}", path, first_error()));
}

Fault use_made(SSL_CTX* context, const std::string& text) {
  const Bio source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Certificate certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
  if (certificate && key && SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
      SSL_CTX_use_PrivateKey(context, key.get()) == 1) {
    return {};
  }
  return fault(TlsSetting::kCertificate, first_error());
}

Fault trust(SSL_CTX* context, const std::string& path) {
  if (SSL_CTX_load_verify_locations(context, path.c_str(), nullptr) == 1) return {};
  return fault(TlsSetting::kTrust,
               fmt::format("could not load root certificate file \"{}\": {}", path, first_error()));
}

Fault revoke(SSL_CTX* context, const std::string& path) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  if (X509_STORE_load_locations(store, path.c_str(), nullptr) != 1) {
    return fault(TlsSetting::kRevoked,
                 fmt::format("could not load certificate revocation list file \"{}\": {}", path,
                             first_error()));
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

std::optional<int> version_of(const std::string& name) {
  if (name.empty()) return 0;
  if (name == "TLSv1.2") return TLS1_2_VERSION;
  if (name == "TLSv1.3") return TLS1_3_VERSION;
  return {};
}

Fault limit_versions(SSL_CTX* context, const std::string& min, const std::string& max) {
  const auto lowest = version_of(min);
  const auto highest = version_of(max);
  const std::string expected = "TLSv1.2 or TLSv1.3 was expected";
  if (!lowest) return fault(TlsSetting::kMinVersion, expected);
  if (!highest) return fault(TlsSetting::kMaxVersion, expected);
  if (*highest != 0 && *highest < *lowest)
    return fault(TlsSetting::kMaxVersion, "is lower than the lowest version");
  SSL_CTX_set_min_proto_version(context, *lowest == 0 ? TLS1_2_VERSION : *lowest);
  SSL_CTX_set_max_proto_version(context, *highest);
  return {};
}

Fault use_ciphers(SSL_CTX* context, const std::string& ciphers) {
  if (ciphers.empty() || SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1) return {};
  ERR_clear_error();
  return fault(TlsSetting::kCiphers, "could not set the cipher list (no valid ciphers available)");
}

// A client that names protocols must name ours.
void demand_protocol(SSL_CTX* context) {
  const auto choose = [](SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                         const unsigned char* offered, unsigned int offered_size, void*) {
    unsigned char* match = nullptr;
    const int found = SSL_select_next_proto(&match, chosen_size, kAlpn.data(), kAlpn.size(),
                                            offered, offered_size);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb(context, choose, nullptr);
}

// Sessions are not resumed, as in PostgreSQL: a connection lives long, and tickets would let keys
// outlive it.
SSL_CTX* make_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  SSL_CTX_set_default_passwd_cb(context, give_password);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call for several records instead of two for each.
  SSL_CTX_set_read_ahead(context, 1);
  return context;
}

Fault ask_for_certificates(SSL_CTX* context, const TlsServerSettings& settings) {
  if (auto wrong = trust(context, settings.client_ca)) return wrong;
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.client_ca.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  return settings.client_crl.empty() ? Fault() : revoke(context, settings.client_crl);
}

Fault set_up(SSL_CTX* context, const TlsServerSettings& settings) {
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_dh_auto(context, 1);
  demand_protocol(context);
  if (auto wrong = limit_versions(context, settings.min_version, settings.max_version))
    return wrong;
  if (auto wrong = use_ciphers(context, settings.ciphers)) return wrong;
  if (!settings.made.empty()) {
    if (auto wrong = use_made(context, settings.made)) return wrong;
  } else {
    if (auto wrong = use_certificate(context, settings.certificate)) return wrong;
    if (auto wrong = use_key(context, settings.key, settings.key_password)) return wrong;
  }
  return settings.client_ca.empty() ? Fault() : ask_for_certificates(context, settings);
}

// A root certificate makes every mode check it, as in libpq.
Fault set_up(SSL_CTX* context, const TlsClientSettings& settings) {
  if (auto wrong = limit_versions(context, settings.min_version, settings.max_version))
    return wrong;
  SSL_CTX_set_alpn_protos(context, kAlpn.data(), kAlpn.size());
  if (!settings.certificate.empty()) {
    if (auto wrong = use_certificate(context, settings.certificate)) return wrong;
    if (auto wrong = use_key(context, settings.key, settings.key_password)) return wrong;
  }
  if (settings.root_certificate.empty()) return {};
  if (auto wrong = trust(context, settings.root_certificate)) return wrong;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return settings.crl.empty() ? Fault() : revoke(context, settings.crl);
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::Made TlsContext::for_server(const TlsServerSettings& settings) {
  TlsContext made(make_context(TLS_server_method()));
  if (auto wrong = set_up(made.context_.get(), settings)) return *wrong;
  return made;
}

TlsContext::Made TlsContext::for_client(const TlsClientSettings& settings) {
  TlsContext made(make_context(TLS_client_method()));
  made.checks_host_ = settings.mode == SslMode::kVerifyFull;
  made.names_host_ = settings.server_name_indication;
  if (auto wrong = set_up(made.context_.get(), settings)) return *wrong;
  return made;
}

ssl_st* TlsContext::accepted() const {
  SSL* made = SSL_new(context_.get());
  SSL_set_accept_state(made);
  return made;
}

ssl_st* TlsContext::opened(const std::string& host) const {
  SSL* made = SSL_new(context_.get());
  SSL_set_connect_state(made);
  if (names_host_ && !host.empty() && !is_address(host))
    SSL_set_tlsext_host_name(made, host.c_str());
  return made;
}

std::string make_own_certificate(const std::string& common_name) {
  constexpr long kTenYears = 10L * 365 * 24 * 3600;
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kTenYears);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const Bio text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(text.get(), certificate.get());
  PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string tls_error_text() { return first_error(); }

}  // namespace tessera
