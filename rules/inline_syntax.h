#pragma once
// The syntax of inline expressions: text with placeholders, `ds_${user_id % 2}`, as a tree.
//
// One grammar serves node lists (`ds_${0..1}.t_${['a', 'b']}`) and algorithm expressions: Groovy's
// expressions without what could reach outside. Nesting is bounded, so hostile text cannot exhaust
// the stack.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/java_number.h"
#include "rules/java_value.h"

namespace tessera::rules {

struct InlineMethod;

struct InlineNode {
  enum class Kind : std::uint8_t {
    kConstant,
    kVariable,     // a column, or a closure's parameter
    kOperation,    // one or two children
    kAnd,          // &&
    kOr,           // ||
    kConditional,  // a ? b : c
    kElvis,        // a ?: b
    kTemplate,     // "text with ${children}"
    kList,
    kRange,       // children: first, last
    kIndex,       // a[b]
    kCall,        // children: the receiver, the arguments
    kStaticCall,  // children: the arguments
    kClosure,     // child: its body
  };
  Kind kind = Kind::kConstant;
  java::Operator operation = java::Operator::kAdd;
  bool safe = false;       // kCall: `?.`
  bool exclusive = false;  // kRange: `..<`
  bool bare = false;       // kConstant: a number without a suffix
  std::uint16_t depth = 1;
  std::size_t at = 0;  // where in the text it begins
  // kVariable, kClosure: the variable; kCall, kStaticCall: what is called, "(int)" and "as int"
  // too.
  std::string name;
  java::JavaValue constant;
  std::vector<std::u16string> literals;  // kTemplate: one more than children
  std::vector<InlineNode> children;

  // Found when it is compiled.
  std::size_t slot = 0;  // kVariable, kClosure
  const InlineMethod* method = nullptr;
  bool hashes_column = false;  // kCall: hashCode() of a column
};

// literals[0] placeholders[0] literals[1] … : always one literal more than placeholders.
struct InlineTemplate {
  std::vector<std::string> literals;
  std::vector<InlineNode> placeholders;
};

// `<TYPE>` before an expression names its language; without it that is GROOVY.
struct InlineLanguage {
  std::string_view name;
  std::string_view body;  // what follows, trimmed
};
[[nodiscard]] InlineLanguage language_of(std::string_view text);

// Parses `text` as a list of templates, split at commas outside of placeholders and trimmed.
// Errors: 22023 broken syntax; 0A000 outside of the subset; 54001 nests too deeply. The first two
// name the offending part and its column.
[[nodiscard]] Result<std::vector<InlineTemplate>> parse_inline_list(std::string_view text);

// Parses `text` as one template; commas mean themselves.
[[nodiscard]] Result<InlineTemplate> parse_inline(std::string_view text);

}  // namespace tessera::rules
