#include <algorithm>

#include "parser/char_class.h"
#include "parser/keywords.h"
#include "parser/quoted.h"
#include "parser/shape.h"

namespace tessera::parser {
namespace {

constexpr std::size_t kNameMax = 63;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// PostgreSQL cuts long names, between characters.
std::string cut(std::string name) {
  if (name.size() <= kNameMax) return name;
  std::size_t length = kNameMax;
  while (length > 0 && continues_character(name[length])) --length;
  name.resize(length);
  return name;
}

bool needs_quotes(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || is_char(name[0], kDigitChar)) return true;
  if (!std::ranges::all_of(name, is_plain)) return true;
  const Keyword* keyword = find_keyword(name);
  return keyword != nullptr && keyword->kind != KeywordClass::kUnreserved;
}

}  // namespace

std::string identifier_name(std::string_view token) {
  if (token.empty()) return {};
  if (token[0] == '"') return cut(unquote(token).body);
  if (token.size() > 2 && token[1] == '&') {
    Quoted quoted = unquote(token);
    const Result<std::string> decoded = decode_unicode_escapes(quoted);
    // A name that cannot be decoded matches nothing of ours; PostgreSQL refuses it.
    return cut(decoded ? *decoded : std::move(quoted.body));
  }
  std::string name(token);
  std::ranges::transform(name, name.begin(), fold);
  return cut(std::move(name));
}

std::string quote_identifier(std::string_view name) {
  if (!needs_quotes(name)) return std::string(name);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace tessera::parser
