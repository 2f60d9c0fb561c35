#include "base/certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace tessera {
namespace {

std::string text_of(const ASN1_STRING* string) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  return {bytes, static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// A name that goes on behind a zero byte is made to deceive.
std::string first_name_of(X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  std::string text = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  return text.find('\0') == text.npos ? text : std::string();
}

std::string distinguished_name_of(X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  return text.find('\0') == text.npos ? text : std::string();
}

std::string address_text(const ASN1_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return {};
  ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

// Its alternative names, else its common name.
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const auto free_names = [](GENERAL_NAMES* all) { GENERAL_NAMES_free(all); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free_names);
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
  }
  if (!names.empty()) return names;
  const std::string common_name = first_name_of(X509_get_subject_name(certificate));
  if (!common_name.empty()) names.push_back(common_name);
  return names;
}

}  // namespace

CertificateOwner owner_of(x509_st* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return {first_name_of(subject), distinguished_name_of(subject)};
}

std::optional<std::string> host_mismatch(x509_st* certificate, const std::string& host) {
  // An address may stand among the DNS names, too: libpq takes that for good.
  if (X509_check_host(certificate, host.c_str(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                      nullptr) == 1 ||
      X509_check_ip_asc(certificate, host.c_str(), 0) == 1) {
    return {};
  }
  const std::vector<std::string> names = names_of(certificate);
  if (names.empty()) return "could not get server's host name from server certificate";
  std::string others;
  if (names.size() > 1) {
    others =
        fmt::format(" (and {} other {})", names.size() - 1, names.size() == 2 ? "name" : "names");
  }
  return fmt::format("server certificate for \"{}\"{} does not match host name \"{}\"", names[0],
                     others, host);
}

std::string end_point_hash(x509_st* certificate) {
  int signed_by = NID_undef;
  if (X509_get_signature_info(certificate, &signed_by, nullptr, nullptr, nullptr) != 1) return {};
  // The RFC: these two are too weak to bind to.
  if (signed_by == NID_md5 || signed_by == NID_sha1) signed_by = NID_sha256;
  const EVP_MD* digest = EVP_get_digestbynid(signed_by);
  if (digest == nullptr) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  if (X509_digest(certificate, digest, hash.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(hash.data()), size};
}

}  // namespace tessera
