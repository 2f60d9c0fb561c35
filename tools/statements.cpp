#include "tools/statements.h"

#include <algorithm>
#include <utility>

namespace tessera::tools {
namespace {

std::uint32_t line_at(std::string_view text, std::size_t place) {
  return 1 + static_cast<std::uint32_t>(std::ranges::count(text.substr(0, place), '\n'));
}

// The byte where the 1-based character `position` begins.
std::size_t byte_of(std::string_view text, std::uint32_t position) {
  std::uint32_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U && ++seen >= position) return at;
  }
  return text.size();
}

// The error with its position counted from the statement that begins behind byte `from`.
Error from_statement(Error error, std::string_view text, std::uint32_t from) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n\f", from), text.size());
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const auto before = std::ranges::count_if(text.substr(0, begin), starts);
  if (error.position > before) error.position -= static_cast<std::uint32_t>(before);
  return error;
}

}  // namespace

void for_each_statement(std::string_view text, const std::function<void(const Statement&)>& each,
                        const std::function<void(std::uint32_t, const Error&)>& failed) {
  parser::Shape shape;
  std::uint32_t from = 0;
  while (from < text.size()) {
    const Status scanned = parser::scan(text, from, {}, shape);
    if (!scanned) {
      const std::size_t place =
          std::max<std::size_t>(byte_of(text, scanned.error().position), from);
      failed(line_at(text, place), from_statement(scanned.error(), text, from));
      const std::size_t semicolon = text.find(';', place);
      if (semicolon == std::string_view::npos) return;
      from = static_cast<std::uint32_t>(semicolon) + 1;
      continue;
    }
    const std::uint32_t began = std::exchange(from, shape.next);
    if (shape.begin == shape.end) continue;
    Statement statement;
    statement.before = text.substr(began, shape.begin - began);
    statement.text = text.substr(shape.begin, shape.end - shape.begin);
    statement.line = line_at(text, shape.begin);
    // By itself it has no error, and its offsets are its own.
    if (parser::scan(statement.text, 0, {}, statement.shape)) each(statement);
  }
}

}  // namespace tessera::tools
