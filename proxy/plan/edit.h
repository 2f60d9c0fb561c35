#pragma once
// How a shard's SQL differs from the client's text: a few edits anchored at tokens, so that
// everything else - comments, constants, spelling - goes to PostgreSQL as the client wrote it.
//
// Edits are part of a cached plan and are applied to any statement of the same shape: token
// ordinals are the same, offsets and constants are that statement's own.

#include <cstdint>
#include <string>
#include <vector>

#include "parser/ast.h"
#include "parser/shape.h"

namespace tessera::plan {

// One part of what an edit puts in place.
struct Piece {
  enum class Kind : std::uint8_t {
    kText,      // `text` as it is
    kTokens,    // a copy of the statement's tokens `range`, edits inside it applied
    kBytes,     // a copy of the statement's bytes `range`
    kTable,     // the actual table of table slot `slot`, quoted
    kSuffixed,  // the name `text`, with "_" and the actual table of slot `slot` behind it, quoted
    kPartialType,  // final statements: name of the type of partial column `slot`
    kArray,  // final statements: "$n" of the array parameter that carries partial column `slot`
  };
  Kind kind = Kind::kText;
  std::string text;
  parser::TokenRange range;
  std::uint32_t slot = 0;
};

// Replaces tokens [replaced.first, replaced.end); an empty range inserts before token `first`.
struct Edit {
  parser::TokenRange replaced;
  std::vector<Piece> pieces;
};

// Sorted by position, not overlapping (an edit may lie inside a range that another edit copies by
// kTokens).
using Edits = std::vector<Edit>;

// The actual table of each slot, quoted as SQL needs it.
using SlotNames = std::vector<std::string>;

struct RenderInput {
  std::string_view text;                     // the statement's own text
  const std::vector<parser::Token>* tokens;  // of `text`; the last one is kEnd
  const SlotNames* tables = nullptr;
  const std::vector<std::string>* partial_types = nullptr;
  std::uint32_t first_array_parameter = 1;  // number of the first kArray parameter
};

// The statement after `edits`.
[[nodiscard]] std::string render(const RenderInput& input, const Edits& edits);
// Where in input.text byte `at` of render(input, edits) comes from; for what an edit put there,
// where the edit begins.
[[nodiscard]] std::size_t source_offset(const RenderInput& input, const Edits& edits,
                                        std::size_t at);
// A statement that is built from pieces alone.
[[nodiscard]] std::string render(const RenderInput& input, const std::vector<Piece>& pieces,
                                 const Edits& edits);

}  // namespace tessera::plan
