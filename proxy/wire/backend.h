#pragma once
// Messages that a server sends: decoded where they arrive from servers, encoded where the proxy
// itself answers a client.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "proxy/wire/frame.h"

namespace tessera::wire {

struct Field {
  std::string_view name;
  std::uint32_t table = 0;
  std::int16_t attribute = 0;
  std::uint32_t type = 0;
  std::int16_t type_size = 0;
  std::int32_t type_modifier = -1;
  std::int16_t format = 0;
};

// How far a server's reply goes in what has been received so far.
struct ReplyScan {
  std::size_t complete_bytes = 0;  // whole frames, up to and including the one that ended the scan
  bool ended = false;              // the last of them is ReadyForQuery
  TxnStatus status = TxnStatus::kIdle;
  std::size_t missing = 0;  // of the frame behind these, which is not special: what is yet to come
  char first_special = 0;   // the first frame type the relay must look at (see scan_reply), not
                            // included in complete_bytes
};

// Types of frames, one bit for each of the 256.
class FrameTypes {
 public:
  constexpr FrameTypes(std::string_view types) {
    for (const char type : types) {
      const auto code = static_cast<unsigned char>(type);
      words_[code / 64] |= std::uint64_t{1} << (code % 64);
    }
  }
  constexpr FrameTypes(const char* types) : FrameTypes(std::string_view(types)) {}
  [[nodiscard]] constexpr bool has(char type) const {
    const auto code = static_cast<unsigned char>(type);
    return ((words_[code / 64] >> (code % 64)) & 1) != 0;
  }

 private:
  std::array<std::uint64_t, 4> words_ = {};
};

// Looks at frame heads only. Stops behind ReadyForQuery, and before the first frame whose type is
// in `special`. Errors: 08P01 a length below four.
[[nodiscard]] Result<ReplyScan> scan_reply(std::string_view buffer, const FrameTypes& special);

// Views point into `body`. Errors: 08P01.
[[nodiscard]] Status decode_row_description(std::string_view body, std::vector<Field>& fields);
[[nodiscard]] Status decode_data_row(std::string_view body,
                                     std::vector<std::optional<std::string_view>>& values);
[[nodiscard]] Status decode_parameter_description(std::string_view body,
                                                  std::vector<std::uint32_t>& types);
// ErrorResponse or NoticeResponse → Error, with the body kept in server_fields.
[[nodiscard]] Error decode_error(std::string_view body);
// Puts what `change` makes of each field of an ErrorResponse (documentation, chapter 55.8) in its
// place.
using ChangeField = std::function<std::string(char code, std::string_view value)>;
void change_fields(Error& error, const ChangeField& change);
// The rows that a command tag counts ("INSERT 0 3", "SELECT 7", "UPDATE 2"); absent where it counts
// none.
[[nodiscard]] std::optional<std::uint64_t> rows_of_tag(std::string_view tag);
// `tag` with its count replaced.
[[nodiscard]] std::string tag_with_rows(std::string_view tag, std::uint64_t rows);
struct ParameterStatus {
  std::string_view name;
  std::string_view value;
};
[[nodiscard]] Result<ParameterStatus> decode_parameter_status(std::string_view body);

void put_authentication_ok(std::string& out);
void put_authentication_password(std::string& out);  // in clear text
void put_authentication_md5(std::string& out, std::string_view salt);
void put_authentication_sasl(std::string& out, std::string_view mechanism);
void put_authentication_sasl(std::string& out, const std::vector<std::string_view>& mechanisms);
void put_authentication_sasl_continue(std::string& out, std::string_view bytes);
void put_authentication_sasl_final(std::string& out, std::string_view bytes);
void put_backend_key(std::string& out, std::int32_t pid, std::int32_t secret);
void put_parameter_status(std::string& out, std::string_view name, std::string_view value);
// NegotiateProtocolVersion: the newest minor version of protocol 3 we speak, and the _pq_ options
// that we do not know.
void put_negotiate_version(std::string& out, std::int32_t minor,
                           const std::vector<std::string_view>& unknown_options);
void put_ready(std::string& out, TxnStatus status);
void put_row_description(std::string& out, const std::vector<Field>& fields);
void put_data_row(std::string& out, const std::vector<std::optional<std::string_view>>& values);
void put_command_complete(std::string& out, std::string_view tag);
// An ErrorResponse: the server's own fields when the error has them, else severity ERROR or FATAL
// (S and V), C, M, D, H, P.
void put_error(std::string& out, const Error& error);
void put_notice(std::string& out, std::string_view sqlstate, std::string_view severity,
                std::string_view message);
// A message without a body: ParseComplete '1', BindComplete '2', CloseComplete '3', NoData 'n',
// EmptyQueryResponse 'I', PortalSuspended 's'.
void put_empty(std::string& out, char type);

}  // namespace tessera::wire
