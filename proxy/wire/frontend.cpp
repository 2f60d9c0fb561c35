#include "proxy/wire/frontend.h"

#include "proxy/wire/byte_order.h"

namespace tessera::wire {

namespace {

constexpr std::size_t kLengthWord = 4;
constexpr std::size_t kStartupBodyMax = 10000;
constexpr std::size_t kCancelRequestSize = 16;

Error bad_startup_length() { return framing_lost("invalid length of startup packet"); }

Result<FirstPacket> decode_startup(std::uint32_t protocol, std::string_view rest) {
  StartupMessage message;
  message.minor_version = static_cast<std::int32_t>(protocol & 0xffff);
  Reader reader(rest);
  while (!reader.failed()) {
    const std::string_view name = reader.cstring();
    if (name.empty()) break;
    const std::string_view value = reader.cstring();
    message.parameters.emplace_back(name, value);
  }
  if (!reader.done()) {
    return framing_lost("invalid startup packet layout: expected terminator as last byte");
  }
  return FirstPacket(std::move(message));
}

Error unsupported_protocol(std::uint32_t protocol) {
  return {.sqlstate = "0A000",
          .message = "unsupported frontend protocol " + std::to_string(protocol >> 16) + "." +
                     std::to_string(protocol & 0xffff) + ": server supports 3.0 to 3.0",
          .fatal = true};
}

// Counts are unsigned on the wire: drivers bind up to 65,535 parameters.
std::size_t read_count(Reader& reader) { return static_cast<std::uint16_t>(reader.i16()); }

void read_formats(Reader& reader, std::vector<std::int16_t>& formats) {
  const std::size_t count = read_count(reader);
  formats.clear();
  if (count * sizeof(std::int16_t) > reader.size()) {
    reader.bytes(reader.size() + 1);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) formats.push_back(reader.i16());
}

void read_parameters(Reader& reader, std::vector<std::optional<std::string_view>>& parameters) {
  const std::size_t count = read_count(reader);
  parameters.clear();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    const std::int32_t length = reader.i32();
    if (length == -1) {
      parameters.emplace_back();
    } else {
      // Any other negative length is more than a message can hold.
      parameters.emplace_back(reader.bytes(static_cast<std::uint32_t>(length)));
    }
  }
}

std::string unknown_kind(char type, char kind) {
  return std::string("invalid ") + (type == 'C' ? "CLOSE" : "DESCRIBE") + " message subtype " +
         std::to_string(static_cast<unsigned char>(kind));
}

void put_count(std::string& out, std::size_t count) {
  put_i16(out, static_cast<std::int16_t>(count));
}

void put_formats(std::string& out, const std::vector<std::int16_t>& formats) {
  put_count(out, formats.size());
  for (const std::int16_t format : formats) put_i16(out, format);
}

void put_bare(std::string& out, char type) { end_frame(out, begin_frame(out, type)); }

void put_named(std::string& out, char type, char kind, std::string_view name) {
  const std::size_t mark = begin_frame(out, type);
  out.push_back(kind);
  put_cstring(out, name);
  end_frame(out, mark);
}

}  // namespace

std::string_view StartupMessage::find(std::string_view name) const {
  // The last one counts, as in PostgreSQL.
  for (auto it = parameters.rbegin(); it != parameters.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return {};
}

std::int16_t BindMessage::format_of(std::size_t i) const {
  if (parameter_formats.empty()) return 0;
  return parameter_formats.size() == 1 ? parameter_formats[0] : parameter_formats[i];
}

Result<std::optional<std::size_t>> first_packet_size(std::string_view buffer) {
  if (buffer.size() < kLengthWord) return std::optional<std::size_t>();
  const std::size_t size = load<std::uint32_t>(buffer.data());
  if (size < kLengthWord + sizeof kProtocol3 || size > kLengthWord + kStartupBodyMax) {
    return bad_startup_length();
  }
  return std::optional<std::size_t>(size);
}

Result<FirstPacket> decode_first_packet(std::string_view packet) {
  const Result<std::optional<std::size_t>> size = first_packet_size(packet);
  if (!size) return size.error();
  if (*size != packet.size()) return bad_startup_length();
  const auto code = load<std::uint32_t>(packet.data() + kLengthWord);
  const std::string_view rest = packet.substr(kLengthWord + sizeof code);
  if (code == kCancelRequest) {
    if (packet.size() != kCancelRequestSize) return bad_startup_length();
    Reader reader(rest);
    const std::int32_t pid = reader.i32();
    return FirstPacket(CancelRequest{pid, reader.i32()});
  }
  if (code == kSslRequest) return FirstPacket(SslRequest{});
  if (code == kGssEncRequest) return FirstPacket(GssEncRequest{});
  if (code >> 16 != kProtocol3 >> 16) return unsupported_protocol(code);
  return decode_startup(code, rest);
}

std::size_t body_max_of(char type) {
  // PostgreSQL's limits count the length word too.
  constexpr std::size_t kSmall = 10'000 - kLengthWord;
  constexpr std::size_t kLarge = 0x3ffffffe - kLengthWord;
  constexpr std::size_t kPassword = 65'535 - kLengthWord;
  if (type == 'p') return kPassword;
  return std::string_view("QFBPd").find(type) != std::string_view::npos ? kLarge : kSmall;
}

Result<std::string_view> decode_query(std::string_view body) {
  Reader reader(body);
  const std::string_view query = reader.cstring();
  if (const Status status = reader.finish(); !status) return status.error();
  return query;
}

Status decode_parse(std::string_view body, ParseMessage& message) {
  Reader reader(body);
  message.name = reader.cstring();
  message.query = reader.cstring();
  const std::size_t count = read_count(reader);
  message.parameter_types.clear();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    message.parameter_types.push_back(static_cast<std::uint32_t>(reader.i32()));
  }
  return reader.finish();
}

