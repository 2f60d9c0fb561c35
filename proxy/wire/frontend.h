#pragma once
// Messages that a client sends: decoded where they arrive from clients, encoded where they go to
// servers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "proxy/wire/frame.h"

namespace tessera::wire {

// The first packet of a connection.
struct StartupMessage {
  std::int32_t minor_version = 0;  // of protocol 3
  std::vector<std::pair<std::string, std::string>> parameters;
  [[nodiscard]] std::string_view find(std::string_view name) const;  // empty: absent
};
struct CancelRequest {
  std::int32_t pid = 0;
  std::int32_t secret = 0;
};
struct SslRequest {};
struct GssEncRequest {};
using FirstPacket = std::variant<StartupMessage, CancelRequest, SslRequest, GssEncRequest>;

// The size of the first packet, its length word included, once four bytes are there. Errors: 08P01
// ("invalid length of startup packet"; at most 10,000 bytes).
[[nodiscard]] Result<std::optional<std::size_t>> first_packet_size(std::string_view buffer);
// `packet` is the whole packet, length word and all. Errors: 08P01 malformed; 0A000 "unsupported
// frontend protocol N.M: server supports 3.0 to 3.0".
[[nodiscard]] Result<FirstPacket> decode_first_packet(std::string_view packet);

struct ParseMessage {
  std::string_view name;
  std::string_view query;
  std::vector<std::uint32_t> parameter_types;
};
struct BindMessage {
  std::string_view portal;
  std::string_view statement;
  std::vector<std::int16_t> parameter_formats;  // as sent: none, one for all, or one each
  std::vector<std::optional<std::string_view>> parameters;  // absent: NULL
  std::vector<std::int16_t> result_formats;                 // as sent
  // The format of parameter i, by the rule of "none, one, or each".
  [[nodiscard]] std::int16_t format_of(std::size_t i) const;
};
struct NamedMessage {  // Describe and Close
  char kind = 'S';     // 'S' statement, 'P' portal
  std::string_view name;
};
struct ExecuteMessage {
  std::string_view portal;
  std::int32_t rows_max = 0;
};

// How long the body of a client's message of `type` may be: PostgreSQL takes long ones only where
// values or texts are in them.
[[nodiscard]] std::size_t body_max_of(char type);

// Views point into `body`. Errors: 08P01 ("invalid message format" ...).
[[nodiscard]] Result<std::string_view> decode_query(std::string_view body);
[[nodiscard]] Status decode_parse(std::string_view body, ParseMessage& message);
[[nodiscard]] Status decode_bind(std::string_view body, BindMessage& message);
// `type` is the frame's, 'D' or 'C': an unknown kind is reported with its name.
[[nodiscard]] Result<NamedMessage> decode_named(std::string_view body, char type = 'D');
[[nodiscard]] Result<ExecuteMessage> decode_execute(std::string_view body);

void put_startup(std::string& out,
                 const std::vector<std::pair<std::string, std::string>>& parameters);
void put_ssl_request(std::string& out);
void put_cancel_request(std::string& out, const CancelRequest& request);
void put_query(std::string& out, std::string_view query);
void put_parse(std::string& out, std::string_view name, std::string_view query,
               const std::vector<std::uint32_t>& parameter_types);
void put_bind(std::string& out, const BindMessage& message);
// The beginning of a Bind of `statement` to the unnamed portal, for who has the rest of it as
// bytes: formats and values, `rest_bytes` of them.
void put_bind_head(std::string& out, std::string_view statement, std::size_t rest_bytes);
void put_describe(std::string& out, char kind, std::string_view name);
void put_close(std::string& out, char kind, std::string_view name);
void put_execute(std::string& out, std::string_view portal, std::int32_t rows_max);
void put_sync(std::string& out);
void put_flush(std::string& out);
void put_terminate(std::string& out);
void put_copy_fail(std::string& out, std::string_view reason);
void put_password(std::string& out, std::string_view bytes);  // 'p': SASL messages too, as given

// SASL mechanism choice and first message: 'p' with the mechanism's name, a length and `response`.
void put_sasl_initial(std::string& out, std::string_view mechanism, std::string_view response);

}  // namespace tessera::wire
