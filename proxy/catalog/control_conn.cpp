#include "proxy/catalog/control_conn.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tessera::catalog {
namespace {

enum class Wait : std::uint8_t { kReady, kLate };

// Waits until the socket is readable, writable, or in error, which the next libpq call then
// reports.
Wait await_socket(int socket, short events, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Wait::kLate;
    pollfd waited{.fd = socket, .events = events, .revents = 0};
    const int ready =
        poll(&waited, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000)));
    if (ready > 0) return Wait::kReady;
    if (ready < 0 && errno != EINTR) return Wait::kReady;
  }
}

std::string trimmed(const char* text) {
  std::string out = text;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

Error unreachable(std::string_view shard, const rules::DataSource& source, std::string detail) {
  return Error{
      .sqlstate = "08006",
      .message = "could not connect to shard \"" + std::string(shard) + "\" at " + source.host +
                 ":" + std::to_string(source.port),
      .detail = std::move(detail),
      .retry = Retry::kElsewhere,
  };
}

const char* name_of(SslMode mode) {
  constexpr std::array kNames{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
  return kNames[static_cast<std::size_t>(mode)];
}

const char* name_of(ChannelBinding binding) {
  constexpr std::array kNames{"disable", "prefer", "require"};
  return kNames[static_cast<std::size_t>(binding)];
}

PGconn* start(const rules::DataSource& source) {
  const std::string port = std::to_string(source.port);
  std::vector<const char*> keys, values;
  const auto set = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    keys.push_back(key);
    values.push_back(value.c_str());
  };
  const std::string application = "tessera catalog", encoding = "UTF8";
  set("host", source.host);
  set("port", port);
  set("dbname", source.database);
  const bool own = !source.username.empty();
  set("user", own ? source.username : source.control_username);
  set("password", own ? source.password : source.control_password);
  set("application_name", application);
  set("client_encoding", encoding);
  const TlsClientSettings& tls = source.tls;
  const std::string mode = name_of(tls.mode), binding = name_of(tls.channel_binding);
  const std::string names_host = tls.server_name_indication ? "1" : "0";
  set("sslmode", mode);
  set("channel_binding", binding);
  set("sslsni", names_host);
  set("sslrootcert", tls.root_certificate);
  set("sslcrl", tls.crl);
  set("sslcert", tls.certificate);
  set("sslkey", tls.key);
  set("sslpassword", tls.key_password);
  set("ssl_min_protocol_version", tls.min_version);
  set("ssl_max_protocol_version", tls.max_version);
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectStartParams(keys.data(), values.data(), 0);
}

Error server_error(const PGresult* result, std::string_view shard) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  Error error{
      .sqlstate = field(PG_DIAG_SQLSTATE),
      .message = "shard \"" + std::string(shard) + "\": " + field(PG_DIAG_MESSAGE_PRIMARY),
      .detail = field(PG_DIAG_MESSAGE_DETAIL),
      .hint = field(PG_DIAG_MESSAGE_HINT),
  };
  // libpq's own errors carry no SQLSTATE: the connection is what failed.
  if (error.sqlstate.empty()) {
    error.sqlstate = "08006";
    error.message = "connection to shard \"" + std::string(shard) + "\" was lost";
    error.detail = trimmed(PQresultErrorMessage(result));
  }
  return error;
}

}  // namespace

std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

char Rows::letter(int row, int column) const {
  const std::string_view value = text(row, column);
  return value.empty() ? '\0' : value.front();
}

Result<ControlConn> ControlConn::open(const rules::DataSource& source, std::string_view shard,
                                      Deadline deadline) {
  Conn conn(start(source));
  if (conn == nullptr) return Error{.sqlstate = "53200", .message = "out of memory"};
  auto polling = PGRES_POLLING_WRITING;
  while (PQstatus(conn.get()) != CONNECTION_BAD && polling != PGRES_POLLING_OK) {
    const short events = polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (await_socket(PQsocket(conn.get()), events, deadline) == Wait::kLate) {
      return unreachable(shard, source, "The server did not answer in time.");
    }
    polling = PQconnectPoll(conn.get());
    if (polling == PGRES_POLLING_FAILED) break;
  }
  if (PQstatus(conn.get()) != CONNECTION_OK) {
    return unreachable(shard, source, trimmed(PQerrorMessage(conn.get())));
  }
  PQsetNoticeProcessor(
      conn.get(), [](void*, const char*) {}, nullptr);
  return ControlConn(std::move(conn), shard);
}

