#pragma once
// A Cursor: one execution of a scattered statement, giving the client's rows as DataRow frames.
//
// Streams are concatenated, merged by sort keys, or taken in a given sequence; hidden columns are
// cut off; LIMIT and OFFSET are applied once. Nothing is decoded but the keys' bytes. What is held
// in memory is one batch per stream.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/exec/compare.h"
#include "proxy/exec/streams.h"

namespace tessera::exec {

struct MergeSpec {
  struct Key {
    std::uint32_t from_end = 1;
    bool descending = false;
    bool nulls_first = false;
    CompareBinary compare = nullptr;
  };
  std::uint32_t hidden_columns = 0;
  std::vector<Key> keys;                // empty: no merging
  std::vector<std::uint32_t> sequence;  // not empty: row i comes from stream sequence[i]
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
  std::vector<std::string> headers;  // per stream: a row of text to give before its rows
  bool first_only = false;           // every stream did the same: the first one's rows count
};

class Cursor {
 public:
  Cursor(Streams streams, MergeSpec spec);

  struct Batch {
    std::uint64_t rows = 0;
    bool ended = false;
  };
  // Appends up to `rows_max` DataRow frames to `out` (fewer when `out` grows past some 32 KiB).
  // Errors: the servers'. After an error there is only close().
  Task<Result<Batch>> next(std::string& out, std::uint64_t rows_max);

  // Reads every stream to its end and drops the rows that are left: a write has succeeded only when
  // all of it has. Errors: the first one that a server gave.
  Task<Status> finish();
  // Ends all streams. To be called once, whatever happened. `abandon`: what still runs is
  // cancelled.
  Task<> close(bool abandon);

  // What the servers had to say meanwhile, as frames. Where all did the same, the first one's.
  [[nodiscard]] std::string take_notices();
  // The tags of the streams with their rows added (the first one's when first_only).
  [[nodiscard]] std::string tag() const;

 private:
  struct Head {                   // the current row of one stream, taken apart
    std::size_t visible_end = 0;  // offset in the frame where hidden columns begin
    std::vector<std::optional<std::string_view>> keys;
  };

  Task<Status> start();
  Task<Result<std::optional<std::size_t>>> choose();
  Task<Result<bool>> ready(std::size_t stream);
  void take_apart(std::size_t stream);
  bool comes_after(std::size_t a, std::size_t b) const;
  void emit(std::size_t stream, std::string& out);
  void push_heap(std::size_t stream);
  Task<Result<std::optional<std::size_t>>> choose_in_order();
  Task<Result<std::optional<std::size_t>>> choose_sorted();

  Streams streams_;
  const MergeSpec spec_;
  std::vector<Head> heads_;
  std::vector<std::size_t> heap_;        // streams with a current row, the next one first
  std::optional<std::size_t> consumed_;  // the stream whose row was given last
  std::size_t at_ = 0;                   // concatenation: the stream; sequence: the row
  bool header_due_ = true;
  bool started_ = false;
  std::uint64_t skipped_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace tessera::exec
