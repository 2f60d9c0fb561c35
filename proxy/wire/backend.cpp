#include "proxy/wire/backend.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "proxy/wire/byte_order.h"

namespace tessera::wire {

namespace {

constexpr std::uint32_t kLengthMin = 4;
// A server builds each message in one buffer, and its buffers end at one gigabyte.
constexpr std::uint32_t kLengthMax = 0x3fffffff + kLengthMin;
constexpr std::uint32_t kReadyLength = 5;

// ReadyForQuery at `at`, as far as it is there.
Status scan_ready(std::string_view buffer, std::size_t at, ReplyScan& scan) {
  scan.complete_bytes = at;
  if (buffer.size() - at < kFrameHead) return {};
  if (load<std::uint32_t>(buffer.data() + at + 1) != kReadyLength) {
    return framing_lost("invalid message length");
  }
  if (buffer.size() - at < kReadyLength + 1) return {};
  const char status = buffer[at + kFrameHead];
  if (status != 'I' && status != 'T' && status != 'E') {
    return framing_lost("invalid transaction status in ReadyForQuery");
  }
  scan.complete_bytes = at + kReadyLength + 1;
  scan.ended = true;
  scan.status = static_cast<TxnStatus>(status);
  return {};
}

std::size_t count_start(std::string_view tag) {
  const std::size_t space = tag.rfind(' ');
  if (space == std::string_view::npos || space + 1 == tag.size()) return std::string_view::npos;
  const std::string_view last = tag.substr(space + 1);
  const bool digits =
      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? space + 1 : std::string_view::npos;
}

void put_field(std::string& out, char code, std::string_view value) {
  if (value.empty()) return;
  out.push_back(code);
  put_cstring(out, value);
}

std::size_t begin_authentication(std::string& out, std::int32_t code) {
  const std::size_t mark = begin_frame(out, 'R');
  put_i32(out, code);
  return mark;
}

}  // namespace

Result<ReplyScan> scan_reply(std::string_view buffer, const FrameTypes& special) {
  ReplyScan scan;
  const char* const begin = buffer.data();
  std::size_t at = 0;
  while (at < buffer.size()) {
    const char type = begin[at];
    if (special.has(type)) [[unlikely]] {
      scan.first_special = type;
      break;
    }
    if (type == 'Z') [[unlikely]] {
      const Status status = scan_ready(buffer, at, scan);
      if (!status) return status.error();
      return scan;
    }
    if (buffer.size() - at < kFrameHead) break;
    const auto length = load<std::uint32_t>(begin + at + 1);
    if (length - kLengthMin > kLengthMax - kLengthMin) [[unlikely]] {
      return framing_lost("invalid message length");
    }
    if (buffer.size() - at <= length) {
      scan.missing = std::size_t{length} + 1 - (buffer.size() - at);
      break;
    }
    at += std::size_t{length} + 1;
  }
  scan.complete_bytes = at;
  return scan;
}

Status decode_row_description(std::string_view body, std::vector<Field>& fields) {
  Reader reader(body);
  const std::size_t count = static_cast<std::uint16_t>(reader.i16());
  fields.clear();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    Field& field = fields.emplace_back();
    field.name = reader.cstring();
    field.table = static_cast<std::uint32_t>(reader.i32());
    field.attribute = reader.i16();
    field.type = static_cast<std::uint32_t>(reader.i32());
    field.type_size = reader.i16();
    field.type_modifier = reader.i32();
    field.format = reader.i16();
  }
  return reader.finish();
}

Status decode_data_row(std::string_view body,
                       std::vector<std::optional<std::string_view>>& values) {
  values.clear();
  if (body.size() < sizeof(std::uint16_t)) {
    return protocol_violation("insufficient data left in message");
  }
  const std::size_t count = load<std::uint16_t>(body.data());
  std::size_t at = sizeof(std::uint16_t);
  for (std::size_t i = 0; i < count; ++i) {
    if (body.size() - at < sizeof(std::uint32_t)) {
      return protocol_violation("insufficient data left in message");
    }
    const auto length = load<std::uint32_t>(body.data() + at);
    at += sizeof length;
    if (length == 0xffffffff) {
      values.emplace_back();
      continue;
    }
    if (length > body.size() - at) return protocol_violation("insufficient data left in message");
    values.emplace_back(body.substr(at, length));
    at += length;
  }
  if (at != body.size()) return protocol_violation("invalid message format");
  return {};
}

