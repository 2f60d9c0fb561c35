#pragma once
// The syntax of inline expressions: text with placeholders, `ds_${user_id % 2}`, as a tree.
//
// One grammar serves node lists (`ds_${0..1}.t_${['a', 'b']}`) and algorithm expressions. It is the
// arithmetic part of Groovy that sharding needs; what lies outside it is refused by name, never
// guessed at. Nesting is bounded, so hostile text cannot exhaust the stack.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::rules {

enum class Operation : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kRemainder,  // sign of the dividend
  kIntdiv,
  kFloorMod,
  kFloorDiv,
  kShiftLeft,
  kShiftRight,
  kShiftRightUnsigned,
  kAnd,
  kOr,
  kXor,
  kNegate,
  kComplement,
  kAbs,
  kHashCode,
  kNarrow,     // intValue(): the low 32 bits
  kToInteger,  // Integer.valueOf(): must fit
  kToLong,
  kToText,  // toString()
};

struct InlineTemplate;

struct InlineNode {
  enum class Kind : std::uint8_t {
    kInteger,
    kText,
    kNull,
    kColumn,
    kOperation,
    kList,
    kRange,           // children: first, last
    kExclusiveRange,  // `..<`
    kTemplate,        // "text with ${placeholders}"
  };
  Kind kind = Kind::kNull;
  Operation operation = Operation::kAdd;
  bool wide = false;        // kInteger: a Java long
  std::int64_t number = 0;  // kInteger
  std::string text;         // kText; kColumn: the name as written
  std::vector<InlineNode> children;
  std::vector<InlineTemplate> templates;  // kTemplate: exactly one
};

// literals[0] placeholders[0] literals[1] … : always one literal more than placeholders.
struct InlineTemplate {
  std::vector<std::string> literals;
  std::vector<InlineNode> placeholders;
};

// Parses `text` as a list of templates, split at commas outside of placeholders and trimmed.
// Errors: 22023 broken syntax; 0A000 outside of the subset. Both name the offending part.
[[nodiscard]] Result<std::vector<InlineTemplate>> parse_inline_list(std::string_view text);

// Parses `text` as one template; commas mean themselves.
[[nodiscard]] Result<InlineTemplate> parse_inline(std::string_view text);

}  // namespace tessera::rules