Status ControlConn::await_result(Deadline deadline) {
  while (PQisBusy(conn_.get())) {
    if (await_socket(PQsocket(conn_.get()), POLLIN, deadline) == Wait::kLate) {
      return Error{.sqlstate = "57014",
                   .message = "shard \"" + shard_ + "\" did not answer a catalog query in time"};
    }
    if (PQconsumeInput(conn_.get()) == 0) return broken();
  }
  return {};
}

Error ControlConn::broken() const {
  return Error{.sqlstate = "08006",
               .message = "connection to shard \"" + shard_ + "\" was lost",
               .detail = trimmed(PQerrorMessage(conn_.get()))};
}

Result<std::vector<Rows>> Querier::query_all(const std::vector<Query>& queries, Deadline deadline) {
  std::vector<Rows> out;
  for (const Query& each : queries) {
    auto rows = query(each.sql, each.parameters, deadline);
    if (!rows) return rows.error();
    out.push_back(std::move(*rows));
  }
  return out;
}

bool ControlConn::send(const Query& query) {
  std::vector<const char*> values;
  for (const std::string& parameter : query.parameters) values.push_back(parameter.c_str());
  return PQsendQueryParams(conn_.get(), query.sql, static_cast<int>(values.size()), nullptr,
                           values.data(), nullptr, nullptr, 0) != 0;
}

// The result of one query, and the null that ends it.
Result<Rows> ControlConn::piped_rows(Deadline deadline) {
  if (Status awaited = await_result(deadline); !awaited) return awaited.error();
  PGresult* result = PQgetResult(conn_.get());
  if (result == nullptr) return broken();
  Rows rows(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return server_error(result, shard_);
  if (Status awaited = await_result(deadline); !awaited) return awaited.error();
  const Rows rest(PQgetResult(conn_.get()));
  return rows;
}

// The result of a Sync.
Status ControlConn::piped_end(Deadline deadline) {
  if (Status awaited = await_result(deadline); !awaited) return awaited;
  PGresult* result = PQgetResult(conn_.get());
  const Rows owned(result);
  if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) return {};
  return broken();
}

// What is not in one transaction with the rest has a Sync of its own.
Result<std::vector<Rows>> ControlConn::query_all(const std::vector<Query>& queries,
                                                 Deadline deadline) {
  bool sent = PQenterPipelineMode(conn_.get()) != 0;
  for (const Query& each : queries) {
    sent = sent && send(each);
    if (each.alone) sent = sent && PQpipelineSync(conn_.get()) != 0;
  }
  if (!sent || PQpipelineSync(conn_.get()) == 0) return broken();
  std::vector<Rows> out;
  for (const Query& each : queries) {
    auto rows = piped_rows(deadline);
    if (!rows) return rows.error();
    out.push_back(std::move(*rows));
    if (!each.alone) continue;
    if (Status ended = piped_end(deadline); !ended) return ended.error();
  }
  if (Status ended = piped_end(deadline); !ended) return ended.error();
  if (PQexitPipelineMode(conn_.get()) == 0) return broken();
  return out;
}

Result<Rows> ControlConn::query(const char* sql, const std::vector<std::string>& parameters,
                                Deadline deadline) {
  if (!send({.sql = sql, .parameters = parameters})) return broken();
  PGresult* first = nullptr;
  while (true) {
    if (Status awaited = await_result(deadline); !awaited) {
      PQclear(first);
      return awaited.error();
    }
    PGresult* next = PQgetResult(conn_.get());
    if (next == nullptr) break;
    if (first == nullptr) {
      first = next;
    } else {
      PQclear(next);
    }
  }
  if (first == nullptr) return broken();
  Rows rows(first);
  const ExecStatusType status = PQresultStatus(first);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return server_error(first, shard_);
  return rows;
}

}  // namespace tessera::catalog
