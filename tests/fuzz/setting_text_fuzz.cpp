// Names and values of settings as clients send them in startup packets and SET: whatever they are,
// the statement that is made of them is one statement, with the value as one literal.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/shape.h"
#include "proxy/session/setting_text.h"
#include "proxy/session/startup_options.h"

namespace tessera::session {
namespace {

// -e and its like stand for a value that is longer than they.
constexpr std::size_t kFlagBytes = 16;

void require(bool held) {
  if (!held) std::abort();
}

bool is_list(std::string_view name) {
  return name == "search_path" || name == "temp_tablespaces" || name == "local_preload_libraries" ||
         name == "session_preload_libraries";
}

bool is_one_statement(std::string_view sql) {
  parser::Shape shape;
  return parser::scan(sql, 0, {}, shape) && shape.next == sql.size() && shape.end == sql.size();
}

void fuzz_setting(std::string_view name, std::string_view value) {
  // Servers refuse names with an empty part.
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != name.npos)
    return;
  const std::string sql = set_statement(fold(name), value);
  require(is_one_statement(sql));
  if (!is_list(fold(name))) require(value_of_set(sql) == parser::quote_literal(value));
  require(is_one_statement(with_scope(sql, true)));
  require(with_scope(with_scope(sql, true), false) == sql);
}

void fuzz_options(std::string_view text) {
  const auto settings = read_command_line(text);
  if (!settings) return;
  std::size_t bytes = 0;
  for (const auto& [name, value] : *settings) {
    bytes += value.size();
    fuzz_setting(name, value);
  }
  require(bytes <= text.size() + kFlagBytes * settings->size());
}

void fuzz_set(std::string_view sql) {
  if (!is_one_statement(sql) || fold(sql.substr(0, 4)) != "set ") return;
  (void)value_of_set(sql);
  (void)with_scope(sql, true);
  (void)with_scope(sql, false);
}

}  // namespace
}  // namespace tessera::session

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A zero byte ends a text of the protocol.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view first = bytes.substr(0, bytes.find('\0'));
  const std::string_view rest = bytes.substr(std::min(size, first.size() + 1));
  const std::string_view second = rest.substr(0, rest.find('\0'));
  tessera::session::fuzz_setting(first, second);
  tessera::session::fuzz_options(first);
  tessera::session::fuzz_set(first);
  (void)tessera::session::split_search_path(first);
  (void)tessera::session::is_safe_encoding(first);
  return 0;
}
