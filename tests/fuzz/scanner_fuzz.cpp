// Any bytes: statements do not overlap, a statement scanned by itself has the same shape, and its
// tokens and constants lie inside it. The first byte chooses standard_conforming_strings.

#include <cstdlib>

#include "parser/fold.h"
#include "parser/shape.h"
#include "parser/shape_memo.h"

namespace tessera::parser {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_statement(std::string_view text, const Shape& shape, const ScanOptions& options) {
  const std::string_view statement = text.substr(shape.begin, shape.end - shape.begin);
  Shape alone;
  require(scan(statement, 0, options, alone).has_value());
  require(alone.fingerprint == shape.fingerprint);
  require(alone.begin == 0 && alone.end == statement.size());
  require(alone.constants.size() == shape.constants.size());

  std::vector<Token> tokens;
  tokenize(text, shape.begin, shape.end, options, tokens);
  std::size_t constants = 0;
  std::uint32_t place = shape.begin;
  for (const Token& token : tokens) {
    require(token.offset >= place);
    place = token.offset + token.length;
    require(place <= shape.end);
    if (token.kind == TokenKind::kConstant) ++constants;
    if (token.kind == TokenKind::kQuotedIdentifier || token.kind == TokenKind::kIdentifier) {
      (void)quote_identifier(identifier_name(text.substr(token.offset, token.length)));
    }
  }
  require(constants == shape.constants.size());
  for (const Constant& constant : shape.constants) (void)constant_value(text, constant);
}

// With two items in each list a statement is shorter, and of the same shape.
void check_folds(std::string_view text, const Shape& shape, const ScanOptions& options) {
  const std::string shorter = with_two_items(text, shape, options);
  Shape folded;
  require(scan(shorter, 0, options, folded).has_value());
  require(folded.canonical == shape.canonical);
  require(folded.folds.size() == shape.folds.size() && !has_more_items(folded.folds));
  for (std::uint32_t at = 0; at < folded.constants.size(); ++at) {
    const Constant& constant = shape.constants[full_ordinal(shape.folds, at)];
    require(
        text.substr(constant.offset, constant.length) ==
        std::string_view(shorter).substr(folded.constants[at].offset, folded.constants[at].length));
  }
}

// A text that the memo knows and the same with other digits.
void check_memo(std::string text, const ScanOptions& options) {
  ShapeMemo memo;
  for (int round = 0; round < 2; ++round) {
    Shape remembered;
    Shape scanned;
    const bool known = memo.scan(text, options, remembered).has_value();
    require(known == scan(text, 0, options, scanned).has_value());
    if (known) {
      require(remembered.fingerprint == scanned.fingerprint);
      require(remembered.end == scanned.end && remembered.next == scanned.next);
      require(remembered.folds == scanned.folds);
      require(remembered.constants.size() == scanned.constants.size());
      for (std::size_t i = 0; i < scanned.constants.size(); ++i)
        require(remembered.constants[i].offset == scanned.constants[i].offset);
    }
    for (char& c : text) c = c >= '0' && c <= '8' ? static_cast<char>(c + 1) : c;
  }
}

}  // namespace
}  // namespace tessera::parser

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::parser;
  if (size == 0) return 0;
  const ScanOptions options{.standard_conforming_strings = data[0] % 2 == 0};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  Shape shape;
  std::uint32_t from = 0;
  while (from < text.size() && scan(text, from, options, shape)) {
    require(shape.next > from && shape.end <= shape.next && shape.begin >= from);
    if (shape.begin != shape.end) {
      check_statement(text, shape, options);
      check_folds(text, shape, options);
    }
    from = shape.next;
  }
  check_memo(std::string(text), options);
  return 0;
}
