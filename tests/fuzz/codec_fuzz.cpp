// Bytes from a client, from a server and from a login: what is decoded must be encoded to the same
// bytes again, the two ways to find frames must agree, and nothing is read outside the input.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/wire/backend.h"
#include "proxy/wire/base64.h"
#include "proxy/wire/frontend.h"
#include "proxy/wire/scram.h"

namespace tessera::wire {
namespace {

constexpr std::size_t kBodyMax = 0x3fffffff;

void require(bool held) {
  if (!held) std::abort();
}

void require_same(std::string_view frame, std::string_view body) {
  require(frame.substr(kFrameHead) == body);
}

void fuzz_parse(std::string_view body) {
  ParseMessage message;
  if (!decode_parse(body, message)) return;
  std::string again;
  put_parse(again, message.name, message.query, message.parameter_types);
  require_same(again, body);
}

void fuzz_bind(std::string_view body) {
  BindMessage message;
  if (!decode_bind(body, message)) return;
  for (std::size_t i = 0; i < message.parameters.size(); ++i) (void)message.format_of(i);
  std::string again;
  put_bind(again, message);
  require_same(again, body);
}

void fuzz_named(std::string_view body) {
  const auto named = decode_named(body);
  if (!named) return;
  std::string again;
  put_describe(again, named->kind, named->name);
  require_same(again, body);
}

void fuzz_execute(std::string_view body) {
  const auto execute = decode_execute(body);
  if (!execute) return;
  std::string again;
  put_execute(again, execute->portal, execute->rows_max);
  require_same(again, body);
}

void fuzz_row_description(std::string_view body) {
  std::vector<Field> fields;
  if (!decode_row_description(body, fields)) return;
  std::string again;
  put_row_description(again, fields);
  require_same(again, body);
}

void fuzz_data_row(std::string_view body) {
  std::vector<std::optional<std::string_view>> row;
  if (!decode_data_row(body, row)) return;
  std::string again;
  put_data_row(again, row);
  require_same(again, body);
}

void fuzz_error(std::string_view body) {
  const Error error = decode_error(body);
  std::string again;
  put_error(again, error);
  const Error twice = decode_error(std::string_view(again).substr(kFrameHead));
  require(twice.sqlstate == error.sqlstate && twice.fatal == error.fatal);
}

void fuzz_tag(std::string_view tag) {
  if (rows_of_tag(tag)) require(rows_of_tag(tag_with_rows(tag, 42)) == 42U);
}

void fuzz_body(std::string_view body) {
  std::vector<std::uint32_t> types;
  (void)decode_query(body);
  (void)decode_parameter_description(body, types);
  (void)decode_parameter_status(body);
  fuzz_parse(body);
  fuzz_bind(body);
  fuzz_named(body);
  fuzz_execute(body);
  fuzz_row_description(body);
  fuzz_data_row(body);
  fuzz_error(body);
  fuzz_tag(body);
}

// The scan of frame heads ends where taking frame after frame ends.
void fuzz_frames(std::string_view bytes) {
  const auto scan = scan_reply(bytes, "ESGW");
  std::size_t at = 0;
  bool ended = false;
  while (!ended) {
    const auto frame = first_frame(bytes.substr(at), kBodyMax);
    if (!frame || !*frame) break;
    fuzz_body((*frame)->body);
    const char type = (*frame)->type;
    if (scan && std::string_view("ESGW").find(type) != std::string_view::npos) break;
    at += (*frame)->bytes.size();
    ended = type == 'Z';
  }
  if (scan) require(scan->complete_bytes == at && scan->ended == ended);
}

// However a client's bytes are cut into reads, the same frames come out of them, and none before it
// is whole.
void fuzz_splits(std::string_view bytes) {
  constexpr std::size_t kSplitsMax = 300;
  if (bytes.empty() || bytes.size() > kSplitsMax) return;
  const std::size_t body_max = body_max_of(bytes[0]);
  const auto whole = first_frame(bytes, body_max);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = first_frame(bytes.substr(0, size), body_max);
    if (!part) {
      require(!whole && size >= kFrameHead);
      return;
    }
    if (!*part) continue;
    require(whole && *whole && (*whole)->bytes == (*part)->bytes && (*part)->bytes.size() <= size);
    return;
  }
}

void fuzz_login_splits(std::string_view bytes) {
  const auto whole = first_packet_size(bytes);
  for (std::size_t size = 0; size < std::min<std::size_t>(bytes.size(), 16); ++size) {
    const auto part = first_packet_size(bytes.substr(0, size));
    if (part && !*part) continue;
    require(whole.has_value() == part.has_value() && (!whole || **whole == **part));
  }
}

void fuzz_login(std::string_view bytes) {
  (void)first_packet_size(bytes);
  const auto packet = decode_first_packet(bytes);
  if (packet && std::holds_alternative<StartupMessage>(*packet)) {
    std::string again;
    put_startup(again, std::get<StartupMessage>(*packet).parameters);
    require(again.size() <= bytes.size());
  }
}

void fuzz_scram(std::string_view text) {
  const ScramVerifier verifier = mock_verifier("nobody");
  ScramServer server(verifier, "nonce");
  if (server.first(text)) (void)server.final(text);
  ScramServer expecting(verifier, "nonce");
  require(expecting.first("n,,n=,r=abc").has_value());
  require(!expecting.final(text));
  ScramClient client("", "", "nonce");
  // Only what cannot be answered: an answer costs thousands of hashes.
  if (!text.starts_with("r=nonce")) (void)client.answer(text);
  require(!client.check(text));
  if (const auto known = verifier_from_text(text)) (void)verifier_to_text(*known);
  if (const auto bytes = from_base64(text)) require(from_base64(base64(*bytes)) == bytes);
  (void)saslprep(text);
}

}  // namespace
}  // namespace tessera::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  tessera::wire::fuzz_frames(bytes);
  tessera::wire::fuzz_splits(bytes);
  tessera::wire::fuzz_login_splits(bytes);
  tessera::wire::fuzz_body(bytes);
  tessera::wire::fuzz_login(bytes);
  tessera::wire::fuzz_scram(bytes);
  return 0;
}