Status decode_bind(std::string_view body, BindMessage& message) {
  Reader reader(body);
  message.portal = reader.cstring();
  message.statement = reader.cstring();
  read_formats(reader, message.parameter_formats);
  read_parameters(reader, message.parameters);
  read_formats(reader, message.result_formats);
  const Status status = reader.finish();
  if (!status) return status;
  const std::size_t formats = message.parameter_formats.size();
  if (formats > 1 && formats != message.parameters.size()) {
    return protocol_violation("bind message has " + std::to_string(formats) +
                              " parameter formats but " +
                              std::to_string(message.parameters.size()) + " parameters");
  }
  return {};
}

Result<NamedMessage> decode_named(std::string_view body, char type) {
  Reader reader(body);
  NamedMessage message;
  message.kind = static_cast<char>(reader.u8());
  message.name = reader.cstring();
  if (const Status status = reader.finish(); !status) return status.error();
  if (message.kind != 'S' && message.kind != 'P') {
    return protocol_violation(unknown_kind(type, message.kind));
  }
  return message;
}

Result<ExecuteMessage> decode_execute(std::string_view body) {
  Reader reader(body);
  ExecuteMessage message;
  message.portal = reader.cstring();
  message.rows_max = reader.i32();
  if (const Status status = reader.finish(); !status) return status.error();
  return message;
}

void put_startup(std::string& out,
                 const std::vector<std::pair<std::string, std::string>>& parameters) {
  const std::size_t mark = out.size();
  put_i32(out, 0);
  put_i32(out, kProtocol3);
  for (const auto& [name, value] : parameters) {
    put_cstring(out, name);
    put_cstring(out, value);
  }
  out.push_back('\0');
  end_frame(out, mark);
}

void put_ssl_request(std::string& out) {
  put_i32(out, 2 * sizeof(std::int32_t));
  put_i32(out, kSslRequest);
}

void put_cancel_request(std::string& out, const CancelRequest& request) {
  put_i32(out, kCancelRequestSize);
  put_i32(out, kCancelRequest);
  put_i32(out, request.pid);
  put_i32(out, request.secret);
}

void put_query(std::string& out, std::string_view query) {
  const std::size_t mark = begin_frame(out, 'Q');
  put_cstring(out, query);
  end_frame(out, mark);
}

void put_parse(std::string& out, std::string_view name, std::string_view query,
               const std::vector<std::uint32_t>& parameter_types) {
  const std::size_t mark = begin_frame(out, 'P');
  put_cstring(out, name);
  put_cstring(out, query);
  put_count(out, parameter_types.size());
  for (const std::uint32_t type : parameter_types) put_i32(out, static_cast<std::int32_t>(type));
  end_frame(out, mark);
}

void put_bind(std::string& out, const BindMessage& message) {
  const std::size_t mark = begin_frame(out, 'B');
  put_cstring(out, message.portal);
  put_cstring(out, message.statement);
  put_formats(out, message.parameter_formats);
  put_count(out, message.parameters.size());
  for (const std::optional<std::string_view>& parameter : message.parameters) {
    put_i32(out, parameter ? static_cast<std::int32_t>(parameter->size()) : -1);
    if (parameter) out.append(*parameter);
  }
  put_formats(out, message.result_formats);
  end_frame(out, mark);
}

void put_bind_head(std::string& out, std::string_view statement, std::size_t rest_bytes) {
  char head[kFrameHead + 1] = {'B'};  // the portal's name is the zero behind the length
  const std::size_t length = sizeof(std::uint32_t) + 1 + statement.size() + 1 + rest_bytes;
  store(head + 1, static_cast<std::uint32_t>(length));
  out.append(head, sizeof head);
  out.append(statement);
  out.push_back('\0');
}

void put_describe(std::string& out, char kind, std::string_view name) {
  put_named(out, 'D', kind, name);
}

void put_close(std::string& out, char kind, std::string_view name) {
  put_named(out, 'C', kind, name);
}

void put_execute(std::string& out, std::string_view portal, std::int32_t rows_max) {
  const std::size_t mark = begin_frame(out, 'E');
  put_cstring(out, portal);
  put_i32(out, rows_max);
  end_frame(out, mark);
}

void put_sync(std::string& out) { put_bare(out, 'S'); }
void put_flush(std::string& out) { put_bare(out, 'H'); }
void put_terminate(std::string& out) { put_bare(out, 'X'); }

void put_copy_fail(std::string& out, std::string_view reason) {
  const std::size_t mark = begin_frame(out, 'f');
  put_cstring(out, reason);
  end_frame(out, mark);
}

void put_password(std::string& out, std::string_view bytes) {
  const std::size_t mark = begin_frame(out, 'p');
  out.append(bytes);
  end_frame(out, mark);
}

void put_sasl_initial(std::string& out, std::string_view mechanism, std::string_view response) {
  const std::size_t mark = begin_frame(out, 'p');
  put_cstring(out, mechanism);
  put_i32(out, static_cast<std::int32_t>(response.size()));
  out.append(response);
  end_frame(out, mark);
}

}  // namespace tessera::wire
