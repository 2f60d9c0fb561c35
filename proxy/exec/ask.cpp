#include "proxy/exec/ask.h"

#include "proxy/exec/streams.h"
#include "proxy/wire/byte_order.h"

namespace tessera::exec {
namespace {

std::vector<Answer> answers_of(const RowStream& stream) {
  std::vector<Answer> out;
  wire::Reader reader(stream.row().substr(wire::kFrameHead));
  (void)reader.i16();
  for (const wire::Field& field : stream.fields()) {
    const std::int32_t length = reader.i32();
    Answer answer{.type = field.type, .text = {}};
    if (length >= 0) answer.text = reader.bytes(static_cast<std::size_t>(length));
    out.push_back(std::move(answer));
  }
  return out;
}

}  // namespace

Task<Result<std::vector<Answer>>> ask(Request& request, StreamSpec spec) {
  std::vector<StreamSpec> specs;
  specs.push_back(std::move(spec));
  auto opened = co_await open_streams(request, std::move(specs));
  if (!opened) co_return opened.error();
  Streams streams = std::move(*opened);
  RowStream& stream = streams.front();
  std::vector<Answer> answers;
  Status filled{};
  while (filled && !stream.ended()) {
    filled = co_await stream.refill();
    for (; filled && !stream.row().empty(); stream.advance()) answers = answers_of(stream);
  }
  co_await close_streams(streams, !filled.has_value());
  if (!filled) co_return filled.error();
  co_return answers;
}

}  // namespace tessera::exec
