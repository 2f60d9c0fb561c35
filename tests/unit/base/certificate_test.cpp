#include "base/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/tls.h"

namespace tessera {
namespace {

using testing::HasSubstr;

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, Free>;

// For `common_name`, and `alternatives` such as "DNS:a,IP:10.0.0.1".
Certificate certificate_for(const std::string& common_name, const std::string& alternatives = "") {
  const std::string text = make_own_certificate(common_name);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> source(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all);
  Certificate made(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
  if (alternatives.empty()) return made;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str());
  X509_add_ext(made.get(), extension, -1);
  X509_EXTENSION_free(extension);
  return made;
}

std::string mismatch(const Certificate& certificate, const std::string& host) {
  return host_mismatch(certificate.get(), host).value_or("none");
}

TEST(Certificate, IsForItsCommonName) {
  const Certificate certificate = certificate_for("db.example");
  EXPECT_EQ(mismatch(certificate, "db.example"), "none");
  EXPECT_EQ(mismatch(certificate, "DB.Example"), "none");
  EXPECT_EQ(mismatch(certificate, "other.example"),
            "server certificate for \"db.example\" does not match host name \"other.example\"");
}

// RFC 6125: the common name counts only where there are no alternative names.
TEST(Certificate, IsForItsAlternativeNamesOnly) {
  const Certificate certificate = certificate_for("cn.example", "DNS:a.example,DNS:*.b.example");
  EXPECT_EQ(mismatch(certificate, "a.example"), "none");
  EXPECT_EQ(mismatch(certificate, "x.b.example"), "none");
  EXPECT_EQ(mismatch(certificate, "cn.example"),
            "server certificate for \"a.example\" (and 1 other name) does not match host name "
            "\"cn.example\"");
  EXPECT_THAT(mismatch(certificate, "x.y.b.example"), HasSubstr("does not match"));
}

TEST(Certificate, IsForAnAddress) {
  const Certificate certificate = certificate_for("x", "IP:10.0.0.1,IP:::1,DNS:n");
  EXPECT_EQ(mismatch(certificate, "10.0.0.1"), "none");
  EXPECT_EQ(mismatch(certificate, "::1"), "none");
  EXPECT_EQ(mismatch(certificate, "10.0.0.2"),
            "server certificate for \"10.0.0.1\" (and 2 other names) does not match host name "
            "\"10.0.0.2\"");
}

TEST(Certificate, NamesItsOwner) {
  const CertificateOwner owner = owner_of(certificate_for("some one").get());
  EXPECT_EQ(owner.common_name, "some one");
  EXPECT_EQ(owner.distinguished_name, "CN=some one");
}

// A name that goes on behind a zero byte is cut by whoever reads it as a C string.
TEST(Certificate, WithAZeroByteInItsNameNamesNobody) {
  const CertificateOwner owner =
      owner_of(certificate_for(std::string("admin\0.evil.example", 19)).get());
  EXPECT_EQ(owner.common_name, "");
}

TEST(Certificate, IsBoundToByItsHash) {
  const Certificate certificate = certificate_for("x");
  EXPECT_EQ(end_point_hash(certificate.get()).size(), 32U);
  EXPECT_NE(end_point_hash(certificate.get()), end_point_hash(certificate_for("x").get()));
}

}  // namespace
}  // namespace tessera