Status decode_parameter_description(std::string_view body, std::vector<std::uint32_t>& types) {
  Reader reader(body);
  const std::size_t count = static_cast<std::uint16_t>(reader.i16());
  types.clear();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    types.push_back(static_cast<std::uint32_t>(reader.i32()));
  }
  return reader.finish();
}

Error decode_error(std::string_view body) {
  Error error{.sqlstate = "XX000", .message = {}, .server_fields = std::string(body)};
  std::string_view severity;
  Reader reader(body);
  while (const char code = static_cast<char>(reader.u8())) {
    const std::string_view value = reader.cstring();
    if (reader.failed()) break;
    if (code == 'C' && value.size() == error.sqlstate.size()) error.sqlstate = value;
    if (code == 'M') error.message = value;
    if (code == 'D') error.detail = value;
    if (code == 'H') error.hint = value;
    if (code == 'P') std::from_chars(value.data(), value.data() + value.size(), error.position);
    // V is never translated, S may be; servers before 9.6 send S only.
    if (code == 'V' || (code == 'S' && severity.empty())) severity = value;
  }
  // Half an ErrorResponse must not reach a client as it is: put_error() then writes the parts that
  // were read.
  if (!reader.done()) error.server_fields.clear();
  error.fatal = severity == "FATAL" || severity == "PANIC";
  return error;
}

void change_fields(Error& error, const ChangeField& change) {
  if (error.server_fields.empty()) {
    error.message = change('M', error.message);
    if (!error.detail.empty()) error.detail = change('D', error.detail);
    if (!error.hint.empty()) error.hint = change('H', error.hint);
    if (error.position == 0) return;
    const std::string position = change('P', std::to_string(error.position));
    std::from_chars(position.data(), position.data() + position.size(), error.position);
    return;
  }
  std::string changed;
  Reader reader(error.server_fields);
  while (const char code = static_cast<char>(reader.u8())) {
    const std::string_view value = reader.cstring();
    if (reader.failed()) return;
    put_field(changed, code, change(code, value));
  }
  changed.push_back('\0');
  const Retry retry = error.retry;
  error = decode_error(changed);
  error.retry = retry;
}

std::optional<std::uint64_t> rows_of_tag(std::string_view tag) {
  const std::size_t start = count_start(tag);
  if (start == std::string_view::npos) return {};
  std::uint64_t rows = 0;
  const auto parsed = std::from_chars(tag.data() + start, tag.data() + tag.size(), rows);
  if (parsed.ec != std::errc()) return {};
  return rows;
}

std::string tag_with_rows(std::string_view tag, std::uint64_t rows) {
  const std::size_t start = count_start(tag);
  if (start == std::string_view::npos) return std::string(tag);
  return std::string(tag.substr(0, start)) + std::to_string(rows);
}

Result<ParameterStatus> decode_parameter_status(std::string_view body) {
  Reader reader(body);
  ParameterStatus parameter;
  parameter.name = reader.cstring();
  parameter.value = reader.cstring();
  if (const Status status = reader.finish(); !status) return status.error();
  return parameter;
}

void put_authentication_ok(std::string& out) { end_frame(out, begin_authentication(out, 0)); }

void put_authentication_password(std::string& out) { end_frame(out, begin_authentication(out, 3)); }

void put_authentication_md5(std::string& out, std::string_view salt) {
  const std::size_t mark = begin_authentication(out, 5);
  out.append(salt);
  end_frame(out, mark);
}

void put_authentication_sasl(std::string& out, std::string_view mechanism) {
  put_authentication_sasl(out, std::vector{mechanism});
}

void put_authentication_sasl(std::string& out, const std::vector<std::string_view>& mechanisms) {
  const std::size_t mark = begin_authentication(out, 10);
  for (const std::string_view mechanism : mechanisms) put_cstring(out, mechanism);
  out.push_back('\0');
  end_frame(out, mark);
}

