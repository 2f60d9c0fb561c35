#include "base/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A directory with one certificate and its key, each in a file of its own.
class TlsFiles : public testing::Test {
 protected:
  TlsFiles() {
    std::string name = fs::temp_directory_path() / "tessera-tls-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    const std::string made = make_own_certificate("one");
    const std::size_t key = made.find("-----BEGIN PRIVATE KEY");
    settings_.certificate = write("one.crt", made.substr(0, key));
    settings_.key = write("one.key", made.substr(key));
  }
  ~TlsFiles() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = directory_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }
  // Why a server's context cannot be made, or "none".
  [[nodiscard]] std::string fault(TlsSetting expected) const {
    const auto made = TlsContext::for_server(settings_);
    if (made) return "none";
    EXPECT_EQ(made.error().setting, expected);
    return made.error().why;
  }

  fs::path directory_;
  TlsServerSettings settings_;
};

TEST_F(TlsFiles, AreTaken) { EXPECT_EQ(fault(TlsSetting::kKey), "none"); }

TEST_F(TlsFiles, MayBeTextInstead) {
  settings_ = {.made = make_own_certificate("two")};
  EXPECT_EQ(fault(TlsSetting::kCertificate), "none");
}

TEST_F(TlsFiles, TheKeyIsNobodyElses) {
  for (const mode_t mode : {0644U, 0604U, 0660U, 0602U}) {
    ::chmod(settings_.key.c_str(), mode);
    EXPECT_THAT(fault(TlsSetting::kKey), HasSubstr("has group or world access"));
  }
  ::chmod(settings_.key.c_str(), 0400);
  EXPECT_EQ(fault(TlsSetting::kKey), "none");
}

TEST_F(TlsFiles, TheKeyIsAFile) {
  settings_.key = directory_;
  EXPECT_THAT(fault(TlsSetting::kKey), HasSubstr("is not a regular file"));
  settings_.key = directory_ / "nowhere";
  EXPECT_THAT(fault(TlsSetting::kKey), HasSubstr("could not access private key file"));
}

TEST_F(TlsFiles, TheKeyIsTheCertificatesOwn) {
  const std::string other = make_own_certificate("other");
  settings_.key = write("other.key", other.substr(other.find("-----BEGIN PRIVATE KEY")));
  EXPECT_THAT(fault(TlsSetting::kKey), HasSubstr("key values mismatch"));
}

TEST_F(TlsFiles, AreNamedWhenTheyAreRubbish) {
  settings_.client_ca = write("rubbish", "rubbish");
  EXPECT_THAT(fault(TlsSetting::kTrust),
              HasSubstr("could not load root certificate file \"" + settings_.client_ca + "\""));
  settings_.certificate = settings_.client_ca;
  EXPECT_THAT(fault(TlsSetting::kCertificate), HasSubstr("could not load certificate file"));
}

TEST_F(TlsFiles, AnEmptyListOfRevokedCertificatesIsAFault) {
  settings_.client_ca = settings_.certificate;
  settings_.client_crl = write("crl", "");
  EXPECT_THAT(fault(TlsSetting::kRevoked), HasSubstr("certificate revocation list"));
}

}  // namespace
}  // namespace tessera
