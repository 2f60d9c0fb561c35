#include "rules/data_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "rules/connection_url.h"
#include "rules/targets.h"
#include "rules/tls_parameters.h"

namespace tessera::rules {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kYearMs = 365ULL * 24 * 3'600'000;

// Parameters that tune a driver or a connection and never change rows. In lower case.
constexpr std::array kIgnored = std::to_array<std::string_view>({
    "adaptivefetch",
    "adaptivefetchmaximum",
    "adaptivefetchminimum",
    "allowencodingchanges",
    "allowmultiqueries",
    "allowpublickeyretrieval",
    "assumeminserverversion",
    "autoreconnect",
    "autosave",
    "binarytransfer",
    "binarytransferdisable",
    "binarytransferenable",
    "cacheprepstmts",
    "cachepreparedstatements",
    "cancelsignaltimeout",
    "characterencoding",
    "cleanupsavepoints",
    "client_encoding",
    "databasemetadatacachefields",
    "databasemetadatacachefieldsmib",
    "defaultrowfetchsize",
    "disablecolumnsanitiser",
    "escapesyntaxcallmode",
    "fallback_application_name",
    "hiderunprivilegedobjects",
    "hostrecheckseconds",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "loadbalancehosts",
    "loggerfile",
    "loggerlevel",
    "logintimeout",
    "logservererrordetail",
    "logunclosedconnections",
    "maxresultbuffer",
    "maxsendbuffersize",
    "preferquerymode",
    "preparedstatementcachequeries",
    "preparedstatementcachesizemib",
    "prepstmtcachesize",
    "prepstmtcachesqllimit",
    "preparethreshold",
    "quotereturningidentifiers",
    "receivebuffersize",
    "rewritebatchedinserts",
    "rewritebatchedstatements",
    "sendbuffersize",
    "servertimezone",
    "socketfactory",
    "socketfactoryarg",
    "sockettimeout",
    "sslcertmode",
    "sslcompression",
    "sslfactory",
    "sslfactoryarg",
    "sslhostnameverifier",
    "sslpasswordcallback",
    "sslresponsetimeout",
    "stringtype",
    "target_session_attrs",
    "targetservertype",
    "tcp_user_timeout",
    "tcpkeepalive",
    "tcpnodelay",
    "unknownlength",
    "usejdbccomplianttimezoneshift",
    "uselegacydatetimecode",
    "useserverprepstmts",
    "usessl",
    "useunicode",
    "xmlfactoryfactory",
    "zerodatetimebehavior",
});

// Applies the parameters of one URL.
class Parameters {
 public:
  Parameters(const Entry& url, DataSource& source) : url_(url), source_(source), tls_(url) {}
  void apply(const std::string& name, const std::string& value);
  void finish(bool jdbc) { source_.tls = tls_.finish(jdbc); }
  [[nodiscard]] bool timeout_given() const { return timeout_given_; }

 private:
  bool set(const std::string& folded, const std::string& value);
  bool check(const std::string& folded, const std::string& value);
  void connect_timeout(const std::string& value);
  // `harmless` are the values that ask for nothing that is not built.
  void only(std::string_view value, std::initializer_list<std::string_view> harmless,
            std::string_view why) const;
  [[noreturn]] void fail(std::string_view why) const {
    url_.fail(fmt::format("parameter \"{}\" {}", name_, why));
  }

