#pragma once
// The parameters of a data source's URL that are about TLS: libpq's and the JDBC driver's.

#include <optional>
#include <string>

#include "base/tls.h"
#include "rules/yaml_reader.h"

namespace tessera::rules {

class TlsParameters {
 public:
  // `url` outlives this. Relative files start at its file's directory.
  explicit TlsParameters(const Entry& url) : url_(url) {}

  // Takes a parameter; `folded` is its name in lower case. False: it is about something else.
  // Faults: its value.
  [[nodiscard]] bool take(const std::string& folded, const std::string& value);
  // What all of them come to; their files are read. Faults: what is missing, what cannot be used.
  [[nodiscard]] TlsClientSettings finish(bool jdbc);

 private:
  [[nodiscard]] std::string* file_setting(const std::string& folded);
  void take_ssl(const std::string& value);
  void check_files() const;
  [[noreturn]] void fail(std::string_view parameter, std::string_view why) const;

  const Entry& url_;
  TlsClientSettings tls_;
  std::optional<SslMode> mode_;
  bool ssl_ = false;
  bool unverified_ = false;  // the JDBC driver's NonValidatingFactory
};

}  // namespace tessera::rules
