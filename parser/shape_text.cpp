// Shapes for people to read.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "parser/char_class.h"
#include "parser/shape.h"

namespace tessera::parser {
namespace {

constexpr std::array<std::string_view, 11> kClassNames{
    "int4",          "int4 edge",      "int8",          "int8 edge",  "numeric",   "string",
    "escape string", "unicode string", "dollar string", "bit string", "hex string"};

}  // namespace

std::string_view class_name(ConstantClass kind) {
  return kClassNames[static_cast<std::size_t>(kind)];
}

std::string readable(const Shape& shape) {
  std::string out;
  bool quoted = false;
  for (const char c : shape.canonical) {
    if (c == '"') quoted = !quoted;
    const auto byte = static_cast<unsigned char>(c);
    if (!quoted && byte >= 1 && byte <= kClassNames.size()) {
      out.append("<").append(kClassNames[byte - 1U]).append("> ");
    } else if (!quoted && c == kMoreItems) {
      out.append("...");
    } else if (quoted || c != '\x7f') {
      out += c;
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

Fingerprint lasting_fingerprint(const Shape& shape) {
  const XXH128_hash_t hash = XXH3_128bits(shape.canonical.data(), shape.canonical.size());
  return {hash.low64, hash.high64};
}

}  // namespace tessera::parser
