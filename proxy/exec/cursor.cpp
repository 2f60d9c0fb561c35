#include "proxy/exec/cursor.h"

#include <algorithm>
#include <limits>

namespace tessera::exec {
namespace {

constexpr std::size_t kBatchBytes = 32 * 1024;

}  // namespace

Cursor::Cursor(Streams streams, MergeSpec spec)
    : streams_(std::move(streams)), spec_(std::move(spec)), heads_(streams_.size()) {
  for (Head& head : heads_) head.keys.resize(spec_.keys.size());
}

// Has the stream a current row? Waits for it.
Task<Result<bool>> Cursor::ready(std::size_t stream) {
  RowStream& rows = streams_[stream];
  if (!rows.row().empty()) co_return true;
  if (rows.ended()) co_return false;
  auto filled = co_await rows.refill();
  if (!filled) co_return filled.error();
  co_return !rows.row().empty();
}

// Finds the keys and the end of the visible columns. The frame came from a server, its lengths are
// trusted only as far as the reader checks them.
void Cursor::take_apart(std::size_t stream) {
  Head& head = heads_[stream];
  const std::string_view frame = streams_[stream].row();
  wire::Reader reader(frame.substr(wire::kFrameHead));
  const auto columns = static_cast<std::uint32_t>(reader.i16());
  head.visible_end = frame.size();
  std::fill(head.keys.begin(), head.keys.end(), std::nullopt);
  for (std::uint32_t i = 0; i < columns && !reader.failed(); ++i) {
    if (columns - i == spec_.hidden_columns) head.visible_end = frame.size() - reader.size();
    const std::int32_t length = reader.i32();
    std::optional<std::string_view> value;
    if (length >= 0) value = reader.bytes(static_cast<std::size_t>(length));
    for (std::size_t k = 0; k < spec_.keys.size(); ++k) {
      if (columns - i == spec_.keys[k].from_end) head.keys[k] = value;
    }
  }
}

bool Cursor::comes_after(std::size_t a, std::size_t b) const {
  for (std::size_t k = 0; k < spec_.keys.size(); ++k) {
    const MergeSpec::Key& key = spec_.keys[k];
    const auto& left = heads_[a].keys[k];
    const auto& right = heads_[b].keys[k];
    if (!left || !right) {
      if (!left && !right) continue;
      return left.has_value() == key.nulls_first;
    }
    const int order = key.compare(*left, *right);
    if (order != 0) return key.descending ? order < 0 : order > 0;
  }
  return a > b;  // rows that are equal come in shard order, so that a result is repeatable
}

void Cursor::push_heap(std::size_t stream) {
  take_apart(stream);
  heap_.push_back(stream);
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](std::size_t a, std::size_t b) { return comes_after(a, b); });
}

Task<Status> Cursor::start() {
  started_ = true;
  if (spec_.keys.empty()) co_return Status{};
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    auto has = co_await ready(i);
    if (!has) co_return has.error();
    if (*has) push_heap(i);
  }
  co_return Status{};
}

Task<Result<std::optional<std::size_t>>> Cursor::choose_sorted() {
  if (consumed_) {
    auto has = co_await ready(*consumed_);
    if (!has) co_return has.error();
    if (*has) push_heap(*consumed_);
    consumed_.reset();
  }
  if (heap_.empty()) co_return std::optional<std::size_t>{};
  std::pop_heap(heap_.begin(), heap_.end(),
                [this](std::size_t a, std::size_t b) { return comes_after(a, b); });
  const std::size_t next = heap_.back();
  heap_.pop_back();
  consumed_ = next;
  co_return std::optional<std::size_t>{next};
}

Task<Result<std::optional<std::size_t>>> Cursor::choose_in_order() {
  while (!spec_.sequence.empty() && at_ < spec_.sequence.size()) {
    const std::size_t stream = spec_.sequence[at_++];
    auto has = co_await ready(stream);
    if (!has) co_return has.error();
    if (*has) co_return std::optional<std::size_t>{stream};
  }
  const std::size_t last = spec_.first_only ? 1 : streams_.size();
  while (spec_.sequence.empty() && at_ < last) {
    auto has = co_await ready(at_);
    if (!has) co_return has.error();
    if (*has) co_return std::optional<std::size_t>{at_};
    ++at_;
    header_due_ = true;
  }
  co_return std::optional<std::size_t>{};
}

Task<Result<std::optional<std::size_t>>> Cursor::choose() {
  if (spec_.keys.empty()) {
    auto chosen = co_await choose_in_order();
    if (chosen && *chosen) take_apart(**chosen);
    co_return chosen;
  }
  auto chosen = co_await choose_sorted();
  co_return chosen;
}

void Cursor::emit(std::size_t stream, std::string& out) {
  const std::string_view frame = streams_[stream].row();
  if (spec_.hidden_columns == 0) {
    out.append(frame);
    return;
  }
  wire::Reader reader(frame.substr(wire::kFrameHead));
  const auto columns = static_cast<std::uint32_t>(reader.i16());
  const std::size_t mark = wire::begin_frame(out, 'D');
  wire::put_i16(out, static_cast<std::int16_t>(columns - spec_.hidden_columns));
  constexpr std::size_t kColumnsBegin = wire::kFrameHead + 2;
  out.append(frame.substr(kColumnsBegin, heads_[stream].visible_end - kColumnsBegin));
  wire::end_frame(out, mark);
}

Task<Result<Cursor::Batch>> Cursor::next(std::string& out, std::uint64_t rows_max) {
  if (!started_) {
    auto began = co_await start();
    if (!began) co_return began.error();
  }
  const std::uint64_t limit = spec_.limit.value_or(std::numeric_limits<std::uint64_t>::max());
  Batch batch;
  while (batch.rows < rows_max && out.size() < kBatchBytes) {
    if (given_ >= limit) break;
    auto chosen = co_await choose();
    if (!chosen) co_return chosen.error();
    if (!*chosen) {
      batch.ended = true;
      co_return batch;
    }
    const std::size_t stream = **chosen;
    if (!spec_.headers.empty() && header_due_) {
      wire::put_data_row(out, {std::string_view(spec_.headers[stream])});
      ++batch.rows;
      header_due_ = false;
      continue;  // the client may have asked for no more
    }
    if (skipped_ < spec_.offset) {
      ++skipped_;
    } else {
      emit(stream, out);
      ++given_;
      ++batch.rows;
    }
    streams_[stream].advance();
  }
  batch.ended = given_ >= limit;
  co_return batch;
}

Task<Status> Cursor::finish() {
  Status outcome{};
  for (RowStream& stream : streams_) {
    while (!stream.ended()) {
      auto filled = co_await stream.refill();
      if (!filled && outcome) outcome = filled.error();
    }
  }
  co_return outcome;
}

Task<> Cursor::close(bool abandon) { co_await close_streams(streams_, abandon); }

std::string Cursor::take_notices() {
  std::string notices;
  for (RowStream& stream : streams_) {
    std::string more = stream.take_notices();
    if (&stream == &streams_.front() || !spec_.first_only) notices += more;
  }
  return notices;
}

std::string Cursor::tag() const {
  if (streams_.empty()) return {};
  const std::string& first = streams_.front().tag();
  if (spec_.first_only || !wire::rows_of_tag(first)) return first;
  std::uint64_t rows = 0;
  for (const RowStream& stream : streams_) rows += wire::rows_of_tag(stream.tag()).value_or(0);
  return wire::tag_with_rows(first, rows);
}

}  // namespace tessera::exec
