#include "parser/shape_memo.h"

#include <algorithm>
#include <cstring>

namespace tessera::parser {
namespace {

// Shorter texts are scanned as fast; longer ones are not worth their memory.
constexpr std::size_t kTextMin = 16;
constexpr std::size_t kTextMax = 1024;
// Any number of so many digits is an int4, whatever they are.
constexpr std::uint32_t kDigitsMax = 9;

// By the first and the sixteen bytes behind them, which hold a statement's verb and table.
std::size_t slot_of(std::string_view text, std::size_t slots) {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&second, text.data() + sizeof first, sizeof second);
  const std::uint64_t mixed = (first ^ (second * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
  return static_cast<std::size_t>(mixed >> 32U) % slots;
}

bool is_small_integer(const Constant& constant) {
  return constant.kind == ConstantClass::kInt4 && constant.length <= kDigitsMax;
}

std::uint32_t digits_at(std::string_view text, std::uint32_t at) {
  std::uint32_t end = at;
  const auto is_digit = [](char c) { return static_cast<unsigned char>(c - '0') <= 9; };
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// Compares `text` with `known`, whose shape is `like`. Both are cut at the small integers; the
// pieces between must be equal, so each number stands between the same bytes and nothing else can
// be read as another token.
bool fits(std::string_view text, std::string_view known, const Shape& like, Shape& shape) {
  shape.constants.clear();
  std::uint32_t at = 0;
  std::uint32_t from = 0;  // in `known`
  const auto same_piece = [&](std::uint32_t to) {
    const std::uint32_t length = to - from;
    if (text.size() - at < length ||
        std::memcmp(text.data() + at, known.data() + from, length) != 0)
      return false;
    at += length;
    from = to;
    return true;
  };
  for (const Constant& constant : like.constants) {
    if (!same_piece(constant.offset)) return false;
    std::uint32_t length = constant.length;
    if (is_small_integer(constant)) {
      length = digits_at(text, at);
      if (length == 0 || length > kDigitsMax) return false;
      shape.constants.push_back({at, length, constant.kind});
      at += length;
      from += constant.length;
      continue;
    }
    shape.constants.push_back({at, length, constant.kind});
    if (!same_piece(constant.offset + length)) return false;
  }
  return same_piece(static_cast<std::uint32_t>(known.size())) && at == text.size();
}

}  // namespace

Status ShapeMemo::scan(std::string_view text, const ScanOptions& options, Shape& shape) {
  if (text.size() < kTextMin || text.size() > kTextMax)
    return parser::scan(text, 0, options, shape);
  Known& known = known_[slot_of(text, kTexts)];
  const bool strings = options.standard_conforming_strings;
  if (known.options.standard_conforming_strings == strings && !known.text.empty() &&
      fits(text, known.text, known.shape, shape)) {
    const auto grown =
        static_cast<std::uint32_t>(text.size()) - static_cast<std::uint32_t>(known.text.size());
    shape.fingerprint = known.shape.fingerprint;
    shape.canonical = known.shape.canonical;
    shape.begin = known.shape.begin;
    shape.end = known.shape.end + grown;
    shape.next = known.shape.next + grown;
    shape.parameter_max = known.shape.parameter_max;
    // As many constants as there stand in the same places.
    shape.folds.clear();
    if (!known.shape.folds.empty()) shape.folds = known.shape.folds;
    return {};
  }
  auto scanned = parser::scan(text, 0, options, shape);
  // What follows the first statement has no shape here.
  if (!scanned || shape.next != text.size() || shape.begin == shape.end) return scanned;
  known.text = text;
  known.options = options;
  known.shape = shape;
  return scanned;
}

}  // namespace tessera::parser
