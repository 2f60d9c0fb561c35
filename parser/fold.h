#pragma once
// What two statements of one shape differ in, where their lists are not equally long.
//
// A plan for lists of any length speaks of a statement with two items in each fold. Ordinals of
// constants and of tokens in a longer one are found from that: nothing is moved, and what stands
// behind the second item of a fold stands behind its last.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/shape.h"

namespace tessera::parser {

using Folds = std::vector<Fold>;

// The ordinal among all constants of what is constant `ordinal` where each fold has two items.
[[nodiscard]] inline std::uint32_t full_ordinal(const Folds& folds, std::uint32_t ordinal) {
  const auto is_behind = [ordinal](const Fold& fold) {
    return ordinal >= fold.first - fold.beyond + 2 * fold.width;
  };
  const auto next = std::partition_point(folds.begin(), folds.end(), is_behind);
  if (next == folds.begin()) return ordinal;
  const Fold& last = *(next - 1);
  return ordinal + last.beyond + (last.count - 2) * last.width;
}

// Bytes [begin, end) of a text.
struct TextSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// Makes of all tokens of `text`, as tokenize() gives them, those of two items for each fold. The
// last token of the second reaches to the end of the last item, so that whatever is copied or
// inserted by tokens finds the whole list. `items` gets where each item of each fold stands. The
// constants of `shape` are those of `text`.
void fold_tokens(const Shape& shape, std::vector<Token>& tokens, std::vector<TextSpan>& items);

// The one statement text[shape.begin, shape.end) with two items in each fold; its shape is equal.
[[nodiscard]] std::string with_two_items(std::string_view text, const Shape& shape,
                                         const ScanOptions& options);

// Is some list longer than two items?
[[nodiscard]] inline bool has_more_items(const Folds& folds) {
  for (const Fold& fold : folds) {
    if (fold.count > 2) return true;
  }
  return false;
}

}  // namespace tessera::parser
