#pragma once
// PostgreSQL's frontend/backend protocol, version 3 (documentation chapter 55): frames and their
// heads.
//
// A frame is a type byte, a four-byte length that counts itself, and a body. Everything here works
// on bytes that somebody else read; nothing here sees a socket.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/wire/byte_order.h"

namespace tessera::wire {

inline constexpr std::size_t kFrameHead = 5;
inline constexpr std::uint32_t kProtocol3 = 196608;
inline constexpr std::uint32_t kCancelRequest = 80877102;
inline constexpr std::uint32_t kSslRequest = 80877103;
inline constexpr std::uint32_t kGssEncRequest = 80877104;

// The status byte of ReadyForQuery.
enum class TxnStatus : char { kIdle = 'I', kInBlock = 'T', kFailed = 'E' };

// A whole frame. `body` points into the buffer that it was found in.
struct Frame {
  char type = 0;
  std::string_view body;
  std::string_view bytes;  // head and body
};

// 08P01: a message that is whole but wrong inside; the conversation can go on.
[[nodiscard]] Error protocol_violation(std::string message);
// 08P01, fatal: nobody knows where the next message begins.
[[nodiscard]] Error framing_lost(std::string message);

// The first frame of `buffer` if it is whole; absent: more bytes are needed.
// Errors: 08P01 a length below four or above `body_max`.
[[nodiscard]] Result<std::optional<Frame>> first_frame(std::string_view buffer,
                                                       std::size_t body_max);

// The bytes of the frame that `buffer` begins with if it is whole and of `type`; else 0.
[[nodiscard]] inline std::size_t whole_frame(std::string_view buffer, char type) {
  if (buffer.size() < kFrameHead || buffer[0] != type) return 0;
  const auto length = load<std::uint32_t>(buffer.data() + 1);
  return length < sizeof length || length >= buffer.size() ? 0 : std::size_t{length} + 1;
}

// The length that the head of `buffer` announces for the whole frame (head included), once five
// bytes are there. Errors: 08P01.
[[nodiscard]] Result<std::optional<std::size_t>> frame_size(std::string_view buffer,
                                                            std::size_t body_max);

// Reading a body, field by field. A read past the end makes the reader fail and give empty values
// from then on.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}
  std::uint8_t u8() { return integer<std::uint8_t>(); }
  std::int16_t i16() { return static_cast<std::int16_t>(integer<std::uint16_t>()); }
  std::int32_t i32() { return static_cast<std::int32_t>(integer<std::uint32_t>()); }
  std::string_view bytes(std::size_t count) {
    if (count > rest_.size() || fault_ != Fault::kNone) return fail(Fault::kShort);
    return take(count);
  }
  std::string_view cstring() {
    const std::size_t end = rest_.starts_with('\0') ? 0 : rest_.find('\0');
    if (end == std::string_view::npos) return fail(Fault::kString);
    const std::string_view taken = take(end);
    rest_.remove_prefix(1);
    return taken;
  }
  [[nodiscard]] bool failed() const { return fault_ != Fault::kNone; }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  // Everything was read and nothing was missing.
  [[nodiscard]] bool done() const { return !failed() && rest_.empty(); }
  // What done() says, as PostgreSQL words it. Errors: 08P01.
  [[nodiscard]] Status finish() const;

 private:
  enum class Fault : std::uint8_t { kNone, kShort, kString };
  // Nothing is left of what is wrong, so what follows fails too.
  [[gnu::cold]] std::string_view fail(Fault fault);
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T integer() {
    if (rest_.size() < sizeof(T)) {
      fail(Fault::kShort);
      return 0;
    }
    return load<T>(take(sizeof(T)).data());
  }

  std::string_view rest_;
  Fault fault_ = Fault::kNone;
};

// Writing: append to `out`. begin_frame() gives a mark that end_frame() needs to fill in the
// length.
void put_i16(std::string& out, std::int16_t value);
void put_i32(std::string& out, std::int32_t value);
void put_cstring(std::string& out, std::string_view value);  // `value` has no NUL
[[nodiscard]] std::size_t begin_frame(std::string& out, char type);
void end_frame(std::string& out, std::size_t mark);

}  // namespace tessera::wire
