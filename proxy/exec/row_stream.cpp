#include "proxy/exec/row_stream.h"

#include <algorithm>

#include "proxy/exec/numbers.h"
#include "proxy/wire/byte_order.h"

namespace tessera::exec {
namespace {

constexpr std::int32_t kRowsPerTurn = 200;
constexpr std::size_t kBodyMax = 0x3fffffff;

}  // namespace

RowStream::RowStream(std::shared_ptr<backend::ServerConn> conn, Flow flow, std::string portal)
    : conn_(std::move(conn)), flow_(flow), portal_(std::move(portal)) {}

void RowStream::put_open(const StreamSpec& spec) {
  std::string& out = conn_->out();
  out += spec.scope.before;
  wire::put_parse(out, "", spec.sql, spec.types);
  out += spec.scope.after;
  conn_->unnamed_key = 0;
  wire::BindMessage bind;
  bind.portal = portal_;
  bind.parameter_formats = spec.parameter_formats;
  bind.parameters = spec.parameters;
  bind.result_formats = spec.result_formats;
  wire::put_bind(out, bind);
  wire::put_describe(out, 'P', portal_);
  if (flow_ == Flow::kWhole) {
    wire::put_execute(out, portal_, 0);
    turn_over_ = false;
    conn_->put_sync();
  } else if (flow_ == Flow::kTurnsSynced) {
    conn_->put_sync();
  } else {
    conn_->put_flush();
  }
}

Task<Status> RowStream::read_description() {
  while (true) {
    auto frame = co_await conn_->read();
    if (!frame) {
      ended_ = closed_ = true;
      co_return frame.error();
    }
    if (frame->type == 'E') {
      auto failed = co_await fail(wire::decode_error(frame->body));
      co_return failed;
    }
    if (frame->type == 'N') notices_.append(frame->bytes);
    if (frame->type == 'n') break;
    if (frame->type != 'T') continue;
    description_.assign(frame->body);
    auto decoded = wire::decode_row_description(description_, fields_);
    if (!decoded) co_return decoded.error();
    break;
  }
  if (flow_ != Flow::kTurnsSynced) co_return Status{};
  // Other streams of the connection have their replies behind this ReadyForQuery: only this one is
  // read.
  while (true) {
    auto frame = co_await conn_->read();
    if (!frame) co_return frame.error();
    if (frame->type == 'Z') co_return Status{};
  }
}

void RowStream::show_numbers(std::shared_ptr<const catalog::TypeNumbers> numbers) {
  numbers_ = std::move(numbers);
  const bool any = std::ranges::any_of(fields_, [&](const wire::Field& field) {
    return field.format != 0 && numbers_->carrier(field.type) != nullptr;
  });
  for (const wire::Field& field : fields_) {
    if (any) carriers_.push_back(field.format == 0 ? nullptr : numbers_->carrier(field.type));
  }
  exec::show_numbers(*numbers_, fields_);
}

// The DataRow frame that begins at `from` in the batch.
void RowStream::renumber(std::size_t from) {
  std::size_t at = from + wire::kFrameHead + sizeof(std::uint16_t);
  for (const catalog::Carrier* carrier : carriers_) {
    if (at + sizeof(std::int32_t) > batch_.size()) return;
    const auto length = static_cast<std::int32_t>(wire::load<std::uint32_t>(batch_.data() + at));
    at += sizeof(std::int32_t);
    if (length < 0) continue;
    const auto bytes = static_cast<std::size_t>(length);
    if (bytes > batch_.size() - at) return;
    if (carrier != nullptr) exec::show_numbers(*numbers_, *carrier, {batch_.data() + at, bytes});
    at += bytes;
  }
}

void RowStream::put_execute() {
  wire::put_execute(conn_->out(), portal_, kRowsPerTurn);
  turn_over_ = false;
  if (flow_ == Flow::kTurnsSynced) {
    conn_->put_sync();
  } else {
    conn_->put_flush();
  }
}

void RowStream::load_row() {
  const std::string_view rest = std::string_view(batch_).substr(batch_begin_);
  const auto frame = wire::first_frame(rest, kBodyMax);
  row_ = frame && *frame ? (*frame)->bytes : std::string_view();
}

void RowStream::advance() {
  batch_begin_ += row_.size();
  load_row();
}

// Takes the whole frames that have arrived. True: the turn is over.
bool RowStream::take_frames() {
  while (true) {
    const auto frame = wire::first_frame(conn_->buffered(), kBodyMax);
    if (!frame || !*frame) return false;
    const wire::Frame taken = **frame;
    if (taken.type == 'D') {
      const std::size_t from = batch_.size();
      batch_.append(taken.bytes);
      if (!carriers_.empty()) renumber(from);
    } else if (taken.type == 'N') {
      notices_.append(taken.bytes);
    } else if (taken.type == 'S') {
      conn_->seen_parameter(taken.body);
    } else if (taken.type == 'C') {
      tag_.assign(taken.body.substr(0, taken.body.size() - 1));
      ended_ = turn_over_ = true;
    } else if (taken.type == 'I') {
      ended_ = turn_over_ = true;
    } else if (taken.type == 's') {
      turn_over_ = true;
    } else if (taken.type == 'E') {
      failure_ = wire::decode_error(taken.body);
      ended_ = turn_over_ = true;
    }
    conn_->consume(taken.bytes.size());
    if (turn_over_) return true;
  }
}

// A turn is read to its end: what is left of it would be taken for rows of the connection's next
// stream.
Task<Status> RowStream::refill() {
  batch_.clear();
  batch_begin_ = 0;
  row_ = {};
  while (!ended_ && (batch_.empty() || (flow_ != Flow::kWhole && !turn_over_))) {
    if (turn_over_) put_execute();
    auto moved = co_await conn_->flush();
    const bool over = moved && take_frames();
    if (moved && !over && (batch_.empty() || flow_ != Flow::kWhole)) moved = co_await conn_->fill();
    if (!moved) {
      ended_ = closed_ = true;
      co_return moved.error();
    }
    if (!over) continue;
    auto turned = co_await end_turn();
    if (!turned) co_return turned.error();
  }
  load_row();
  co_return Status{};
}

Task<Status> RowStream::end_turn() {
  if (failure_) {
    auto failed = co_await fail(*failure_);
    co_return failed;
  }
  if (flow_ == Flow::kTurns) co_return Status{};
  if (flow_ == Flow::kWhole) closed_ = true;
  auto drained = co_await conn_->drain();
  co_return drained;
}

// After an error the server skips everything up to a Sync. One that ended its connection by it
// will not answer that.
Task<Status> RowStream::fail(Error error) {
  ended_ = true;
  auto closed = co_await close();
  if (!closed && !error.fatal) co_return closed.error();
  co_return error;
}

Task<Status> RowStream::close() {
  if (closed_) co_return Status{};
  closed_ = ended_ = true;
  row_ = {};
  if (conn_->broken()) co_return Status{};
  if (flow_ == Flow::kTurns && conn_->unsynced()) conn_->put_sync();
  if (flow_ == Flow::kTurnsSynced && !failure_) {
    wire::put_close(conn_->out(), 'P', portal_);
    conn_->put_sync();
  }
  auto sent = co_await conn_->flush();
  if (!sent) co_return sent.error();
  auto drained = co_await conn_->drain();
  co_return drained;
}

}  // namespace tessera::exec
