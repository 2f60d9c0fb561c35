#include "proxy/wire/frame.h"

#include "proxy/wire/byte_order.h"

namespace tessera::wire {

namespace {

// Lengths on the wire are signed: nothing beyond this is a length.
constexpr std::uint32_t kLengthMax = 0x7fffffff;
constexpr std::uint32_t kLengthMin = 4;

}  // namespace

Error protocol_violation(std::string message) {
  return {.sqlstate = "08P01", .message = std::move(message)};
}

Error framing_lost(std::string message) {
  return {.sqlstate = "08P01", .message = std::move(message), .fatal = true};
}

Result<std::optional<std::size_t>> frame_size(std::string_view buffer, std::size_t body_max) {
  if (buffer.size() < kFrameHead) return std::optional<std::size_t>();
  const auto length = load<std::uint32_t>(buffer.data() + 1);
  if (length < kLengthMin || length > kLengthMax || length - kLengthMin > body_max) {
    return framing_lost("invalid message length");
  }
  return std::optional<std::size_t>(std::size_t{length} + 1);
}

Result<std::optional<Frame>> first_frame(std::string_view buffer, std::size_t body_max) {
  const Result<std::optional<std::size_t>> size = frame_size(buffer, body_max);
  if (!size) return size.error();
  if (!*size || **size > buffer.size()) return std::optional<Frame>();
  const std::string_view bytes = buffer.substr(0, **size);
  return std::optional<Frame>(Frame{bytes[0], bytes.substr(kFrameHead), bytes});
}

std::string_view Reader::fail(Fault fault) {
  if (fault_ == Fault::kNone) fault_ = fault;
  rest_ = {};
  return {};
}

Status Reader::finish() const {
  switch (fault_) {
    case Fault::kShort:
      return protocol_violation("insufficient data left in message");
    case Fault::kString:
      return protocol_violation("invalid string in message");
    case Fault::kNone:
      break;
  }
  if (!rest_.empty()) return protocol_violation("invalid message format");
  return {};
}

void put_i16(std::string& out, std::int16_t value) {
  char bytes[sizeof value];
  store(bytes, static_cast<std::uint16_t>(value));
  out.append(bytes, sizeof bytes);
}

void put_i32(std::string& out, std::int32_t value) {
  char bytes[sizeof value];
  store(bytes, static_cast<std::uint32_t>(value));
  out.append(bytes, sizeof bytes);
}

void put_cstring(std::string& out, std::string_view value) {
  out.append(value);
  out.push_back('\0');
}

std::size_t begin_frame(std::string& out, char type) {
  const char head[kFrameHead] = {type, 0, 0, 0, 0};
  out.append(head, sizeof head);
  return out.size() - sizeof(std::uint32_t);
}

void end_frame(std::string& out, std::size_t mark) {
  store(out.data() + mark, static_cast<std::uint32_t>(out.size() - mark));
}

}  // namespace tessera::wire
