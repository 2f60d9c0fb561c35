// `tls` of tessera.yaml: what clients are offered.

#include <fmt/format.h>

#include <map>

#include "rules/load_parts.h"

namespace tessera::rules {

// The files are read here, so that a bad one is a fault of its key; and again by each thread.
TlsServerSettings load_tls(const Entry& entry) {
  Section section = entry.section();
  TlsServerSettings tls;
  std::map<TlsSetting, Entry> places;
  const auto read = [&](std::string_view key, TlsSetting setting, std::string& value,
                        bool is_file) {
    const auto found = section.find(key);
    if (!found) return;
    value = is_file ? found->file() : found->text();
    places.emplace(setting, *found);
  };
  static_cast<void>(section.require("certificate", "a file with the server's certificate"));
  static_cast<void>(section.require("key", "a file with the certificate's key"));
  read("certificate", TlsSetting::kCertificate, tls.certificate, true);
  read("key", TlsSetting::kKey, tls.key, true);
  read("clientCa", TlsSetting::kTrust, tls.client_ca, true);
  read("clientCrl", TlsSetting::kRevoked, tls.client_crl, true);
  read("minVersion", TlsSetting::kMinVersion, tls.min_version, false);
  read("maxVersion", TlsSetting::kMaxVersion, tls.max_version, false);
  read("ciphers", TlsSetting::kCiphers, tls.ciphers, false);
  if (const auto password = section.find("keyPassword")) tls.key_password = password->text();
  section.finish();
  if (!tls.client_crl.empty() && tls.client_ca.empty()) {
    places.at(TlsSetting::kRevoked).fail("is of no use without clientCa");
  }
  const auto made = TlsContext::for_server(tls);
  if (made) return tls;
  const auto place = places.find(made.error().setting);
  (place == places.end() ? entry : place->second).fail(made.error().why);
}

}  // namespace tessera::rules