  const Entry& url_;
  DataSource& source_;
  TlsParameters tls_;
  std::string name_;
  bool timeout_given_ = false;
};

void Parameters::apply(const std::string& name, const std::string& value) {
  name_ = name;
  const std::string folded = fold(name);
  if (set(folded, value) || check(folded, value) || tls_.take(folded, value)) return;
  if (std::find(kIgnored.begin(), kIgnored.end(), folded) == kIgnored.end()) {
    fail("is unknown; docs/configuration.md lists the known ones");
  }
  url_.notice(fmt::format("parameter \"{}\" has no effect here", name));
}

bool Parameters::set(const std::string& folded, const std::string& value) {
  if (folded == "currentschema") {
    source_.search_path = value;
  } else if (folded == "applicationname" || folded == "application_name") {
    source_.application_name = value;
  } else if (folded == "user") {
    source_.username = value;
  } else if (folded == "password") {
    source_.password = value;
  } else if (folded == "connecttimeout" || folded == "connect_timeout") {
    connect_timeout(value);
  } else {
    return false;
  }
  return true;
}

bool Parameters::check(const std::string& folded, const std::string& value) {
  if (folded == "gssencmode") {
    only(value, {"disable", "allow", "prefer"}, "is not supported: GSSAPI is not built");
  } else if (folded == "readonly") {
    only(value, {"false"}, "is not supported: it would refuse writes");
  } else if (folded == "options") {
    fail("is not supported: settings given to the server could change its answers");
  } else {
    return false;
  }
  return true;
}

void Parameters::only(std::string_view value, std::initializer_list<std::string_view> harmless,
                      std::string_view why) const {
  const std::string folded = fold(value);
  if (std::find(harmless.begin(), harmless.end(), folded) != harmless.end()) return;
  fail(fmt::format("with value \"{}\" {}", value, why));
}

void Parameters::connect_timeout(const std::string& value) {
  std::uint32_t seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failure != std::errc{} || end != value.data() + value.size() || seconds > 86'400) {
    fail("must be a number of seconds");
  }
  if (seconds == 0) return;  // the driver's "no limit": the pool's own limit stays
  source_.connect_timeout = std::chrono::seconds(seconds);
  timeout_given_ = true;
}

// 0 is "no limit", as in Hikari.
milliseconds limit_of(const Entry& entry) {
  const std::uint64_t ms = entry.integer(0, kYearMs);
  return milliseconds(ms == 0 ? kYearMs : ms);
}

void read_pool(Section& section, DataSource& source, bool timeout_given) {
  if (const auto entry = section.find("connectionTimeoutMilliseconds")) {
    const milliseconds timeout = limit_of(*entry);
    if (!timeout_given) source.connect_timeout = timeout;
  }
  if (const auto entry = section.find("idleTimeoutMilliseconds")) {
    source.idle_timeout = limit_of(*entry);
  }
  if (const auto entry = section.find("maxLifetimeMilliseconds")) {
    source.lifetime_max = limit_of(*entry);
  }
  if (const auto entry = section.find("maxPoolSize")) {
    source.pool_max = static_cast<std::uint32_t>(entry->integer(1, 100'000));
  }
  const auto pool_min = section.find("minPoolSize");
  if (pool_min) source.pool_min = static_cast<std::uint32_t>(pool_min->integer(0, 100'000));
  if (source.pool_min <= source.pool_max) return;
  if (pool_min) pool_min->fail("is larger than maxPoolSize");
  source.pool_min = source.pool_max;
}

bool read_url(const Entry& entry, DataSource& source) {
  const auto url = parse_connection_url(entry.text());
  if (!url) entry.fail(url.error().message, url.error().hint);
  source.host = url->host;
  source.port = url->port;
  source.database = url->database;
  source.username = url->user;
  source.password = url->password;
  Parameters parameters(entry, source);
  for (const auto& [name, value] : url->parameters) parameters.apply(name, value);
  parameters.finish(url->jdbc);
  return parameters.timeout_given();
}

}  // namespace

LoadedSource load_data_source(const Entry& entry) {
  Section section = entry.section();
  DataSource source;
  source.name = entry.name();
  const Entry url = section.require("url", "a JDBC URL or a libpq URI");
  source.place = url.place_and_key();
  const bool timeout_given = read_url(url, source);
  if (const auto username = section.find("username")) source.username = username->text();
  if (const auto password = section.find("password")) source.password = password->text_or_empty();
  if (source.username.empty() && !source.password.empty()) {
    entry.fail("a password stands without a username");
  }
  // Both drivers take the user's name for the database if the URL has none.
  if (source.database.empty()) source.database = source.username;
  if (source.database.empty()) url.fail("names neither a database nor a user");
  read_pool(section, source, timeout_given);
  section.ignore("driverClassName", "names a Java class; it has no effect here");
  section.ignore("dataSourceClassName", "names a Java class; it has no effect here");
  section.ignore("customPoolProps", "tunes a Java connection pool; it has no effect here");
  auto read_only = section.find("readOnly");
  if (read_only && !read_only->boolean()) read_only.reset();
  section.finish();
  return {std::move(source), entry, std::move(read_only)};
}

}  // namespace tessera::rules
