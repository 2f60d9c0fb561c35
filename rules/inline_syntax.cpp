#include "rules/inline_syntax.h"

#include "rules/errors.h"
#include "rules/inline_parser.h"

namespace tessera::rules {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim_front(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_back(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

void trim_ends(InlineTemplate& piece) {
  piece.literals.front() = std::string(trim_front(piece.literals.front()));
  piece.literals.back() = std::string(trim_back(piece.literals.back()));
}

Status check_language(std::string_view text, std::string_view language) {
  if (language == "GROOVY") return {};
  const std::string part = "<" + std::string(language) + ">";
  if (language == "INTERVAL" || language == "LITERAL") {
    return inline_not_supported({text, 0}, part, "is a language for node lists only");
  }
  return inline_not_supported(
      {text, 0}, part,
      "is none of the languages GROOVY, LITERAL and INTERVAL; write the expression in Groovy");
}

// Where the body of a Groovy expression begins.
std::size_t start_of(std::string_view text, const InlineLanguage& language) {
  return language.body.empty() ? text.size()
                               : static_cast<std::size_t>(language.body.data() - text.data());
}

}  // namespace

InlineLanguage language_of(std::string_view text) {
  const std::string_view all = text;
  text = trim_front(trim_back(text));
  const std::size_t end = text.find('>');
  if (!text.starts_with("<") || end == text.npos) {
    return {"GROOVY", text.empty() ? all.substr(all.size()) : text};
  }
  return {text.substr(1, end - 1), trim_front(text.substr(end + 1))};
}

std::vector<InlineTemplate> InlineParser::parse_list() {
  std::vector<InlineTemplate> pieces;
  do {
    pieces.push_back(parse_template(','));
    trim_ends(pieces.back());
    if (pieces.back().placeholders.empty() && pieces.back().literals.front().empty()) {
      fail("an empty piece", "names nothing");
    }
  } while (accept(","));
  return pieces;
}

Result<std::vector<InlineTemplate>> parse_inline_list(std::string_view text) {
  const InlineLanguage language = language_of(text);
  const Status known = check_language(text, language.name);
  if (!known) return known.error();
  InlineParser parser(text.substr(0, start_of(text, language) + language.body.size()),
                      start_of(text, language));
  std::vector<InlineTemplate> pieces = parser.parse_list();
  if (parser.error()) return *parser.error();
  return pieces;
}

Result<InlineTemplate> parse_inline(std::string_view text) {
  const InlineLanguage language = language_of(text);
  const Status known = check_language(text, language.name);
  if (!known) return known.error();
  InlineParser parser(text.substr(0, start_of(text, language) + language.body.size()),
                      start_of(text, language));
  InlineTemplate whole = parser.parse_template('\0');
  if (parser.error()) return *parser.error();
  return whole;
}

}  // namespace tessera::rules