void put_authentication_sasl_continue(std::string& out, std::string_view bytes) {
  const std::size_t mark = begin_authentication(out, 11);
  out.append(bytes);
  end_frame(out, mark);
}

void put_authentication_sasl_final(std::string& out, std::string_view bytes) {
  const std::size_t mark = begin_authentication(out, 12);
  out.append(bytes);
  end_frame(out, mark);
}

void put_backend_key(std::string& out, std::int32_t pid, std::int32_t secret) {
  const std::size_t mark = begin_frame(out, 'K');
  put_i32(out, pid);
  put_i32(out, secret);
  end_frame(out, mark);
}

void put_parameter_status(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t mark = begin_frame(out, 'S');
  put_cstring(out, name);
  put_cstring(out, value);
  end_frame(out, mark);
}

void put_negotiate_version(std::string& out, std::int32_t minor,
                           const std::vector<std::string_view>& unknown_options) {
  const std::size_t mark = begin_frame(out, 'v');
  // The documentation speaks of the minor version alone; servers and libpq mean the whole number.
  put_i32(out, static_cast<std::int32_t>(kProtocol3) + minor);
  put_i32(out, static_cast<std::int32_t>(unknown_options.size()));
  for (const std::string_view option : unknown_options) put_cstring(out, option);
  end_frame(out, mark);
}

void put_ready(std::string& out, TxnStatus status) {
  const char frame[] = {'Z', 0, 0, 0, static_cast<char>(kReadyLength), static_cast<char>(status)};
  out.append(frame, sizeof frame);
}

void put_row_description(std::string& out, const std::vector<Field>& fields) {
  const std::size_t mark = begin_frame(out, 'T');
  put_i16(out, static_cast<std::int16_t>(fields.size()));
  for (const Field& field : fields) {
    put_cstring(out, field.name);
    put_i32(out, static_cast<std::int32_t>(field.table));
    put_i16(out, field.attribute);
    put_i32(out, static_cast<std::int32_t>(field.type));
    put_i16(out, field.type_size);
    put_i32(out, field.type_modifier);
    put_i16(out, field.format);
  }
  end_frame(out, mark);
}

void put_data_row(std::string& out, const std::vector<std::optional<std::string_view>>& values) {
  const std::size_t mark = begin_frame(out, 'D');
  put_i16(out, static_cast<std::int16_t>(values.size()));
  for (const std::optional<std::string_view>& value : values) {
    put_i32(out, value ? static_cast<std::int32_t>(value->size()) : -1);
    if (value) out.append(*value);
  }
  end_frame(out, mark);
}

void put_command_complete(std::string& out, std::string_view tag) {
  const std::size_t mark = begin_frame(out, 'C');
  put_cstring(out, tag);
  end_frame(out, mark);
}

void put_error(std::string& out, const Error& error) {
  const std::size_t mark = begin_frame(out, 'E');
  if (!error.server_fields.empty()) {
    out.append(error.server_fields);
    end_frame(out, mark);
    return;
  }
  const std::string_view severity = error.fatal ? "FATAL" : "ERROR";
  put_field(out, 'S', severity);
  put_field(out, 'V', severity);
  put_field(out, 'C', error.sqlstate);
  put_field(out, 'M', error.message);
  put_field(out, 'D', error.detail);
  put_field(out, 'H', error.hint);
  if (error.position != 0) put_field(out, 'P', std::to_string(error.position));
  out.push_back('\0');
  end_frame(out, mark);
}

void put_notice(std::string& out, std::string_view sqlstate, std::string_view severity,
                std::string_view message) {
  const std::size_t mark = begin_frame(out, 'N');
  put_field(out, 'S', severity);
  put_field(out, 'V', severity);
  put_field(out, 'C', sqlstate);
  put_field(out, 'M', message);
  out.push_back('\0');
  end_frame(out, mark);
}

void put_empty(std::string& out, char type) { end_frame(out, begin_frame(out, type)); }

}  // namespace tessera::wire
