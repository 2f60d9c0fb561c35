#include "rules/connection_url.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace tessera::rules {
namespace {

Error broken(std::string_view why) {
  return {.sqlstate = "22023",
          .message = fmt::format("{}; jdbc:postgresql://host:port/database or "
                                 "postgresql://user:password@host:port/database was expected",
                                 why)};
}

constexpr std::string_view kEscape = "a \"%\" starts no escape";

Error not_built(std::string message, std::string hint) {
  return {.sqlstate = "0A000", .message = std::move(message), .hint = std::move(hint)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (text[n] != '%') {
      plain += text[n];
      continue;
    }
    const int high = n + 2 < text.size() ? hex_digit(text[n + 1]) : -1;
    const int low = n + 2 < text.size() ? hex_digit(text[n + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    n += 2;
  }
  return plain;
}

// Cuts `text` before the first of `stops` and gives what was before it.
std::string_view take_until(std::string_view& text, std::string_view stops) {
  const std::string_view head = text.substr(0, text.find_first_of(stops));
  text.remove_prefix(head.size());
  return head;
}

Status read_port(std::string_view text, ConnectionUrl& url) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), url.port);
  if (failure == std::errc{} && end == text.data() + text.size() && url.port != 0) return {};
  return broken(fmt::format("\"{}\" is no port", text));
}

Status read_host(std::string_view authority, ConnectionUrl& url) {
  if (authority.find(',') != authority.npos) {
    return not_built("several hosts in one URL are not supported",
                     "Make each server a data source of a !READWRITE_SPLITTING group, or name a "
                     "proxy such as HAProxy that knows the primary.");
  }
  std::string_view host = authority;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == host.npos) return broken("\"[\" opens an address that does not end");
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
  } else {
    port = host;
    host = take_until(port, ":");
  }
  const auto plain = unescape(host);
  if (!plain) return broken(kEscape);
  if (plain->starts_with('/') || plain->starts_with('@')) {
    return not_built("Unix sockets are not supported", "Name a host and a port.");
  }
  if (!plain->empty()) url.host = *plain;
  if (port.empty()) return {};
  if (port.front() != ':') return broken("text stands after the address");
  port.remove_prefix(1);
  if (port.empty()) return {};
  return read_port(port, url);
}

Status read_user(std::string_view text, ConnectionUrl& url) {
  const auto user = unescape(take_until(text, ":"));
  if (!user) return broken(kEscape);
  url.user = *user;
  if (text.empty()) return {};
  const auto password = unescape(text.substr(1));
  if (!password) return broken(kEscape);
  url.password = *password;
  return {};
}

Status read_parameters(std::string_view text, ConnectionUrl& url) {
  while (!text.empty()) {
    std::string_view pair = take_until(text, "&");
    if (!text.empty()) text.remove_prefix(1);
    if (pair.empty()) continue;
    const auto name = unescape(take_until(pair, "="));
    if (!name) return broken(kEscape);
    if (!pair.empty()) pair.remove_prefix(1);
    const auto value = unescape(pair);
    if (!value) return broken(kEscape);
    url.parameters.emplace_back(*name, *value);
  }
  return {};
}

// What follows "//".
Status read_authority(std::string_view& text, ConnectionUrl& url) {
  std::string_view authority = take_until(text, "/?");
  const std::size_t at = authority.rfind('@');
  if (at != authority.npos) {
    if (url.jdbc) return broken("a JDBC URL has no user before its host");
    const Status user = read_user(authority.substr(0, at), url);
    if (!user) return user.error();
    authority.remove_prefix(at + 1);
  }
  return read_host(authority, url);
}

Result<std::string_view> without_scheme(std::string_view text, bool& jdbc) {
  for (const std::string_view scheme : {"postgresql:", "postgres:", "jdbc:postgresql:"}) {
    if (!text.starts_with(scheme)) continue;
    jdbc = scheme.starts_with("jdbc:");
    return text.substr(scheme.size());
  }
  if (text.starts_with("jdbc:")) {
    text.remove_prefix(5);
    return not_built(fmt::format("\"jdbc:{}\" is not PostgreSQL", take_until(text, ":")),
                     "Tessera speaks to PostgreSQL only.");
  }
  return broken("the URL's scheme is not known");
}

}  // namespace

Result<ConnectionUrl> parse_connection_url(std::string_view text) {
  ConnectionUrl url;
  const auto body = without_scheme(text, url.jdbc);
  if (!body) return body.error();
  std::string_view rest = *body;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const Status read = read_authority(rest, url);
    if (!read) return read.error();
  } else if (!url.jdbc) {
    return broken("\"//\" is missing");
  }
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto database = unescape(take_until(rest, "?"));
  if (!database) return broken(kEscape);
  url.database = *database;
  if (!rest.empty()) rest.remove_prefix(1);
  const Status parameters = read_parameters(rest, url);
  if (!parameters) return parameters.error();
  return url;
}

}  // namespace tessera::rules
