#pragma once
// The scanner: one pass over a statement's text, by PostgreSQL 15's lexical rules (chapter 4.1),
// that takes the constants out and hashes what is left. Two statements with one Shape differ only
// in their constants' values, in white space, comments and in the case of keywords and unquoted
// names.
//
// The shape is a key for the plan cache, never what is sent to a server. The class of each constant
// is part of the fingerprint (1, 3000000000 and 1.0 have different types); so are $n numbers. TRUE,
// FALSE and NULL are keywords, not constants. A quoted identifier never equals a keyword.
//
// Lists of constants are folded: of items behind IN ( or VALUES whose tokens are the same but for
// the constants' values, the fingerprint has the first one and that there are more.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::parser {

// 128-bit XXH3 of the token stream, seeded once per process.
struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

enum class ConstantClass : std::uint8_t {
  kInt4,           // up to 2147483647
  kInt4Edge,       // 2147483648: int4 after a unary minus, int8 otherwise
  kInt8,           // up to 9223372036854775807
  kInt8Edge,       // 9223372036854775808: int8 after a unary minus, numeric otherwise
  kNumeric,        // larger, or with a point or an exponent
  kString,         // '...'
  kEscapeString,   // E'...', and '...' when standard_conforming_strings is off
  kUnicodeString,  // U&'...'
  kDollarString,   // $tag$...$tag$
  kBitString,      // B'...'
  kHexString,      // X'...'
};

// The span of one constant in the text; a unary minus before it is an operator, not part of it.
// Strings continued over lines ('a' \n 'b') are one constant.
struct Constant {
  std::uint32_t offset;
  std::uint32_t length;
  ConstantClass kind;
};

enum class TokenKind : std::uint8_t {
  kIdentifier,
  kQuotedIdentifier,
  kConstant,
  kParameter,
  kOperator,
  kPunctuation,
  kEnd
};

// kIdentifier covers keywords too. Each operator character sequence (by PostgreSQL's rule for + and
// - at its end) is one token; ( ) [ ] , . ; : are punctuation, :: and := and => one token each.
struct Token {
  std::uint32_t offset;
  std::uint32_t length;
  TokenKind kind;
};

// Neighbours in a list, IN (...) or VALUES (...), (...), that differ in their constants' values
// only. Each is made of constants, signs, NULL, TRUE and FALSE; of VALUES an item is a row with its
// parentheses.
struct Fold {
  std::uint32_t first;   // ordinal of the first item's first constant
  std::uint32_t width;   // constants in an item, at least 1
  std::uint32_t count;   // items, at least 2
  std::uint32_t tokens;  // of an item; between two items stands a comma
  std::uint32_t lead;    // of them those before the item's first constant
  std::uint32_t beyond;  // constants in items beyond the second of all folds before this one
  friend bool operator==(const Fold&, const Fold&) = default;
};

struct ScanOptions {
  bool standard_conforming_strings = true;
};

// One statement of a message. Reused from call to call so that a scan does not allocate.
struct Shape {
  Fingerprint fingerprint;
  // The tokens that the fingerprint is of, as text. Equal texts are equal shapes; equal
  // fingerprints nearly always are.
  std::string canonical;
  std::uint32_t begin = 0;          // first byte of the first token
  std::uint32_t end = 0;            // past the last token; begin == end: an empty statement
  std::uint32_t next = 0;           // past the `;`, or the text's size
  std::vector<Constant> constants;  // in text order; their ordinals are what the AST refers to
  std::vector<Fold> folds;          // in text order
  std::uint32_t parameter_max = 0;  // the largest $n
};

// Scans the statement that begins at `from`, up to a top-level `;` (one that is not inside
// parentheses, nor inside a BEGIN ATOMIC ... END function body) or the end of `text`.
// Errors: 42601, worded as PostgreSQL words it ("unterminated quoted string at or near ..."), with
// the character position in `text`.
[[nodiscard]] Status scan(std::string_view text, std::uint32_t from, const ScanOptions& options,
                          Shape& shape);

// All tokens of text[from, to), then one kEnd token at `to`. The ordinals of these tokens are what
// AST ranges refer to. The text has been scanned before without an error.
void tokenize(std::string_view text, std::uint32_t from, std::uint32_t to,
              const ScanOptions& options, std::vector<Token>& tokens);

// The canonical text as people read it: a constant is its class, as in "where id = <int4>".
[[nodiscard]] std::string readable(const Shape& shape);
// A fingerprint that is the same in every run, for people and files; never a key of a cache.
[[nodiscard]] Fingerprint lasting_fingerprint(const Shape& shape);
// "int4", "escape string", ...
[[nodiscard]] std::string_view class_name(ConstantClass kind);

// The value of a constant: a string's characters without quotes and escapes, a number's digits.
// Errors: 22P06, 22025, 42601 as PostgreSQL's scanner gives them for a bad escape.
[[nodiscard]] Result<std::string> constant_value(std::string_view text, const Constant& constant);

// An identifier token's name: unquoted, or folded to lower case as PostgreSQL folds (ASCII only),
// and cut at 63 bytes. U&"..." with its default escape is understood.
[[nodiscard]] std::string identifier_name(std::string_view token);

// `name` as it must be written in SQL: quoted where it is a keyword that needs it or has other
// characters than lower case letters, digits and _.
[[nodiscard]] std::string quote_identifier(std::string_view name);
// `value` as a string constant.
[[nodiscard]] std::string quote_literal(std::string_view value);

// Is `word` (folded) a fully reserved keyword of PostgreSQL 15 (appendix C)?
[[nodiscard]] bool is_reserved(std::string_view word);

}  // namespace tessera::parser
