#include "rules/tls_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/targets.h"

namespace tessera::rules {
namespace {

constexpr std::array<std::pair<std::string_view, SslMode>, 6> kModes{{
    {"disable", SslMode::kDisable},
    {"allow", SslMode::kAllow},
    {"prefer", SslMode::kPrefer},
    {"require", SslMode::kRequire},
    {"verify-ca", SslMode::kVerifyCa},
    {"verify-full", SslMode::kVerifyFull},
}};
constexpr std::array<std::pair<std::string_view, ChannelBinding>, 3> kBindings{{
    {"disable", ChannelBinding::kDisable},
    {"prefer", ChannelBinding::kPrefer},
    {"require", ChannelBinding::kRequire},
}};

template <class Values>
auto find_value(const Values& values, std::string_view name) {
  return std::find_if(values.begin(), values.end(),
                      [name](const auto& value) { return value.first == name; });
}

std::string_view parameter_of(TlsSetting setting) {
  switch (setting) {
    case TlsSetting::kCertificate:
      return "sslcert";
    case TlsSetting::kKey:
      return "sslkey";
    case TlsSetting::kRevoked:
      return "sslcrl";
    case TlsSetting::kMinVersion:
      return "ssl_min_protocol_version";
    case TlsSetting::kMaxVersion:
      return "ssl_max_protocol_version";
    default:
      return "sslrootcert";
  }
}

}  // namespace

void TlsParameters::fail(std::string_view parameter, std::string_view why) const {
  url_.fail(fmt::format("parameter \"{}\" {}", parameter, why));
}

std::string* TlsParameters::file_setting(const std::string& folded) {
  if (folded == "sslrootcert") return &tls_.root_certificate;
  if (folded == "sslcert") return &tls_.certificate;
  if (folded == "sslkey") return &tls_.key;
  if (folded == "sslcrl") return &tls_.crl;
  return nullptr;
}

// The JDBC driver takes `ssl` without a value for true.
void TlsParameters::take_ssl(const std::string& value) {
  const std::string folded = fold(value);
  if (!folded.empty() && folded != "true" && folded != "false") fail("ssl", "is true or false");
  ssl_ = folded != "false";
}

bool TlsParameters::take(const std::string& folded, const std::string& value) {
  if (std::string* file = file_setting(folded)) {
    if (folded == "sslrootcert" && value == "system")
      fail(folded, "is a file here, such as /etc/ssl/certs/ca-certificates.crt");
    *file = value.empty() ? value : url_.beside(value);
  } else if (folded == "sslmode") {
    const auto* found = find_value(kModes, fold(value));
    if (found == kModes.end())
      fail(folded, fmt::format("is disable, allow, prefer, require, verify-ca or verify-full, not "
                               "\"{}\"",
                               value));
    mode_ = found->second;
  } else if (folded == "channelbinding" || folded == "channel_binding") {
    const auto* found = find_value(kBindings, fold(value));
    if (found == kBindings.end()) fail(folded, "is disable, prefer or require");
    tls_.channel_binding = found->second;
  } else if (folded == "ssl") {
    take_ssl(value);
  } else if (folded == "sslpassword") {
    tls_.key_password = value;
  } else if (folded == "sslsni") {
    tls_.server_name_indication = value != "0";
  } else if (folded == "ssl_min_protocol_version") {
    tls_.min_version = value;
  } else if (folded == "ssl_max_protocol_version") {
    tls_.max_version = value;
  } else if (folded == "sslnegotiation") {
    if (fold(value) != "postgres") fail(folded, "is postgres: servers are asked first");
  } else if (folded == "sslfactory" && value.ends_with("NonValidatingFactory")) {
    unverified_ = true;
  } else {
    return false;
  }
  return true;
}

void TlsParameters::check_files() const {
  if (tls_.mode >= SslMode::kVerifyCa && tls_.root_certificate.empty()) {
    fail("sslrootcert", fmt::format("is missing: sslmode={} verifies the server by it",
                                    tls_.mode == SslMode::kVerifyCa ? "verify-ca" : "verify-full"));
  }
  if (!tls_.certificate.empty() && tls_.key.empty()) fail("sslkey", "is missing beside sslcert");
  if (!tls_.key.empty() && tls_.certificate.empty()) fail("sslcert", "is missing beside sslkey");
  const auto made = TlsContext::for_client(tls_);
  if (!made) fail(parameter_of(made.error().setting), made.error().why);
}

// ssl=true is the JDBC driver's verify-full, and libpq's require.
TlsClientSettings TlsParameters::finish(bool jdbc) {
  const SslMode by_ssl = jdbc && !unverified_ ? SslMode::kVerifyFull : SslMode::kRequire;
  tls_.mode = mode_.value_or(ssl_ ? by_ssl : SslMode::kDisable);
  if (tls_.mode != SslMode::kDisable) {
    check_files();
    return tls_;
  }
  if (tls_.channel_binding == ChannelBinding::kRequire)
    fail("channelBinding", "with value \"require\" needs TLS: sslmode=require or more");
  if (!tls_.root_certificate.empty() || !tls_.certificate.empty())
    url_.notice("certificates have no effect without sslmode: connections are not encrypted");
  return tls_;
}

}  // namespace tessera::rules
